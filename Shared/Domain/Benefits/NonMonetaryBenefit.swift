/// A benefit that is not a sum to be paid, or the restriction that a restrictive point imposes (POL-5).
public enum NonMonetaryBenefit: Hashable, Sendable {
    /// A rate, such as that of a guarantee, is at most this.
    case rateCeiling(Ratio)
    /// An interest rate falls by so many hundredths of a percent.
    case rateReductionBasisPoints(Int64)
    /// An interest rate falls by this share of itself.
    case rateDiscount(Ratio)
    /// A payment may wait until this day at least.
    case deferralUntilAtLeast(CivilDate)
    /// Whom or what comes first, in the issuer's words.
    case priority(String)
    /// What one is exempt from, in the issuer's words.
    case exemption(String)
    /// The greatest share of floor area.
    case maximumShareOfFloorArea(Ratio)
    /// A transition of so many years.
    case transitionYears(Int64)
    /// The issuer will say what is granted, and how this is announced.
    case announcedByIssuer(String)
    /// What is restricted, in the issuer's words.
    case restriction(String)

    /// The benefit in one line.
    public var text: BilingualText {
        switch self {
        case .rateCeiling(let ratio):
            BilingualText("费率不超过 \(ratio.percentText)", "rate of at most \(ratio.percentText)")
        case .rateReductionBasisPoints(let points):
            BilingualText("利率下降 \(points) 个基点", "rate lowered by \(points) basis points")
        case .rateDiscount(let ratio):
            BilingualText("利率下浮 \(ratio.percentText)", "rate lowered by \(ratio.percentText) of itself")
        case .deferralUntilAtLeast(let date):
            BilingualText("至少可延期至 \(date)", "deferral until \(date) at least")
        case .priority(let text):
            BilingualText("优先：\(text)", "priority: \(text)")
        case .exemption(let text):
            BilingualText("免除：\(text)", "exempt from: \(text)")
        case .maximumShareOfFloorArea(let ratio):
            BilingualText("建筑面积占比不超过 \(ratio.percentText)", "at most \(ratio.percentText) of floor area")
        case .transitionYears(let years):
            BilingualText("过渡期 \(years) 年", "transition of \(years) years")
        case .announcedByIssuer(let text):
            BilingualText("以发布单位公布为准：\(text)", "as announced: \(text)")
        case .restriction(let text):
            BilingualText("限制：\(text)", "restricted: \(text)")
        }
    }
}
