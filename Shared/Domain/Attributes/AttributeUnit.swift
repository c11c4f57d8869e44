/// The unit in which an attribute is counted and shown.
public enum AttributeUnit: String, Hashable, Sendable, CaseIterable {
    case none
    case yuan
    case person
    case mu
    case squareMetre = "square-metre"
    case tonneCoalEquivalent = "tce"
    case kilowattHour = "kwh"
    case tonne
    case year
    case item

    /// What stands after a number: empty for ``none``.
    public var label: BilingualText {
        switch self {
        case .none: BilingualText("", "")
        case .yuan: BilingualText("元", "yuan")
        case .person: BilingualText("人", "persons")
        case .mu: BilingualText("亩", "mu")
        case .squareMetre: BilingualText("平方米", "m²")
        case .tonneCoalEquivalent: BilingualText("吨标准煤", "tce")
        case .kilowattHour: BilingualText("千瓦时", "kWh")
        case .tonne: BilingualText("吨", "t")
        case .year: BilingualText("年", "years")
        case .item: BilingualText("项", "items")
        }
    }
}
