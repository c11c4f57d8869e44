import Domain

/// What matching needs of a policy point (ENT-9, ENT-10).
public struct PointTerms: Hashable, Sendable {
    /// Tags.
    public var tags: Set<Tag>
    /// Who is entitled; nil means every enterprise.
    public var condition: Condition?
    /// What is granted; nil when it is not asked for.
    public var benefit: Benefit?
    /// How the audience is chosen.
    public var audience: AudienceRule

    /// Makes terms.
    public init(tags: Set<Tag>, condition: Condition?, benefit: Benefit?, audience: AudienceRule) {
        self.tags = tags
        self.condition = condition
        self.benefit = benefit
        self.audience = audience
    }

    /// The verdict on one enterprise; a point without condition is met by all.
    public func verdict(for facts: some FactSource) -> Verdict {
        condition.map { ConditionEvaluator.verdict(of: $0, for: facts) } ?? .met
    }

    /// The verdict when the enterprise belongs to the audience; nil when it does not. Only enterprises in operation do.
    public func membership(of subject: MatchSubject) -> Verdict? {
        guard subject.isActive else { return nil }
        let verdict = verdict(for: subject.facts)
        let isReached = audience.includes(pointTags: tags, enterpriseTags: subject.tags, verdict: verdict)
        return isReached ? verdict : nil
    }

    /// The estimate of a benefit for one enterprise in fen: 0 when it is not known, not money, or beyond 64 bits.
    public static func estimatedFen(of benefit: Benefit, for facts: some FactSource) -> Int64 {
        do throws(DomainError) {
            return try BenefitEstimator.estimate(benefit, facts: facts).money?.fen ?? 0
        } catch {
            return 0
        }
    }
}

/// One enterprise as matching sees it on one day: formed once and held against many points (ENT-9).
public struct MatchSubject: Hashable, Sendable {
    /// Stable number.
    public let ordinal: UInt32
    /// Whether it is in operation.
    public let isActive: Bool
    /// Its tags of whatever origin.
    public let tags: Set<Tag>
    /// Its facts.
    public let facts: Facts

    /// Forms tags and facts of a profile.
    public init(_ profile: EnterpriseProfile, maintained: Set<ListID>, today: CivilDate) {
        ordinal = profile.ordinal
        isActive = profile.status == .active
        tags = profile.tagSet()
        facts = profile.facts(maintained: maintained, today: today)
    }
}
