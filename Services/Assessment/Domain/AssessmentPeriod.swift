import Domain

/// Kinds of periods (ASM-2).
public enum PeriodKind: String, Hashable, Sendable, CaseIterable {
    case month
    case quarter
    case half
    case year

    /// Months of one such period.
    public var months: Int {
        switch self {
        case .month: 1
        case .quarter: 3
        case .half: 6
        case .year: 12
        }
    }
}

/// A month, quarter, half or year.
public struct AssessmentPeriod: Hashable, Sendable, CustomStringConvertible {
    /// Kind.
    public let kind: PeriodKind
    /// Year, 2000 to 2100.
    public let year: Int
    /// Number within the year, from 1.
    public let number: Int

    /// A period.
    ///
    /// - Throws: `DomainError` naming the part of `field` that is out of range.
    public init(_ kind: PeriodKind, year: Int, number: Int, field: String = "period") throws(DomainError) {
        guard (2000...2100).contains(year) else { throw DomainError("\(field).year", .outOfRange("2000 to 2100")) }
        let last = 12 / kind.months
        guard (1...last).contains(number) else { throw DomainError("\(field).number", .outOfRange("1 to \(last)")) }
        self.kind = kind
        self.year = year
        self.number = number
    }

    /// Months of the year that are over at its end, 1 to 12.
    public var lastMonth: Int { number * kind.months }

    /// The first day.
    public var start: CivilDate {
        get throws(DomainError) { try CivilDate(year: year, month: lastMonth - kind.months + 1, day: 1) }
    }

    /// The first day after it.
    public var end: CivilDate {
        get throws(DomainError) {
            lastMonth == 12
                ? try CivilDate(year: year + 1, month: 1, day: 1)
                : try CivilDate(year: year, month: lastMonth + 1, day: 1)
        }
    }

    /// The first day of its year.
    public var startOfYear: CivilDate {
        get throws(DomainError) { try CivilDate(year: year, month: 1, day: 1) }
    }

    /// The same period of the year before.
    ///
    /// - Throws: `DomainError` when there is none.
    public var aYearBefore: AssessmentPeriod {
        get throws(DomainError) { try AssessmentPeriod(kind, year: year - 1, number: number) }
    }

    /// The period just before.
    ///
    /// - Throws: `DomainError` when there is none.
    public var before: AssessmentPeriod {
        get throws(DomainError) {
            number > 1
                ? try AssessmentPeriod(kind, year: year, number: number - 1)
                : try AssessmentPeriod(kind, year: year - 1, number: 12 / kind.months)
        }
    }

    /// Whether a report for `report` says something about this period: it lies within it, or covers more and has ended
    /// by its end. Reports are of the same year, since amounts run from its beginning.
    public func takes(_ report: AssessmentPeriod) -> Bool {
        guard report.year == year, report.lastMonth <= lastMonth else { return false }
        return report.kind.months > kind.months
            || report.lastMonth - report.kind.months >= lastMonth - kind.months
    }

    /// The periods whose reports say something about this one, in the order in which they count: what reaches furthest
    /// comes first, and of these what covers least.
    public var reports: [AssessmentPeriod] {
        get throws(DomainError) {
            var found: [AssessmentPeriod] = []
            for kind in PeriodKind.allCases {
                for number in 1...(12 / kind.months) {
                    let report = try AssessmentPeriod(kind, year: year, number: number)
                    if takes(report) { found.append(report) }
                }
            }
            return found.sorted {
                $0.lastMonth != $1.lastMonth ? $0.lastMonth > $1.lastMonth : $0.kind.months < $1.kind.months
            }
        }
    }

    /// Such as `2020 month 3`.
    public var description: String { "\(year) \(kind.rawValue) \(number)" }
}
