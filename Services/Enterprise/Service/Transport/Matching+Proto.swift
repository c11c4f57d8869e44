import CommonContracts
import Domain
import EnterpriseContracts
import EnterpriseDomain
import PolicyContracts
import ServiceRuntime
import Wire

extension PointCatalogue.Point {
    /// Decodes a stored point.
    init(_ stored: PointReplica.Stored) throws {
        let content = try Zhitongche_Policy_V1_PointContent(serializedBytes: stored.content)
        self.init(
            id: stored.id, revision: stored.revision, title: content.title, isInForce: stored.state == .published,
            eventSeq: stored.eventSeq, terms: try PointTerms(content))
    }
}

extension PointTerms {
    /// Reads the terms of a published point. Tags that only the policy service's vocabulary knows are taken as they are:
    /// it has checked them, and they simply meet no tag of an enterprise that is not in that vocabulary either.
    ///
    /// - Throws: `DomainError` naming the part at fault.
    init(_ content: Zhitongche_Policy_V1_PointContent) throws(DomainError) {
        var vocabulary = TagVocabulary.standard
        for wire in content.tags + content.audience.segments.flatMap(\.tags) {
            let dimension = try TagDimension(wire.dimension, field: "content.tags.dimension")
            let known = vocabulary.tags(in: dimension).contains { $0.code == wire.code }
            if !known { try vocabulary.add(wire.code, to: dimension, label: BilingualText(verbatim: wire.code)) }
        }
        self.init(
            tags: try vocabulary.tags(content.tags, field: "content.tags"),
            condition: content.hasCondition
                ? try Condition(content.condition, at: "content.condition") : nil,
            benefit: content.hasBenefit ? try Benefit(content.benefit, at: "content.benefit") : nil,
            audience: try AudienceRule(content.audience, vocabulary: vocabulary, field: "content.audience"))
    }

    /// Reads and checks the terms of a draft that is tried out (POL-8a).
    ///
    /// - Throws: `DomainError` naming the field at fault.
    init(_ request: Zhitongche_Enterprise_V1_PreviewAudienceRequest) throws(DomainError) {
        let vocabulary = TagVocabulary.standard
        self.init(
            tags: try vocabulary.tags(request.tags, field: "tags"),
            condition: request.hasCondition ? try Condition(request.condition, at: "condition") : nil,
            benefit: request.hasBenefit ? try Benefit(request.benefit, at: "benefit") : nil,
            audience: try AudienceRule(request.audience, vocabulary: vocabulary, field: "audience"))
        try condition?.validate(path: "condition")
        try benefit?.validate(path: "benefit")
    }
}

extension Standing {
    /// The standing on the wire.
    var wire: Zhitongche_Enterprise_V1_Standing {
        switch self {
        case .entitled: .entitled
        case .informationMissing: .informationMissing
        case .nearly: .nearly
        case .notEntitled: .notEntitled
        }
    }

    /// Reads the wire's standing; nil for UNSPECIFIED.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT for a number that the contract does not know.
    static func filter(_ wire: Zhitongche_Enterprise_V1_Standing) throws -> Standing? {
        switch wire {
        case .entitled: .entitled
        case .informationMissing: .informationMissing
        case .nearly: .nearly
        case .notEntitled: .notEntitled
        case .unspecified: nil
        case .UNRECOGNIZED: throw Problem.invalid("standing", "is not a known standing")
        }
    }
}

extension PointStanding {
    /// The match on the wire; lists leave the explanation out.
    func wire(explained: Bool, texts: ExplanationText) -> Zhitongche_Enterprise_V1_PointMatch {
        .with {
            $0.pointID = point.id
            $0.revision = point.revision
            $0.title = point.title
            $0.standing = standing.wire
            $0.verdict = verdict.wire
            $0.inForce = point.isInForce
            $0.inAudience = isInAudience
            $0.equalDimensions = Int32(equalDimensions)
            if explained, let evaluation { $0.explanation = evaluation.wire(text: texts) }
            if let estimate { $0.estimate = estimate.wire }
            $0.nearestChange = changes.map { change in
                BilingualText(texts.render(change, .chinese), texts.render(change, .english)).wire
            }
        }
    }
}

extension AudienceCount {
    /// The counts on the wire.
    var wire: Zhitongche_Enterprise_V1_AudienceCounts {
        .with {
            $0.total = Int64(total)
            $0.met = Int64(met)
            $0.notMet = Int64(notMet)
            $0.unknown = Int64(unknown)
        }
    }
}

/// An audience in figures.
struct AudienceFigures: Sendable {
    let counts: AudienceCount
    let breakdown: AudienceBreakdown
    /// Sum of the estimates of those whose condition is met; nil when it was not asked for.
    let estimatedFen: Int64?

    /// The figures of an audience by an index; a sum beyond 64 bits stays at the greatest number.
    init(_ sets: AudienceSets, benefit: Benefit?, _ content: IndexContent) {
        counts = sets.counts
        breakdown = content.breakdown(of: sets)
        guard let benefit else {
            estimatedFen = nil
            return
        }
        switch content.estimates(of: benefit, for: sets.met.ordinals) {
        case .none: estimatedFen = 0
        case .same(let fen):
            let (sum, overflow) = fen.multipliedReportingOverflow(by: Int64(sets.met.count))
            estimatedFen = overflow ? .max : sum
        case .each(let all):
            estimatedFen = all.reduce(0) { sum, fen in
                let (next, overflow) = sum.addingReportingOverflow(fen)
                return overflow ? .max : next
            }
        }
    }

    /// The figures on the wire, lines with most members first.
    func wire(regions: RegionNames) -> Zhitongche_Enterprise_V1_AudienceFigures {
        .with {
            $0.counts = counts.wire
            $0.byRegion = lines(
                breakdown.byCounty.map { county, count in
                    let code = county.countyText
                    return (code, regions.name(of: code) ?? BilingualText(verbatim: code), count)
                })
            $0.byIndustry = lines(
                breakdown.bySection.map { section, count in
                    let code = IndustryDictionary.sections.first { $0.section == section }
                    let name = code.flatMap(IndustryDictionary.name(of:)) ?? String(section)
                    return (String(section), BilingualText(name, String(section)), count)
                })
            $0.bySize = lines(
                breakdown.bySize.map { size, count in
                    (size?.rawValue ?? "unknown", size?.label ?? BilingualText("规模未知", "size unknown"), count)
                })
            if let estimatedFen { $0.estimatedTotal = Money(fen: estimatedFen).wire }
        }
    }

    private func lines(
        _ entries: [(code: String, name: BilingualText, count: AudienceCount)]
    ) -> [Zhitongche_Enterprise_V1_BreakdownLine] {
        entries.sorted { ($1.count.total, $0.code) < ($0.count.total, $1.code) }.map { entry in
            .with {
                $0.code = entry.code
                $0.name = entry.name.wire
                $0.counts = entry.count.wire
            }
        }
    }
}
