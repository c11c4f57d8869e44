/// How often an amount is due.
public enum BenefitRecurrence: String, Hashable, Sendable, CaseIterable {
    case month
    case year

    /// What follows the amount.
    public var label: BilingualText {
        switch self {
        case .month: BilingualText("每月", "per month")
        case .year: BilingualText("每年", "per year")
        }
    }
}
