/// The official calendar of working days: weekends, holidays and moved working days as dated data (XCT-9, APL-3).
///
/// It answers only for years whose arrangement is known. A year without data is an error, never a guess, since a guess
/// would set deadlines that are wrong by days.
public struct WorkingCalendar: Hashable, Sendable {
    private let years: Set<Int>
    private let exceptions: [CivilDate: DayKind]

    /// Makes a calendar of the given years from their arrangements.
    ///
    /// An arrangement may begin in the year before its own, as New Year's does; a day counts only when its own year is
    /// among `years`.
    ///
    /// - Throws: ``DomainError`` naming `arrangements` when two of them claim the same day.
    public init(years: some Sequence<Year>, arrangements: [HolidayArrangement]) throws(DomainError) {
        var exceptions: [CivilDate: DayKind] = [:]
        for arrangement in arrangements {
            var day = arrangement.daysOff.lowerBound
            while day <= arrangement.daysOff.upperBound {
                guard exceptions.updateValue(.holiday(arrangement.name), forKey: day) == nil else {
                    throw DomainError("arrangements", .duplicate("\(day)"))
                }
                day = try day.adding(days: 1)
            }
            for day in arrangement.movedWorkingDays {
                guard exceptions.updateValue(.movedWorking(holiday: arrangement.name), forKey: day) == nil else {
                    throw DomainError("arrangements", .duplicate("\(day)"))
                }
            }
        }
        self.years = Set(years.map(\.number))
        self.exceptions = exceptions
    }

    /// What a day is.
    ///
    /// - Throws: ``DomainError`` naming `calendar` when the year's arrangement is not known.
    public func kind(of day: CivilDate) throws(DomainError) -> DayKind {
        guard years.contains(day.year) else {
            throw DomainError("calendar", .unknown("arrangement of working days for \(day.year)"))
        }
        if let exception = exceptions[day] { return exception }
        return day.weekday == .saturday || day.weekday == .sunday ? .weekend : .working
    }

    /// Whether offices work on a day.
    ///
    /// - Throws: ``DomainError`` naming `calendar` when the year's arrangement is not known.
    public func isWorking(_ day: CivilDate) throws(DomainError) -> Bool { try kind(of: day).isWorking }

    /// The working days after `start` up to and with `end`; zero when `end` does not lie after `start`.
    ///
    /// - Throws: ``DomainError`` naming `calendar` when the arrangement of one of the days is not known.
    public func workingDays(after start: CivilDate, through end: CivilDate) throws(DomainError) -> Int {
        var count = 0
        var day = start
        while day < end {
            day = try day.adding(days: 1)
            if try isWorking(day) { count += 1 }
        }
        return count
    }
}
