/// Level of the government that issued a policy (POL-1).
public enum PolicyLevel: String, Hashable, Sendable, CaseIterable {
    case national
    case provincial
    case city
    case county

    /// The name shown to people.
    public var label: BilingualText {
        switch self {
        case .national: BilingualText("国家级", "national")
        case .provincial: BilingualText("省级", "provincial")
        case .city: BilingualText("市级", "city")
        case .county: BilingualText("县级", "county")
        }
    }
}
