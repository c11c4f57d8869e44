/// What a day is in the official calendar of working days (XCT-9).
public enum DayKind: Hashable, Sendable {
    /// Monday to Friday without a holiday.
    case working
    /// A Saturday or Sunday on which people work in exchange for a day of the named holiday.
    case movedWorking(holiday: String)
    /// A Saturday or Sunday outside of holidays.
    case weekend
    /// A day off by the arrangement, of the named holiday.
    case holiday(String)

    /// Whether offices work on such a day.
    public var isWorking: Bool {
        switch self {
        case .working, .movedWorking: true
        case .weekend, .holiday: false
        }
    }
}
