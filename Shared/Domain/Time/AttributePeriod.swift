/// What span of time an attribute's value speaks of (ENT-3): a day's standing, or the flow of a span.
public enum AttributePeriod: Hashable, Sendable, CustomStringConvertible {
    /// The standing on one day, such as total assets at the end of a year.
    case instant(CivilDate)
    case month(Month)
    case quarter(Quarter)
    case year(Year)
    /// Any other half-open span.
    case span(Period)

    /// The days that the value speaks of; one day for a standing.
    public var days: Period {
        switch self {
        case .instant(let date):
            do throws(DomainError) {
                return try Period(first: date, last: date)
            } catch {
                // First and last are equal, so the bounds cannot be out of order; kept total for the compiler.
                return Period(firstMonth: Month(containing: date), count: 1)
            }
        case .month(let month): return month.period
        case .quarter(let quarter): return quarter.period
        case .year(let year): return year.period
        case .span(let period): return period
        }
    }

    /// Reads `2020-03-31`, `2020-03`, `2020Q1`, `2020` or `2020-01-01/2020-02-15` (half-open, end may be missing).
    ///
    /// - Throws: ``DomainError`` naming `field`.
    public init(_ text: String, field: String = "period") throws(DomainError) {
        let bytes = Array(text.utf8)
        if let slash = bytes.firstIndex(of: UInt8(ascii: "/")) {
            let start = try CivilDate(String(decoding: bytes[..<slash], as: UTF8.self), field: field)
            let rest = bytes[(slash + 1)...]
            let end = rest.isEmpty ? nil : try CivilDate(String(decoding: rest, as: UTF8.self), field: field)
            self = .span(try Period(from: start, until: end, field: field))
            return
        }
        switch bytes.count {
        case 10: self = .instant(try CivilDate(text, field: field))
        case 7: self = .month(try Month(text, field: field))
        case 6: self = .quarter(try Quarter(text, field: field))
        case 4:
            guard let number = Digits.number(bytes[...]) else {
                throw DomainError(field, .malformed(expected: "a year as YYYY"))
            }
            self = .year(try Year(number, field: field))
        default: throw DomainError(field, .malformed(expected: "a day, month, quarter, year or span"))
        }
    }

    /// The text that ``init(_:field:)`` reads.
    public var description: String {
        switch self {
        case .instant(let date): date.description
        case .month(let month): month.description
        case .quarter(let quarter): quarter.description
        case .year(let year): year.description
        case .span(let period): "\(period.start)/\(period.end.map(\.description) ?? "")"
        }
    }
}
