/// How the State Council arranged one holiday: the days off, and the weekend days worked in exchange.
public struct HolidayArrangement: Hashable, Sendable {
    /// The holiday's Chinese name, such as `劳动节`.
    public let name: String
    /// The first and the last day off.
    public let daysOff: ClosedRange<CivilDate>
    /// Saturdays and Sundays that are worked in exchange, in order of time.
    public let movedWorkingDays: [CivilDate]

    /// Makes an arrangement.
    ///
    /// - Throws: ``DomainError`` naming `movedWorkingDays` when one of them is no weekend day, lies within the days off
    ///   or stands twice.
    public init(
        name: String, daysOff: ClosedRange<CivilDate>, movedWorkingDays: [CivilDate] = []
    ) throws(DomainError) {
        var seen: Set<CivilDate> = []
        for day in movedWorkingDays {
            guard day.weekday == .saturday || day.weekday == .sunday else {
                throw DomainError("movedWorkingDays", .outOfRange("a Saturday or Sunday, not \(day)"))
            }
            guard !daysOff.contains(day), seen.insert(day).inserted else {
                throw DomainError("movedWorkingDays", .duplicate("\(day)"))
            }
        }
        self.name = name
        self.daysOff = daysOff
        self.movedWorkingDays = movedWorkingDays
    }
}
