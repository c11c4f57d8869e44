/// Whether an enterprise is on a list; unknown where the list is not maintained.
public enum Membership: String, Hashable, Sendable, CaseIterable {
    case member
    case notMember
    case unknown

    /// The membership as a verdict.
    public var verdict: Verdict {
        switch self {
        case .member: .met
        case .notMember: .notMet
        case .unknown: .unknown
        }
    }
}
