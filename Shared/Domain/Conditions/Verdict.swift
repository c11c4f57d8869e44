/// The outcome of a condition: Kleene's three values, where an unknown is never shown as a no (POL-4, ENT-12a).
public enum Verdict: String, Hashable, Sendable, CaseIterable {
    case met
    case notMet
    case unknown

    /// The verdict of something that is known.
    public init(_ isMet: Bool) {
        self = isMet ? .met : .notMet
    }

    /// Met when both are; not met as soon as one is not.
    public func and(_ other: Verdict) -> Verdict {
        switch (self, other) {
        case (.notMet, _), (_, .notMet): .notMet
        case (.met, .met): .met
        case (.unknown, _), (_, .unknown): .unknown
        }
    }

    /// Met as soon as one is; not met when both are not.
    public func or(_ other: Verdict) -> Verdict {
        switch (self, other) {
        case (.met, _), (_, .met): .met
        case (.notMet, .notMet): .notMet
        case (.unknown, _), (_, .unknown): .unknown
        }
    }

    /// The opposite; unknown stays unknown.
    public var negated: Verdict {
        switch self {
        case .met: .notMet
        case .notMet: .met
        case .unknown: .unknown
        }
    }

    /// Met when at least `count` of the verdicts are met; not met when even the unknown ones could not help.
    public static func atLeast(_ count: Int, of verdicts: some Sequence<Verdict>) -> Verdict {
        var met = 0
        var possible = 0
        for verdict in verdicts {
            switch verdict {
            case .met:
                met += 1
                possible += 1
            case .unknown: possible += 1
            case .notMet: break
            }
        }
        if met >= count { return .met }
        return possible < count ? .notMet : .unknown
    }

    /// The verdict's name for people.
    public var label: BilingualText {
        switch self {
        case .met: BilingualText("符合", "met")
        case .notMet: BilingualText("不符合", "not met")
        case .unknown: BilingualText("信息不足", "unknown")
        }
    }
}
