import Domain

/// Who decides a case, which chooses the rule of its reply (APL-3).
public enum CaseRoute: String, Hashable, Sendable, CaseIterable {
    case ordinary
    case higherLevel = "higher_level"
}

/// The clocks of a case; each runs by a rule of its own (APL-3).
public enum ClockKind: String, Hashable, Sendable, CaseIterable {
    /// From the round's start to the day that the unit promised.
    case handling
    /// Business clock of the reply.
    case reply
    /// Business clock of the solution.
    case solution
    /// The absolute limit; it neither stops nor is extended.
    case legal
}

/// The rule by which a clock runs, as it was on the day on which the clock began.
public struct AppliedRule: Hashable, Sendable {
    /// The rule.
    public let id: String
    /// The first day of the rule's version.
    public let validFrom: CivilDate
    /// The document that it comes from.
    public let source: String
    /// Length and kind of days.
    public let term: DeadlineTerm
    /// Longest length with an extension; nil when it is not extended.
    public let outerDays: Int?

    /// A rule from its parts.
    public init(id: String, validFrom: CivilDate, source: String, term: DeadlineTerm, outerDays: Int?) {
        self.id = id
        self.validFrom = validFrom
        self.source = source
        self.term = term
        self.outerDays = outerDays
    }
}

/// The rules of one round.
public struct RoundRules: Hashable, Sendable {
    /// For the reply.
    public let reply: AppliedRule
    /// For the reply where a higher level decides; nil when the documents state none for the kind.
    public let legal: AppliedRule?
    /// For the solution; nil when there is none.
    public let solution: AppliedRule?

    /// Rules from their parts.
    public init(reply: AppliedRule, legal: AppliedRule?, solution: AppliedRule?) {
        self.reply = reply
        self.legal = legal
        self.solution = solution
    }
}

/// A line of the ledger of pauses: it is written once and ended once, and never goes away.
public struct PauseLine: Hashable, Sendable {
    /// Number in its case, from 1.
    public let number: Int
    /// The days, and why.
    public let pause: ClockPause
    /// Account that stopped the clocks.
    public let account: String

    /// A line from its parts.
    public init(number: Int, pause: ClockPause, account: String) {
        self.number = number
        self.pause = pause
        self.account = account
    }
}

/// The one extension of a round (APL-3).
public enum Extension: Hashable, Sendable {
    case none
    case requested(days: Int, by: String)
    case approved(days: Int)
    case rejected

    /// The word that contract and storage have for it.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        case none, requested, approved, rejected
    }

    /// The extension without its data.
    public var name: Name {
        switch self {
        case .none: .none
        case .requested: .requested
        case .approved: .approved
        case .rejected: .rejected
        }
    }

    /// Days by which the limit is longer.
    public var days: Int {
        switch self {
        case .approved(let days): days
        case .none, .requested, .rejected: 0
        }
    }
}

/// One limit of a case with its arithmetic (APL-3).
public struct CaseDeadline: Hashable, Sendable {
    /// Clock.
    public let clock: ClockKind
    /// Rule; nil for the promise.
    public let rule: AppliedRule?
    /// Length with the extension.
    public let term: DeadlineTerm
    /// Every day of the count.
    public let arithmetic: DeadlineArithmetic

    /// Last day; nil while the clock stands still.
    public var dueOn: CivilDate? {
        switch arithmetic.outcome {
        case .due(let day): day
        case .stopped: nil
        }
    }
}

/// The clocks of a case in its current round. Comments, edits and transfers have no way to move them.
public struct CaseClocks: Hashable, Sendable {
    /// Round, from 1; each reopening begins a new one.
    public internal(set) var round: Int
    /// Day on which the round began.
    public internal(set) var start: CivilDate
    /// Rules of the round.
    public internal(set) var rules: RoundRules
    /// Who decides.
    public internal(set) var route: CaseRoute
    /// The ledger of pauses over all rounds.
    public internal(set) var pauses: [PauseLine]
    /// Days from the start to the promised one, on which the clock ran; nil without a promise.
    public internal(set) var promisedDays: Int?
    /// The extension of the round.
    public internal(set) var `extension`: Extension
    /// Which limits of the round passed.
    public internal(set) var overdue: Set<ClockKind>

    /// Clocks as they were stored, or those of a first round.
    public init(
        round: Int = 1, start: CivilDate, rules: RoundRules, route: CaseRoute = .ordinary, pauses: [PauseLine] = [],
        promisedDays: Int? = nil, extension: Extension = .none, overdue: Set<ClockKind> = []
    ) {
        self.round = round
        self.start = start
        self.rules = rules
        self.route = route
        self.pauses = pauses
        self.promisedDays = promisedDays
        self.extension = `extension`
        self.overdue = overdue
    }

    /// The day that the unit promised, moved by the pauses since; nil without a promise, and while the clock stands still.
    public func promisedOn() throws(DomainError) -> CivilDate? {
        guard var left = promisedDays else { return nil }
        var day = start
        while left > 0 {
            day = try day.adding(days: 1)
            guard let pause = pauses.first(where: { $0.pause.covers(day) })?.pause else {
                left -= 1
                continue
            }
            if pause.until == nil { return nil }
        }
        return day
    }

    /// Whether the clocks that can stop stand still.
    public var isStopped: Bool { pauses.contains { $0.pause.until == nil } }

    /// The rule that the reply is under: a higher level's is absolute and takes the place of the ordinary one.
    public var replyRule: (clock: ClockKind, rule: AppliedRule) {
        switch route {
        case .ordinary: (.reply, rules.reply)
        case .higherLevel: rules.legal.map { (.legal, $0) } ?? (.reply, rules.reply)
        }
    }

    /// All limits of the round with their arithmetic.
    ///
    /// - Throws: `DomainError` naming `calendar` for a year without an arrangement.
    public func deadlines(_ calendar: WorkingCalendar) throws(DomainError) -> [CaseDeadline] {
        var found: [CaseDeadline] = []
        if let promisedDays {
            found.append(
                try deadline(.handling, nil, try DeadlineTerm(days: promisedDays, count: .natural), calendar))
        }
        let (clock, rule) = replyRule
        let term =
            rule.term.isAbsolute
            ? rule.term : try DeadlineTerm(days: rule.term.days + `extension`.days, count: rule.term.count)
        found.append(try deadline(clock, rule, term, calendar))
        if let solution = rules.solution { found.append(try deadline(.solution, solution, solution.term, calendar)) }
        return found
    }

    private func deadline(
        _ clock: ClockKind, _ rule: AppliedRule?, _ term: DeadlineTerm, _ calendar: WorkingCalendar
    ) throws(DomainError) -> CaseDeadline {
        CaseDeadline(
            clock: clock, rule: rule, term: term,
            arithmetic: try DeadlineArithmetic(
                start: start, term: term, pauses: pauses.map(\.pause), calendar: calendar))
    }

    /// The limit that binds the reply: the earliest of promise and rule. Nil while the clocks stand still; an absolute
    /// limit never does.
    public func bindingReply(_ calendar: WorkingCalendar) throws(DomainError) -> CaseDeadline? {
        try deadlines(calendar).filter { $0.clock != .solution && $0.dueOn != nil }
            .min { ($0.dueOn ?? .latest) < ($1.dueOn ?? .latest) }
    }

    /// The last day for the solution; nil without such a limit, or while its clock stands still.
    public func solutionDue(_ calendar: WorkingCalendar) throws(DomainError) -> CaseDeadline? {
        try deadlines(calendar).first { $0.clock == .solution && $0.dueOn != nil }
    }

    mutating func stop(on day: CivilDate, reason: String, by account: String) throws(DomainError) -> PauseLine {
        let line = PauseLine(
            number: (pauses.map(\.number).max() ?? 0) + 1, pause: try ClockPause(from: day, until: nil, reason: reason),
            account: account)
        pauses.append(line)
        return line
    }

    mutating func goOn(on day: CivilDate) throws(DomainError) -> PauseLine? {
        guard let index = pauses.firstIndex(where: { $0.pause.until == nil }) else { return nil }
        let open = pauses[index]
        let ended = PauseLine(
            number: open.number,
            // Business time can go back in development only; a pause then ends on the day on which it began.
            pause: try ClockPause(from: open.pause.from, until: max(day, open.pause.from), reason: open.pause.reason),
            account: open.account)
        pauses[index] = ended
        return ended
    }
}
