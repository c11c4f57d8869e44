/// How the days of a limit are counted; the two are different things (APL-3).
public enum DayCount: String, Hashable, Sendable, CaseIterable {
    /// Every day of the calendar.
    case natural
    /// Working days by the official calendar, moved weekend days included.
    case working
}

/// The length of a limit in days, and whether its clock may stand still.
public struct DeadlineTerm: Hashable, Sendable {
    /// The days after the day of the start, 0 to 3,650; 0 means by the end of the first day on which the clock may run.
    public let days: Int
    /// Which days count.
    public let count: DayCount
    /// An absolute limit runs on through every pause, such as the fifteen days of a matter that a higher level decides.
    public let isAbsolute: Bool

    /// Makes a term.
    ///
    /// - Throws: ``DomainError`` naming `field` outside 0 to 3,650 days.
    public init(
        days: Int, count: DayCount, isAbsolute: Bool = false, field: String = "days"
    ) throws(DomainError) {
        guard (0...3_650).contains(days) else { throw DomainError(field, .outOfRange("0 to 3650 days")) }
        self.days = days
        self.count = count
        self.isAbsolute = isAbsolute
    }
}
