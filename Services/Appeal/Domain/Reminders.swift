import Domain

/// Which reminder (APL-4).
public enum ReminderKind: String, Hashable, Sendable, CaseIterable {
    /// A share of the limit is over.
    case share
    /// So many working days are left.
    case before
    /// The limit ends.
    case due
    /// The limit ended some time ago.
    case after
}

/// What a reminder is about (APL-4).
public enum ReminderSubject: String, Hashable, Sendable, CaseIterable {
    case reply
    case solution
    case supervision
    case rectification
}

/// Whom a reminder is for within its unit (APL-4).
public enum RecipientRole: String, Hashable, Sendable, CaseIterable {
    case handler
    case leader
    case office
}

/// When a limit is reminded of: parameters, and what follows from them (APL-4).
public struct ReminderPlan: Hashable, Sendable {
    /// Upper and lower part of the share of the counted days after which the first reminder comes.
    public let share: (numerator: Int, denominator: Int)
    /// Working days before the last day at whose beginning of office the second one comes; 0 leaves it out.
    public let workingDaysBefore: Int
    /// Working days after the last day at whose end the last one comes; 0 leaves it out.
    public let workingDaysAfter: Int

    /// Hour of the day, local time, at which offices open.
    public static let officeHour = 9

    /// A plan from its parameters.
    ///
    /// - Throws: `DomainError` naming the parameter.
    public init(
        share: (numerator: Int, denominator: Int) = (2, 3), workingDaysBefore: Int = 1, workingDaysAfter: Int = 1
    ) throws(DomainError) {
        guard share.denominator >= 1, (0...share.denominator).contains(share.numerator) else {
            throw DomainError("reminders.share", .outOfRange("a ratio from 0 to 1"))
        }
        guard (0...30).contains(workingDaysBefore) else {
            throw DomainError("reminders.before", .outOfRange("0 to 30 working days"))
        }
        guard (0...30).contains(workingDaysAfter) else {
            throw DomainError("reminders.after", .outOfRange("0 to 30 working days"))
        }
        self.share = share
        self.workingDaysBefore = workingDaysBefore
        self.workingDaysAfter = workingDaysAfter
    }

    /// Whether two plans have the same parameters.
    public static func == (left: ReminderPlan, right: ReminderPlan) -> Bool {
        left.share == right.share && left.workingDaysBefore == right.workingDaysBefore
            && left.workingDaysAfter == right.workingDaysAfter
    }

    /// Adds the parameters to a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(share.numerator)
        hasher.combine(share.denominator)
        hasher.combine(workingDaysBefore)
        hasher.combine(workingDaysAfter)
    }

    /// A reminder with its moment in local time.
    public struct Entry: Hashable, Sendable {
        /// Which one.
        public let kind: ReminderKind
        /// The day.
        public let day: CivilDate
        /// The hour of that day, 0 to 24; 24 is its end.
        public let hour: Int
    }

    /// The reminders of a limit, in order of time; those before the beginning are left out.
    ///
    /// - Parameter arithmetic: nil for limits of which only the last day is known.
    /// - Throws: `DomainError` naming `calendar` for a year without an arrangement.
    public func entries(
        start: CivilDate, dueOn: CivilDate, arithmetic: DeadlineArithmetic?, calendar: WorkingCalendar
    ) throws(DomainError) -> [Entry] {
        var found: [Entry] = []
        if let day = shareDay(arithmetic), day < dueOn { found.append(Entry(kind: .share, day: day, hour: 24)) }
        if workingDaysBefore > 0 {
            let day = try Self.workingDay(workingDaysBefore, from: dueOn, step: -1, calendar)
            if day > start { found.append(Entry(kind: .before, day: day, hour: Self.officeHour)) }
        }
        found.append(Entry(kind: .due, day: dueOn, hour: 24))
        if workingDaysAfter > 0 {
            let day = try Self.workingDay(workingDaysAfter, from: dueOn, step: 1, calendar)
            found.append(Entry(kind: .after, day: day, hour: 24))
        }
        return found
    }

    /// The day on which the share of the counted days is full; nil when that is no day before the last one.
    private func shareDay(_ arithmetic: DeadlineArithmetic?) -> CivilDate? {
        guard let arithmetic, share.numerator > 0 else { return nil }
        let counted = arithmetic.days.filter { day in
            switch day.effect {
            case .counted: true
            case .start, .notWorking, .paused: false
            }
        }
        let number = (counted.count * share.numerator + share.denominator - 1) / share.denominator
        return number >= 1 && number <= counted.count ? counted[number - 1].date : nil
    }

    private static func workingDay(
        _ count: Int, from day: CivilDate, step: Int, _ calendar: WorkingCalendar
    ) throws(DomainError) -> CivilDate {
        var (day, left) = (day, count)
        while left > 0 {
            day = try day.adding(days: step)
            if try calendar.isWorking(day) { left -= 1 }
        }
        return day
    }
}

extension ReminderKind {
    /// Whom it is for: the later, the higher (APL-4).
    public var roles: [RecipientRole] {
        switch self {
        case .share: [.handler]
        case .before: [.handler, .leader]
        case .due: [.handler, .leader, .office]
        case .after: [.leader, .office]
        }
    }
}
