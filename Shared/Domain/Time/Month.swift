/// A calendar month, from 0001-01 to 9999-12.
public struct Month: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The year, 1 to 9999.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int

    /// Makes a month.
    ///
    /// - Throws: ``DomainError`` naming `field` when year or month is out of range.
    public init(year: Int, month: Int, field: String = "month") throws(DomainError) {
        guard (1...9999).contains(year) else { throw DomainError(field, .outOfRange("a year from 1 to 9999")) }
        guard (1...12).contains(month) else { throw DomainError(field, .outOfRange("a month from 1 to 12")) }
        self.year = year
        self.month = month
    }

    /// Reads the form `2020-04`.
    ///
    /// - Throws: ``DomainError`` naming `field`.
    public init(_ text: String, field: String = "month") throws(DomainError) {
        let bytes = Array(text.utf8)
        guard bytes.count == 7, bytes[4] == UInt8(ascii: "-"), let year = Digits.number(bytes[0..<4]),
            let month = Digits.number(bytes[5..<7])
        else { throw DomainError(field, .malformed(expected: "a month as YYYY-MM")) }
        try self.init(year: year, month: month, field: field)
    }

    /// The month that a day belongs to.
    public init(containing date: CivilDate) {
        let parts = date.components
        year = parts.year
        month = parts.month
    }

    /// The month `months` later, or earlier when negative.
    ///
    /// - Throws: ``DomainError`` outside the years 1 to 9999.
    public func adding(months: Int) throws(DomainError) -> Month {
        let (index, overflow) = (year * 12 + month - 1).addingReportingOverflow(months)
        guard !overflow, index >= 12 else { throw DomainError("month", .outOfRange("a year from 1 to 9999")) }
        return try Month(year: index / 12, month: index % 12 + 1)
    }

    /// The days of the month, half-open.
    public var period: Period { Period(firstMonth: self, count: 1) }

    /// Order in time.
    public static func < (left: Month, right: Month) -> Bool { (left.year, left.month) < (right.year, right.month) }

    /// The form `2020-04`.
    public var description: String { Digits.padded(year, 4) + "-" + Digits.padded(month, 2) }
}
