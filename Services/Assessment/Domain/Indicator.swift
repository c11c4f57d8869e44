import Domain

/// Tiers of assessment (ASM-1).
public enum Tier: String, Hashable, Sendable, CaseIterable {
    case promotionOffice = "promotion_office"
    case developingEntity = "developing_entity"
    case investmentGroup = "investment_group"
    case externalInvestmentDepartment = "external_investment_department"
    case supportDepartment = "support_department"
    case county
    case functionalZone = "functional_zone"
    case cityBureau = "city_bureau"
    case campaignGroup = "campaign_group"
    case taskForce = "task_force"
    case serviceLine = "service_line"
    case town
    case bank
}

/// What is better of an indicator (ASM-2).
public enum Direction: String, Hashable, Sendable, CaseIterable {
    case more
    case less

    /// Whether one value is better than another.
    public func isBetter(_ value: Int64, than other: Int64) -> Bool {
        switch self {
        case .more: value > other
        case .less: value < other
        }
    }
}

/// Where values come from (ASM-2).
public enum IndicatorSource: Hashable, Sendable {
    /// From events.
    case events(Derivation)
    /// From reports, in time within so many days of the period's end.
    case reports(days: Int)
    /// From both: a report counts where there is one.
    case both(Derivation, days: Int)

    /// What is counted; nil without events.
    public var derivation: Derivation? {
        switch self {
        case .events(let derivation), .both(let derivation, _): derivation
        case .reports: nil
        }
    }

    /// Days for a report; nil without reports.
    public var reportDays: Int? {
        switch self {
        case .events: nil
        case .reports(let days), .both(_, let days): days
        }
    }

    /// The word of the source alone.
    public var kind: Kind {
        switch self {
        case .events: .events
        case .reports: .reports
        case .both: .both
        }
    }

    /// The source without its parameters.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case events
        case reports
        case both
    }
}

/// An indicator (ASM-2).
public struct Indicator: Hashable, Sendable {
    /// Identifier; it never changes.
    public let id: IndicatorID
    /// Name.
    public let name: String
    /// Unit of measure.
    public let measure: String
    /// Decimals of targets and values, 0 to 6; they never change.
    public let decimals: Int
    /// What is better; it never changes.
    public let direction: Direction
    /// Where values come from; what is counted never changes.
    public let source: IndicatorSource
    /// Period in which values are reported.
    public let period: PeriodKind
    /// Unit that owns it, drafts its targets and verifies its values.
    public let owner: UnitID
    /// Tiers whose units must report.
    public let reportingTiers: Set<Tier>
    /// Version, from 1; 0 for a new one.
    public let version: Int64

    /// An indicator; its texts are checked by ``validate()``.
    public init(
        id: IndicatorID, name: String, measure: String, decimals: Int, direction: Direction, source: IndicatorSource,
        period: PeriodKind, owner: UnitID, reportingTiers: Set<Tier>, version: Int64
    ) {
        self.id = id
        self.name = name
        self.measure = measure
        self.decimals = decimals
        self.direction = direction
        self.source = source
        self.period = period
        self.owner = owner
        self.reportingTiers = reportingTiers
        self.version = version
    }

    /// Checks what types do not.
    ///
    /// - Throws: `InvalidFields` below `indicator`.
    public func validate() throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(name, 1...128, field: "indicator.name")
        findings.checkText(measure, 1...32, field: "indicator.measure")
        if !(0...FixedNumber.decimals).contains(decimals) {
            findings.add(DomainError("indicator.decimals", .outOfRange("0 to \(FixedNumber.decimals)")))
        }
        if let days = source.reportDays, !(1...366).contains(days) {
            findings.add(DomainError("indicator.report_days", .outOfRange("1 to 366")))
        }
        if source.reportDays == nil, !reportingTiers.isEmpty {
            findings.add(DomainError("indicator.reporting_tiers", .notApplicable("a duty to report")))
        }
        try findings.finish()
    }

    /// Checks that a change leaves alone what targets, values and schemes lean on.
    ///
    /// - Throws: `InvalidFields` below `indicator`.
    public func checkSuccession(of before: Indicator) throws(InvalidFields) {
        var findings = FieldFindings()
        if decimals != before.decimals { findings.add(Self.fixed("indicator.decimals")) }
        if direction != before.direction { findings.add(Self.fixed("indicator.direction")) }
        if source.derivation != before.source.derivation { findings.add(Self.fixed("indicator.derivation")) }
        if period != before.period { findings.add(Self.fixed("indicator.period")) }
        try findings.finish()
    }

    /// Whether a number has no more decimals than the indicator.
    public func fits(_ number: FixedNumber) -> Bool {
        number.millionths % FixedNumber.powersOfTen[FixedNumber.decimals - decimals] == 0
    }

    /// One step of the last decimal, in millionths.
    var step: Int64 { FixedNumber.powersOfTen[FixedNumber.decimals - decimals] }

    private static func fixed(_ field: String) -> DomainError {
        DomainError(field, .outOfRange("as it was when the indicator was defined"))
    }
}
