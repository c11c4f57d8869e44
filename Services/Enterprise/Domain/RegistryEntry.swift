import Domain

/// What the legal-person registry says of one enterprise (ENT-1).
public struct RegistryEntry: Hashable, Sendable {
    /// Unified social credit code.
    public var creditCode: CreditCode
    /// Registered name in NFC.
    public var name: String
    /// Name of the legal representative in NFC; personal data (ENT-16).
    public var representative: String
    /// Nature.
    public var nature: EnterpriseNature
    /// Region.
    public var region: RegionCode
    /// Address; may be empty.
    public var address: String
    /// Industry, a division at least.
    public var industry: IndustryCode
    /// Date of foundation.
    public var foundedOn: CivilDate
    /// Registered capital; nil when unknown.
    public var capital: Money?
    /// State.
    public var status: RegistryStatus
    /// Figures of a year; nil when the row carries none.
    public var figures: YearlyFigures?

    /// Makes an entry from checked parts.
    public init(
        creditCode: CreditCode, name: String, representative: String, nature: EnterpriseNature, region: RegionCode,
        address: String, industry: IndustryCode, foundedOn: CivilDate, capital: Money?, status: RegistryStatus,
        figures: YearlyFigures?
    ) {
        self.creditCode = creditCode
        self.name = name
        self.representative = representative
        self.nature = nature
        self.region = region
        self.address = address
        self.industry = industry
        self.foundedOn = foundedOn
        self.capital = capital
        self.status = status
        self.figures = figures
    }

    /// A text that is equal for equal entries and different for different ones; for comparison by hash.
    public var canonicalText: String {
        [
            creditCode.text, name, representative, nature.rawValue, region.description, address, industry.description,
            foundedOn.description, capital.map { String($0.fen) } ?? "", status.rawValue,
            figures?.employees.map(String.init) ?? "", figures?.revenue.map { String($0.fen) } ?? "",
            figures?.assets.map { String($0.fen) } ?? "", figures.map { $0.year.description } ?? "",
        ].joined(separator: "\u{1F}")
    }
}

/// Figures of one year that come with a registry row; each may be missing.
public struct YearlyFigures: Hashable, Sendable {
    /// The year.
    public var year: Year
    /// Persons employed.
    public var employees: Int64?
    /// Revenue of the year.
    public var revenue: Money?
    /// Total assets at its end.
    public var assets: Money?

    /// Makes figures.
    public init(year: Year, employees: Int64?, revenue: Money?, assets: Money?) {
        self.year = year
        self.employees = employees
        self.revenue = revenue
        self.assets = assets
    }

    /// The figures as attributes of the library, in a fixed order.
    public var attributes: [(key: AttributeKey, value: AttributeValue)] {
        [
            employees.map { (.employees, .integer($0)) }, revenue.map { (.revenue, .money($0)) },
            assets.map { (.totalAssets, .money($0)) },
        ].compactMap { $0 }
    }
}
