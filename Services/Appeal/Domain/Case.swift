import Domain

/// A case on its way from submission to the end (APL-1, APL-2).
///
/// Every command is a method that looks at the state, changes it, and returns what happened; a command that the state
/// does not allow throws and changes nothing.
public struct Case: Hashable, Sendable {
    /// The return after which the office assigns.
    public static let returnsToOffice = 3
    /// Days after the reply on which the applicant may still rate; afterwards an unrated case may be written off.
    public static let ratingDays = 7

    /// Identifier.
    public let id: CaseID
    /// Number for people.
    public let number: String
    /// What was fixed at the beginning.
    public let submission: Submission
    /// What the applicant wrote.
    public private(set) var content: CaseContent
    /// Category of the rules.
    public private(set) var category: String
    /// Where it stands.
    public private(set) var state: State
    /// Its clocks.
    public private(set) var clocks: CaseClocks
    /// How often an assignment was returned.
    public private(set) var returns: Int
    /// What a higher level decided last; empty when none did.
    public private(set) var decision: String
    /// Version for concurrent edits, from 1.
    public private(set) var version: Int64

    /// A case as it was stored.
    public init(
        id: CaseID, number: String, submission: Submission, content: CaseContent, category: String, state: State,
        clocks: CaseClocks, returns: Int, decision: String, version: Int64
    ) {
        self.id = id
        self.number = number
        self.submission = submission
        self.content = content
        self.category = category
        self.state = state
        self.clocks = clocks
        self.returns = returns
        self.decision = decision
        self.version = version
    }

    /// Submits a case; its clocks begin on that day.
    public static func submit(
        _ content: CaseContent, id: CaseID, number: String, submission: Submission, category: String,
        rules: RoundRules, today: CivilDate
    ) -> (Case, CaseChange) {
        let new = Case(
            id: id, number: number, submission: submission, content: content, category: category, state: .submitted,
            clocks: CaseClocks(start: today, rules: rules), returns: 0, decision: "", version: 1)
        return (new, CaseChange(.submitted, .submitted))
    }

    private func illegal(_ command: CaseCommand) -> CaseError {
        .illegalTransition(command: command, state: state.name)
    }

    /// Changes title and text while nothing was replied; the clocks do not notice (APL-3).
    public mutating func edit(_ content: CaseContent) throws(CaseError) -> CaseChange {
        guard state.name.owesReply else { throw illegal(.edit) }
        self.content = content
        version += 1
        return CaseChange(.edited, nil)
    }

    /// Adds a comment to the trail; the clocks do not notice (APL-3).
    public mutating func comment(_ text: String) throws(CaseError) -> CaseChange {
        guard state.name.isOpen else { throw illegal(.comment) }
        version += 1
        return CaseChange(.commented, nil, text: text)
    }

    /// Accepts the case; a corrected category brings its rules, counted from the same start.
    public mutating func accept(category: String, rules: RoundRules) throws(CaseError) -> CaseChange {
        guard case .submitted = state else { throw illegal(.accept) }
        self.category = category
        clocks.rules = rules
        return move(to: .accepted(.dispatcher), CaseChange(.accepted, .accepted))
    }

    /// Refuses the case.
    public mutating func refuse(reason: String, rightPlace: String) throws(CaseError) -> CaseChange {
        guard case .submitted = state else { throw illegal(.refuse) }
        return move(to: .refused(reason: reason, rightPlace: rightPlace), CaseChange(.refused, .refused, text: reason))
    }

    /// Assigns the case to a unit.
    ///
    /// - Parameter isComplainedUnit: whether the unit is the one complained about or lies below it.
    public mutating func assign(to unit: UnitID, isComplainedUnit: Bool) throws(CaseError) -> CaseChange {
        guard case .accepted(let desk) = state else { throw illegal(.assign) }
        guard !isComplainedUnit else { throw .complainedUnit }
        let assignment = Assignment(unit: unit, isBinding: desk == .office)
        return move(
            to: .assigned(assignment),
            CaseChange(.assigned, .assigned(from: nil, isBinding: assignment.isBinding), toUnit: unit))
    }

    /// Hands the case on to another unit.
    public mutating func transfer(
        to unit: UnitID, reason: String, isComplainedUnit: Bool
    ) throws(CaseError) -> CaseChange {
        let from: Assignment
        switch state {
        case .assigned(let assignment), .inHandling(let assignment): from = assignment
        case .submitted, .refused, .accepted, .waitingForApplicant, .waitingForHigherLevel, .replied, .resolved, .rated,
            .writtenOff, .withdrawn:
            throw illegal(.transfer)
        }
        guard !isComplainedUnit else { throw .complainedUnit }
        guard from.unit != unit else { throw .sameUnit }
        return move(
            to: .assigned(Assignment(unit: unit, isBinding: from.isBinding)),
            CaseChange(
                .transferred, .assigned(from: from.unit, isBinding: from.isBinding), text: reason, toUnit: unit))
    }

    /// Returns the assignment; the third return goes to the office.
    public mutating func giveBack(reason: String) throws(CaseError) -> CaseChange {
        guard case .assigned(let assignment) = state else { throw illegal(.giveBack) }
        guard !assignment.isBinding else { throw .bindingAssignment }
        returns += 1
        return move(
            to: .accepted(returns >= Self.returnsToOffice ? .office : .dispatcher),
            CaseChange(.returned, .returned(from: assignment.unit, returns: returns), text: reason))
    }

    /// Begins the handling.
    public mutating func takeUp() throws(CaseError) -> CaseChange {
        guard case .assigned(let assignment) = state else { throw illegal(.takeUp) }
        return move(to: .inHandling(assignment), CaseChange(.takenUp, .takenUp))
    }

    /// Sends the case to a higher level; from now on the absolute limit binds.
    public mutating func escalate(asking asked: String) throws(CaseError) -> CaseChange {
        guard case .inHandling(let assignment) = state else { throw illegal(.escalate) }
        clocks.route = .higherLevel
        return move(
            to: .waitingForHigherLevel(assignment, asked: asked), CaseChange(.escalated, .escalated, text: asked))
    }

    /// Brings the case back to its unit with the higher level's decision.
    public mutating func decide(_ decision: String) throws(CaseError) -> CaseChange {
        guard case .waitingForHigherLevel(let assignment, _) = state else { throw illegal(.decide) }
        self.decision = decision
        return move(to: .inHandling(assignment), CaseChange(.decided, .decided, text: decision))
    }

    /// Replies to the applicant; in time when it comes by the end of the day that binds.
    public mutating func reply(
        _ text: String, at now: BusinessTime, today: CivilDate, calendar: WorkingCalendar
    ) throws -> CaseChange {
        guard case .inHandling(let assignment) = state else { throw illegal(.reply) }
        let due = try clocks.bindingReply(calendar)?.dueOn
        let reply = Reply(text: text, at: now, isOnTime: due.map { today <= $0 } ?? true)
        return move(to: .replied(assignment, reply), CaseChange(.replied, .replied))
    }

    /// Declares the matter resolved; after a rating the case stays rated.
    public mutating func resolve(note: String, at now: BusinessTime) throws(CaseError) -> CaseChange {
        let next: State
        switch state {
        case .replied(let assignment, let reply): next = .resolved(assignment, reply, at: now)
        case .rated(let assignment, let reply, let rating, nil):
            next = .rated(assignment, reply, rating, resolvedAt: now)
        case .submitted, .refused, .accepted, .assigned, .inHandling, .waitingForApplicant, .waitingForHigherLevel,
            .resolved, .rated, .writtenOff, .withdrawn:
            throw illegal(.resolve)
        }
        return move(to: next, CaseChange(.resolved, .resolved, text: note))
    }

    /// Rates the reply with a mark of 1 to 5 (APL-9).
    public mutating func rate(mark: Int, words: String, at now: BusinessTime) throws(CaseError) -> CaseChange {
        let rating = Rating(mark: mark, words: words, at: now)
        let next: State
        switch state {
        case .replied(let assignment, let reply): next = .rated(assignment, reply, rating, resolvedAt: nil)
        case .resolved(let assignment, let reply, let at): next = .rated(assignment, reply, rating, resolvedAt: at)
        case .submitted, .refused, .accepted, .assigned, .inHandling, .waitingForApplicant, .waitingForHigherLevel,
            .rated, .writtenOff, .withdrawn:
            throw illegal(.rate)
        }
        return move(to: next, CaseChange(.rated, .rated(mark: mark), text: words))
    }

    /// Begins a new round at the same unit, with limits of its own.
    public mutating func reopen(reason: String, rules: RoundRules, today: CivilDate) throws(CaseError) -> CaseChange {
        let assignment: Assignment
        switch state {
        case .replied(let found, _), .resolved(let found, _, _), .rated(let found, _, _, _): assignment = found
        case .submitted, .refused, .accepted, .assigned, .inHandling, .waitingForApplicant, .waitingForHigherLevel,
            .writtenOff, .withdrawn:
            throw illegal(.reopen)
        }
        clocks = CaseClocks(round: clocks.round + 1, start: today, rules: rules, pauses: clocks.pauses)
        decision = ""
        return move(to: .assigned(assignment), CaseChange(.reopened, .reopened, text: reason))
    }

    /// Writes the case off (销号). Whether all its orders and rectifications are closed the caller has made sure of.
    public mutating func writeOff(today: CivilDate, repliedOn: CivilDate) throws -> CaseChange {
        let next: State
        switch state {
        case .resolved(let assignment, let reply, let at):
            let last = try repliedOn.adding(days: Self.ratingDays)
            guard today > last else { throw CaseError.ratingOpen(until: last) }
            next = .writtenOff(assignment, reply, nil, resolvedAt: at)
        case .rated(let assignment, let reply, let rating, .some(let at)):
            next = .writtenOff(assignment, reply, rating, resolvedAt: at)
        case .submitted, .refused, .accepted, .assigned, .inHandling, .waitingForApplicant, .waitingForHigherLevel,
            .replied, .rated, .writtenOff, .withdrawn:
            throw illegal(.writeOff)
        }
        return move(to: next, CaseChange(.writtenOff, .writtenOff(mark: next.rating?.mark)))
    }

    /// Withdraws the case before it is replied; a clock that stands still goes on, so that the ledger is complete.
    public mutating func withdraw(reason: String, today: CivilDate) throws -> CaseChange {
        guard state.name.owesReply else { throw illegal(.withdraw) }
        _ = try clocks.goOn(on: today)
        return move(
            to: .withdrawn(state.assignment, reason: reason), CaseChange(.withdrawn, .withdrawn, text: reason))
    }

    private mutating func move(to next: State, _ change: CaseChange) -> CaseChange {
        state = next
        version += 1
        return change
    }
}

// Commands that move the clocks.
extension Case {
    /// Asks the applicant; the clocks that can stop stand still from today on.
    public mutating func askApplicant(_ question: String, today: CivilDate, by account: String) throws -> CaseChange {
        guard case .inHandling(let assignment) = state else { throw illegal(.askApplicant) }
        let line = try clocks.stop(on: today, reason: "waiting for the applicant", by: account)
        return move(
            to: .waitingForApplicant(assignment, question: question),
            CaseChange(.applicantAsked, .paused(line: line.number), text: question))
    }

    /// Answers the question; the clocks go on today.
    public mutating func supplyInformation(_ text: String, today: CivilDate) throws -> CaseChange {
        guard case .waitingForApplicant(let assignment, _) = state else { throw illegal(.supplyInformation) }
        let line = try clocks.goOn(on: today)
        return move(
            to: .inHandling(assignment),
            CaseChange(.informationSupplied, .resumed(line: line?.number ?? 0), text: text))
    }

    /// Promises an earlier day, which then binds; a later promise may only be earlier still.
    public mutating func promise(_ day: CivilDate, today: CivilDate, calendar: WorkingCalendar) throws -> CaseChange {
        try requireWorkInHand(.promise)
        let due = try clocks.bindingReply(calendar)?.dueOn
        guard day >= today, due.map({ day < $0 }) ?? false else { throw CaseError.promiseNotEarlier(than: due) }
        // Counted like the limit itself, so that a pause moves a promise as it moves the rule's day.
        var running = 0
        var next = clocks.start
        while next < day {
            next = try next.adding(days: 1)
            if !clocks.pauses.contains(where: { $0.pause.covers(next) }) { running += 1 }
        }
        clocks.promisedDays = running
        return move(to: state, CaseChange(.promised, .promised(day), text: day.description))
    }

    /// Asks for more time (APL-3).
    public mutating func requestExtension(
        days: Int, reason: String, by account: String, today: CivilDate, calendar: WorkingCalendar
    ) throws -> CaseChange {
        try requireWorkInHand(.requestExtension)
        switch clocks.extension {
        case .none, .rejected: break
        case .requested, .approved: throw CaseError.extendedAlready
        }
        try requireExtendable(by: days, today: today, calendar: calendar)
        clocks.extension = .requested(days: days, by: account)
        return move(to: state, CaseChange(.extensionRequested, .extensionRequested(days: days), text: reason))
    }

    /// Approves or rejects the extension that was asked for, by another person (APL-3).
    public mutating func decideExtension(
        isApproved: Bool, reason: String, by account: String, today: CivilDate, calendar: WorkingCalendar
    ) throws -> CaseChange {
        guard state.name.owesReply, state.assignment != nil else { throw illegal(.decideExtension) }
        guard case .requested(let days, let asker) = clocks.extension else { throw CaseError.noExtensionAsked }
        guard asker != account else { throw CaseError.samePerson }
        guard isApproved else {
            clocks.extension = .rejected
            return move(to: state, CaseChange(.extensionRejected, .extensionRejected, text: reason))
        }
        try requireExtendable(by: days, today: today, calendar: calendar)
        clocks.extension = .approved(days: days)
        // Whoever grants more time than the rule has cannot mean the earlier day that the unit promised.
        clocks.promisedDays = nil
        return move(to: state, CaseChange(.extensionApproved, .extended(days: days), text: reason))
    }

    /// Notes that limits passed.
    ///
    /// - Throws: ``CaseError/notOverdue`` when none did that was not noted before.
    public mutating func becomeOverdue(today: CivilDate, calendar: WorkingCalendar) throws -> [CaseChange] {
        guard state.name.isOpen else { throw illegal(.becomeOverdue) }
        var changes: [CaseChange] = []
        if state.name.owesReply, !clocks.overdue.contains(.reply),
            let due = try clocks.bindingReply(calendar)?.dueOn, today > due
        {
            clocks.overdue.insert(.reply)
            changes.append(move(to: state, CaseChange(.becameOverdue, .overdue(.reply))))
        }
        if state.resolvedAt == nil, !clocks.overdue.contains(.solution),
            let due = try clocks.solutionDue(calendar)?.dueOn, today > due
        {
            clocks.overdue.insert(.solution)
            changes.append(move(to: state, CaseChange(.becameOverdue, .overdue(.solution))))
        }
        guard !changes.isEmpty else { throw CaseError.notOverdue }
        return changes
    }

    private func requireWorkInHand(_ command: CaseCommand) throws(CaseError) {
        switch state {
        case .assigned, .inHandling: return
        case .submitted, .refused, .accepted, .waitingForApplicant, .waitingForHigherLevel, .replied, .resolved, .rated,
            .writtenOff, .withdrawn:
            throw illegal(command)
        }
    }

    /// An extension stays within the outer limit of its rule; an absolute limit has none, and what has passed stays so.
    private func requireExtendable(by days: Int, today: CivilDate, calendar: WorkingCalendar) throws {
        let (_, rule) = clocks.replyRule
        guard !rule.term.isAbsolute, let outer = rule.outerDays else { throw CaseError.notExtendable }
        guard days >= 1, rule.term.days + days <= outer else { throw CaseError.beyondOuterLimit(days: outer) }
        if let due = try clocks.bindingReply(calendar)?.dueOn, today > due { throw CaseError.limitPassed }
    }
}
