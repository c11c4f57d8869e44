/// Whether a policy supports or restricts, and in which field it restricts (POL-1).
public enum PolicyKind: Hashable, Sendable {
    case supportive
    case restrictive(Restriction)

    /// The field of a restriction.
    public enum Restriction: String, Hashable, Sendable, CaseIterable {
        case environment
        case energy
        case safety
    }

    /// The name shown to people.
    public var label: BilingualText {
        switch self {
        case .supportive: BilingualText("支持类", "supportive")
        case .restrictive(.environment): BilingualText("约束类（环保）", "restrictive (environment)")
        case .restrictive(.energy): BilingualText("约束类（能耗）", "restrictive (energy)")
        case .restrictive(.safety): BilingualText("约束类（安全）", "restrictive (safety)")
        }
    }
}
