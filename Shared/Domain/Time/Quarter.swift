/// A calendar quarter.
public struct Quarter: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The year, 1 to 9999.
    public let year: Int
    /// The quarter, 1 to 4.
    public let quarter: Int

    /// Makes a quarter.
    ///
    /// - Throws: ``DomainError`` naming `field` when year or quarter is out of range.
    public init(year: Int, quarter: Int, field: String = "quarter") throws(DomainError) {
        guard (1...9999).contains(year) else { throw DomainError(field, .outOfRange("a year from 1 to 9999")) }
        guard (1...4).contains(quarter) else { throw DomainError(field, .outOfRange("a quarter from 1 to 4")) }
        self.year = year
        self.quarter = quarter
    }

    /// Reads the form `2020Q1`.
    ///
    /// - Throws: ``DomainError`` naming `field`.
    public init(_ text: String, field: String = "quarter") throws(DomainError) {
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[4] == UInt8(ascii: "Q"), let year = Digits.number(bytes[0..<4]),
            let quarter = Digits.number(bytes[5..<6])
        else { throw DomainError(field, .malformed(expected: "a quarter as YYYYQn")) }
        try self.init(year: year, quarter: quarter, field: field)
    }

    /// The quarter that a day belongs to.
    public init(containing date: CivilDate) {
        let parts = date.components
        year = parts.year
        quarter = (parts.month - 1) / 3 + 1
    }

    /// The quarter `quarters` later, or earlier when negative.
    ///
    /// - Throws: ``DomainError`` outside the years 1 to 9999.
    public func adding(quarters: Int) throws(DomainError) -> Quarter {
        let (index, overflow) = (year * 4 + quarter - 1).addingReportingOverflow(quarters)
        guard !overflow, index >= 4 else { throw DomainError("quarter", .outOfRange("a year from 1 to 9999")) }
        return try Quarter(year: index / 4, quarter: index % 4 + 1)
    }

    /// The days of the quarter, half-open.
    public var period: Period { Period(firstYear: year, month: (quarter - 1) * 3 + 1, count: 3) }

    /// Order in time.
    public static func < (left: Quarter, right: Quarter) -> Bool {
        (left.year, left.quarter) < (right.year, right.quarter)
    }

    /// The form `2020Q1`.
    public var description: String { Digits.padded(year, 4) + "Q\(quarter)" }
}
