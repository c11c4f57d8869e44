/// What a sum is paid for, and for how long (POL-5).
public enum BenefitUnit: String, Hashable, Sendable, CaseIterable {
    case person
    case personMonth = "person-month"
    case personYear = "person-year"
    case item
    case itemYear = "item-year"
    case mu
    case tonneCoalEquivalent = "tce"

    /// The period after which the sum is due again; nil when it is paid once.
    public var recurrence: BenefitRecurrence? {
        switch self {
        case .personMonth: .month
        case .personYear, .itemYear: .year
        case .person, .item, .mu, .tonneCoalEquivalent: nil
        }
    }

    /// What one unit is called, with its period.
    public var label: BilingualText {
        switch self {
        case .person: BilingualText("人", "person")
        case .personMonth: BilingualText("人·月", "person and month")
        case .personYear: BilingualText("人·年", "person and year")
        case .item: BilingualText("项", "item")
        case .itemYear: BilingualText("项·年", "item and year")
        case .mu: BilingualText("亩", "mu")
        case .tonneCoalEquivalent: BilingualText("吨标准煤", "tce")
        }
    }
}
