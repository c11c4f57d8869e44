import Domain

/// What events are counted for an indicator (ASM-2).
public enum Derivation: String, Hashable, Sendable, CaseIterable {
    case onTimeReply = "on_time_reply"
    case satisfaction
    case solvedProblems = "solved_problems"
    case startRate = "start_rate"
    case investmentCompletion = "investment_completion"
    case fundsInPlace = "funds_in_place"
    case policyFreshness = "policy_freshness"
    case reportPunctuality = "report_punctuality"

    /// How the contributions of a period become one figure.
    public enum Fold: String, Hashable, Sendable, CaseIterable {
        /// All of them are added.
        case sum
        /// All are added, but subjects that repeat one another count once: of each slot the earliest, and for the unit of
        /// the earliest of all slots (PRJ-18).
        case once
        /// Of each subject the last one counts.
        case latest
        /// Of each subject the last one counts, less the last one before the year: amounts since the year began.
        case increase
    }

    /// How contributions are folded.
    public var fold: Fold {
        switch self {
        case .onTimeReply, .satisfaction, .solvedProblems, .policyFreshness, .reportPunctuality: .sum
        case .startRate: .once
        case .investmentCompletion: .latest
        case .fundsInPlace: .increase
        }
    }

    /// The figure for a numerator and a denominator, rounded half up to an indicator's decimals; nil without a
    /// denominator.
    public func value(of figure: DerivedFigure, for indicator: Indicator) -> FixedNumber? {
        let step = Int128(indicator.step)
        switch fold {
        case .sum, .once, .latest:
            guard figure.denominator > 0 else { return nil }
            let percent = roundedHalfUp(
                Int128(figure.numerator) * 100 * Int128(FixedNumber.one), by: Int128(figure.denominator) * step)
            return Self.bounded(percent * step)
        case .increase:
            // Fen to 100 million yuan (亿元).
            guard figure.events > 0 else { return nil }
            let amount = roundedHalfUp(
                Int128(figure.numerator) * Int128(FixedNumber.one), by: Int128(Self.fenOfMeasure) * step)
            return Self.bounded(amount * step)
        }
    }

    /// Fen of 100 million yuan.
    public static let fenOfMeasure: Int64 = 10_000_000_000

    private static func bounded(_ millionths: Int128) -> FixedNumber? {
        millionths.magnitude <= UInt128(FixedNumber.limit) ? FixedNumber(millionths: Int64(millionths)) : nil
    }
}

/// What events add up to.
public struct DerivedFigure: Hashable, Sendable {
    /// Sum of the upper parts.
    public var numerator: Int64
    /// Sum of the lower parts.
    public var denominator: Int64
    /// Contributions that count.
    public var events: Int

    /// A figure.
    public init(numerator: Int64 = 0, denominator: Int64 = 0, events: Int = 0) {
        self.numerator = numerator
        self.denominator = denominator
        self.events = events
    }
}

/// Where a contribution stands: one subject has at most one per derivation and slot.
public struct ContributionPlace: Hashable, Sendable {
    /// What is counted.
    public let derivation: Derivation
    /// The case, project or point.
    public let subject: String
    /// What of it: a round, a step, a month.
    public let slot: String

    /// A place.
    public init(_ derivation: Derivation, _ subject: String, _ slot: String) {
        self.derivation = derivation
        self.subject = subject
        self.slot = slot
    }
}

/// What one event adds to a figure of a unit.
public struct Contribution: Hashable, Sendable {
    /// Unit.
    public let unit: UnitID
    /// Day for which it counts.
    public let on: CivilDate
    /// Upper part.
    public let numerator: Int64
    /// Lower part.
    public let denominator: Int64
    /// The subject that its own subject repeats; nil when there is none. Only ``Derivation/Fold/once`` heeds it.
    public let repeats: String?

    /// A contribution.
    public init(unit: UnitID, on: CivilDate, numerator: Int64, denominator: Int64, repeats: String? = nil) {
        self.unit = unit
        self.on = on
        self.numerator = numerator
        self.denominator = denominator
        self.repeats = repeats
    }
}

/// What an event does to the contributions; a list of them is all that is ever derived from an event (ASM-15).
public enum ContributionChange: Hashable, Sendable {
    /// Puts a contribution in its place, whatever stood there.
    case put(ContributionPlace, Contribution)
    /// Puts a contribution in its place if nothing stands there.
    case putFirst(ContributionPlace, Contribution)
    /// Takes away what stands in a place.
    case remove(ContributionPlace)
    /// States whether the contributions of a subject count, those to come included.
    case counts(subject: String, Bool)
}

/// Contributions in memory, for counting again from the events (ASM-15). The database keeps the same by the same rules.
public struct ContributionLedger: Sendable {
    private var places: [ContributionPlace: Contribution] = [:]
    private var excluded: Set<String> = []

    /// Nothing yet.
    public init() {}

    /// Applies what an event does.
    public mutating func apply(_ changes: [ContributionChange]) {
        for change in changes {
            switch change {
            case .put(let place, let contribution): places[place] = contribution
            case .putFirst(let place, let contribution): if places[place] == nil { places[place] = contribution }
            case .remove(let place): places[place] = nil
            case .counts(let subject, true): excluded.remove(subject)
            case .counts(let subject, false): excluded.insert(subject)
            }
        }
    }

    /// The figures of all units for a period.
    ///
    /// - Throws: `DomainError` when the period has no days.
    public func figures(
        _ derivation: Derivation, in period: AssessmentPeriod
    ) throws(DomainError) -> [UnitID: DerivedFigure] {
        let (start, end, yearStart) = (try period.start, try period.end, try period.startOfYear)
        if derivation.fold == .once { return figuresOfGroups(derivation, from: start, to: end) }
        var figures: [UnitID: DerivedFigure] = [:]
        var latest: [String: (place: ContributionPlace, contribution: Contribution)] = [:]
        var earlier: [String: (place: ContributionPlace, contribution: Contribution)] = [:]
        func keepsLast(
            _ table: inout [String: (place: ContributionPlace, contribution: Contribution)],
            _ place: ContributionPlace, _ contribution: Contribution
        ) {
            if let held = table[place.subject],
                (held.contribution.on, held.place.slot) > (contribution.on, place.slot)
            {
                return
            }
            table[place.subject] = (place, contribution)
        }
        for (place, contribution) in places where place.derivation == derivation && !excluded.contains(place.subject) {
            switch derivation.fold {
            case .sum, .once:
                guard contribution.on >= start, contribution.on < end else { continue }
                figures[contribution.unit, default: DerivedFigure()].add(contribution, sign: 1)
            case .latest:
                guard contribution.on >= yearStart, contribution.on < end else { continue }
                keepsLast(&latest, place, contribution)
            case .increase:
                guard contribution.on < end else { continue }
                if contribution.on < yearStart {
                    keepsLast(&earlier, place, contribution)
                } else {
                    keepsLast(&latest, place, contribution)
                }
            }
        }
        for (subject, held) in latest {
            figures[held.contribution.unit, default: DerivedFigure()].add(held.contribution, sign: 1)
            if let before = earlier[subject] {
                figures[held.contribution.unit, default: DerivedFigure()].numerator -= before.contribution.numerator
            }
        }
        return figures
    }

    /// The figures of a derivation whose subjects may repeat one another.
    private func figuresOfGroups(
        _ derivation: Derivation, from start: CivilDate, to end: CivilDate
    ) -> [UnitID: DerivedFigure] {
        let counting = places.filter { $0.key.derivation == derivation && !excluded.contains($0.key.subject) }
        var figures: [UnitID: DerivedFigure] = [:]
        for group in Dictionary(grouping: counting, by: { $0.value.repeats ?? $0.key.subject }).values {
            let ordered = group.sorted {
                ($0.value.on, $0.key.subject, $0.key.slot) < ($1.value.on, $1.key.subject, $1.key.slot)
            }
            guard let unit = ordered.first?.value.unit else { continue }
            var slots: Set<String> = []
            for (place, contribution) in ordered where slots.insert(place.slot).inserted {
                guard contribution.on >= start, contribution.on < end else { continue }
                figures[unit, default: DerivedFigure()].add(contribution, sign: 1)
            }
        }
        return figures
    }
}

extension DerivedFigure {
    fileprivate mutating func add(_ contribution: Contribution, sign: Int64) {
        numerator += sign * contribution.numerator
        denominator += sign * contribution.denominator
        events += 1
    }
}
