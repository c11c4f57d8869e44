/// A span over which the clock of a limit stands still, by days in local time (APL-3).
///
/// A day is lost to the applicant when the clock stands still at its end; so a pause that begins and ends on one day
/// costs nothing, and one from the second to the fourth costs the second and the third.
public struct ClockPause: Hashable, Sendable {
    /// The day on which the clock stopped.
    public let from: CivilDate
    /// The day on which it went on; nil while it stands still.
    public let until: CivilDate?
    /// Why, as the ledger has it.
    public let reason: String

    /// Makes a pause.
    ///
    /// - Throws: ``DomainError`` naming `pause` when it ends before it begins.
    public init(from: CivilDate, until: CivilDate?, reason: String) throws(DomainError) {
        if let until, until < from { throw DomainError("pause", .disorder) }
        self.from = from
        self.until = until
        self.reason = reason
    }

    /// Whether the clock stands still at the end of a day.
    public func covers(_ day: CivilDate) -> Bool {
        guard day >= from else { return false }
        guard let until else { return true }
        return day < until
    }
}

/// One day of a deadline's arithmetic, ready to be printed.
public struct DeadlineDay: Hashable, Sendable {
    /// What the day did to the count.
    public enum Effect: Hashable, Sendable {
        /// The day of the start, which is not counted.
        case start
        /// Counted as the given day of the limit, from 1.
        case counted(Int)
        /// A day that a limit in working days passes over.
        case notWorking
        /// The clock stood still at its end, for the given reason.
        case paused(String)
    }

    /// The day.
    public let date: CivilDate
    /// What the official calendar says of it; nil for limits in natural days, which do not ask.
    public let kind: DayKind?
    /// What it did to the count.
    public let effect: Effect
}

/// How a deadline came about: every day from the start to the last one, and what each did to the count (APL-3).
///
/// The day of the start is not counted, as in the law on periods; the deadline is the end of the last day counted, in
/// local time. A limit in natural days that ends on a day off is not moved, since the documents promise days, not
/// office hours.
public struct DeadlineArithmetic: Hashable, Sendable {
    /// Where the count stands.
    public enum Outcome: Hashable, Sendable {
        /// The last day of the limit; the deadline is its end.
        case due(CivilDate)
        /// The clock stands still with so many days of the limit left; there is no deadline until it goes on.
        case stopped(daysLeft: Int)
    }

    /// The days in order of time, the day of the start first.
    public let days: [DeadlineDay]
    /// Where the count ends.
    public let outcome: Outcome

    // No pause of a case is longer; it keeps a damaged ledger from counting to the end of the calendar.
    private static let longest = 40_000

    /// Counts a limit.
    ///
    /// - Parameters:
    ///   - start: the day in local time on which the limit begins.
    ///   - pauses: the ledger; overlapping lines count once. An absolute limit does not look at it.
    ///   - calendar: asked for limits in working days only.
    /// - Throws: ``DomainError`` naming `calendar` for a year without an arrangement, or `pauses` when they never end
    ///   within a century.
    public init(
        start: CivilDate, term: DeadlineTerm, pauses: [ClockPause] = [], calendar: WorkingCalendar
    ) throws(DomainError) {
        let ledger = term.isAbsolute ? [] : pauses
        var lines: [DeadlineDay] = []
        var counted = 0
        var day = start
        while true {
            guard lines.count < Self.longest else { throw DomainError("pauses", .overflow) }
            let kind: DayKind? = term.count == .working ? try calendar.kind(of: day) : nil
            let covering = ledger.first { $0.covers(day) }
            let effect: DeadlineDay.Effect
            // A limit of no days ends with the first day that could have been worked on, the start's own if it can.
            let mayCount = lines.isEmpty ? term.days == 0 : true
            if let covering {
                effect = .paused(covering.reason)
            } else if !mayCount {
                effect = .start
            } else if let kind, !kind.isWorking {
                effect = .notWorking
            } else if lines.isEmpty {
                lines.append(DeadlineDay(date: day, kind: kind, effect: .start))
                break
            } else {
                counted += 1
                effect = .counted(counted)
            }
            lines.append(DeadlineDay(date: day, kind: kind, effect: effect))
            if counted >= max(term.days, 1) { break }
            if let covering, Self.standsStill(from: day, ledger: ledger, line: covering) {
                days = lines
                outcome = .stopped(daysLeft: max(term.days, 1) - counted)
                return
            }
            day = try day.adding(days: 1)
        }
        days = lines
        outcome = .due(day)
    }

    // An open pause ends the count; a closed one that meets an open one is found on a later day.
    private static func standsStill(from day: CivilDate, ledger: [ClockPause], line: ClockPause) -> Bool {
        line.until == nil || ledger.contains { $0.until == nil && $0.covers(day) }
    }
}
