/// Legal and ownership nature of an enterprise (POL-3).
public enum EnterpriseNature: String, Hashable, Sendable, CaseIterable {
    case stateOwned = "state-owned"
    case collective
    case privateOwned = "private"
    case jointVenture = "joint-venture"
    case foreign
    case overseasChinese = "hmt"
    case cooperative
    case partnership
    case soleTrader = "sole-trader"
    case other

    /// The name shown to people.
    public var label: BilingualText {
        switch self {
        case .stateOwned: BilingualText("国有企业", "state-owned")
        case .collective: BilingualText("集体企业", "collective")
        case .privateOwned: BilingualText("民营企业", "private")
        case .jointVenture: BilingualText("中外合资企业", "joint venture")
        case .foreign: BilingualText("外商独资企业", "foreign-owned")
        case .overseasChinese: BilingualText("港澳台资企业", "Hong Kong, Macao and Taiwan funded")
        case .cooperative: BilingualText("合作社", "cooperative")
        case .partnership: BilingualText("合伙企业", "partnership")
        case .soleTrader: BilingualText("个体工商户", "sole trader")
        case .other: BilingualText("其他", "other")
        }
    }
}
