/// A calendar year, 1 to 9999.
public struct Year: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number of the year.
    public let number: Int

    /// Makes a year.
    ///
    /// - Throws: ``DomainError`` naming `field` outside 1 to 9999.
    public init(_ number: Int, field: String = "year") throws(DomainError) {
        guard (1...9999).contains(number) else { throw DomainError(field, .outOfRange("a year from 1 to 9999")) }
        self.number = number
    }

    /// The year that a day belongs to.
    public init(containing date: CivilDate) {
        number = date.year
    }

    /// The days of the year, half-open.
    public var period: Period { Period(firstYear: number, month: 1, count: 12) }

    /// Order in time.
    public static func < (left: Year, right: Year) -> Bool { left.number < right.number }

    /// Four digits.
    public var description: String { Digits.padded(number, 4) }
}
