/// A day of the proleptic Gregorian calendar, without time or zone, from 0001-01-01 to 9999-12-31.
public struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01; negative before it.
    public let dayNumber: Int32

    /// The first day that can be expressed.
    public static let earliest = CivilDate(unchecked: daysBefore(year: 1, month: 1, day: 1))
    /// The last day that can be expressed.
    public static let latest = CivilDate(unchecked: daysBefore(year: 9999, month: 12, day: 31))

    /// Makes a day from year, month and day of month.
    ///
    /// - Throws: ``DomainError`` naming `field` when no such day exists.
    public init(year: Int, month: Int, day: Int, field: String = "date") throws(DomainError) {
        guard (1...9999).contains(year) else { throw DomainError(field, .outOfRange("a year from 1 to 9999")) }
        guard (1...12).contains(month) else { throw DomainError(field, .outOfRange("a month from 1 to 12")) }
        let length = Self.daysInMonth(year: year, month: month)
        guard (1...length).contains(day) else { throw DomainError(field, .outOfRange("a day from 1 to \(length)")) }
        self.init(unchecked: Self.daysBefore(year: year, month: month, day: day))
    }

    /// Makes a day from its distance to 1970-01-01.
    ///
    /// - Throws: ``DomainError`` outside 0001-01-01 to 9999-12-31.
    public init(dayNumber: Int, field: String = "date") throws(DomainError) {
        guard (Int(Self.earliest.dayNumber)...Int(Self.latest.dayNumber)).contains(dayNumber) else {
            throw DomainError(field, .outOfRange("0001-01-01 to 9999-12-31"))
        }
        self.init(unchecked: dayNumber)
    }

    /// Reads the form `2020-04-20`, strictly.
    ///
    /// - Throws: ``DomainError`` naming `field` when the form is wrong or the day does not exist.
    public init(_ text: String, field: String = "date") throws(DomainError) {
        let bytes = Array(text.utf8)
        let malformed = DomainError(field, .malformed(expected: "a date as YYYY-MM-DD"))
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Digits.number(bytes[0..<4]), let month = Digits.number(bytes[5..<7]),
            let day = Digits.number(bytes[8..<10])
        else { throw malformed }
        try self.init(year: year, month: month, day: day, field: field)
    }

    private init(unchecked dayNumber: Int) {
        self.dayNumber = Int32(dayNumber)
    }

    /// Year, month and day of month.
    public var components: (year: Int, month: Int, day: Int) {
        // Years are counted from March, so that the leap day is the last of its year; eras are cycles of 400 years.
        let shifted = Int(dayNumber) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// The year, 1 to 9999.
    public var year: Int { components.year }
    /// The month, 1 to 12.
    public var month: Int { components.month }
    /// The day of the month, 1 to 31.
    public var day: Int { components.day }

    /// The day of the week.
    public var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        let index = ((Int(dayNumber) + 3) % 7 + 7) % 7
        return Weekday.allCases[index]
    }

    /// The day `days` later, or earlier when negative.
    ///
    /// - Throws: ``DomainError`` outside 0001-01-01 to 9999-12-31.
    public func adding(days: Int) throws(DomainError) -> CivilDate {
        let (number, overflow) = Int(dayNumber).addingReportingOverflow(days)
        guard !overflow else { throw DomainError("date", .overflow) }
        return try CivilDate(dayNumber: number)
    }

    /// The same day of the month `months` later; the last day of that month where it is shorter.
    ///
    /// - Throws: ``DomainError`` outside 0001-01-01 to 9999-12-31.
    public func adding(months: Int) throws(DomainError) -> CivilDate {
        let parts = components
        let target = try Month(year: parts.year, month: parts.month).adding(months: months)
        let day = min(parts.day, Self.daysInMonth(year: target.year, month: target.month))
        return try CivilDate(year: target.year, month: target.month, day: day)
    }

    /// Whole days from this day to another; negative when the other lies before.
    public func days(to other: CivilDate) -> Int { Int(other.dayNumber) - Int(dayNumber) }

    /// Order in time.
    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.dayNumber < right.dayNumber }

    /// The form `2020-04-20`.
    public var description: String {
        let parts = components
        return Digits.padded(parts.year, 4) + "-" + Digits.padded(parts.month, 2) + "-" + Digits.padded(parts.day, 2)
    }

    /// Whether a year has 366 days.
    public static func isLeap(year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Days in a month.
    ///
    /// - Parameter month: 1 to 12.
    public static func daysInMonth(year: Int, month: Int) -> Int {
        if month == 2 { return isLeap(year: year) ? 29 : 28 }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }

    private static func daysBefore(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
