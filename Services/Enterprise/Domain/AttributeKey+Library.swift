import Domain

extension AttributeKey {
    // The names below are written in the standard dictionary; a test compares them, so the failure cannot happen.
    private static func known(_ text: String) -> AttributeKey {
        do throws(DomainError) {
            return try AttributeKey(text)
        } catch {
            preconditionFailure("\(text) is no attribute key: \(error)")
        }
    }

    static let employees = known("employees")
    static let revenue = known("revenue")
    static let totalAssets = known("total.assets")
    static let founded = known("founded")
    static let ageYears = known("age.years")
    static let registeredCapital = known("registered.capital")
    static let nature = known("nature")
    static let size = known("size")
    static let stage = known("stage")
    static let researchSpending = known("rd.spending")
    static let researchRatio = known("rd.ratio")
    static let taxPaid = known("tax.paid")
    static let landMu = known("land.mu")
    static let benefitPerMu = known("land.benefit.per.mu")

    /// Attributes that follow from the registry or from others, so that nobody records them by hand (ENT-5).
    public static let derived: Set<AttributeKey> = [.founded, .ageYears, .registeredCapital, .nature, .size, .stage]

    /// All keys that the library names itself.
    public static let library: [AttributeKey] = [
        .employees, .revenue, .totalAssets, .founded, .ageYears, .registeredCapital, .nature, .size, .stage,
        .researchSpending, .researchRatio, .taxPaid, .landMu, .benefitPerMu,
    ]
}
