import AppealContracts
import AppealDomain
import Domain
import Foundation
import Messaging
import Postgres
import ServiceRuntime

/// Who does something to a case, for its trail.
struct Actor: Sendable {
    /// Account; empty for the service itself.
    let account: String
    /// Unit of staff; else empty.
    let unit: String

    /// The caller of a command.
    init(_ caller: Caller) {
        account = caller.accountID
        unit = caller.unitID ?? ""
    }

    private init() { (account, unit) = ("", "") }

    /// The service itself, when a limit passes.
    static let service = Actor()
}

/// The moment of a change.
struct Moment: Sendable {
    /// Business time.
    let now: Instant
    /// Its date in local time.
    let today: CivilDate

    init(_ now: Instant) throws {
        self.now = now
        today = try BusinessClock.date(of: now)
    }
}

/// What commands and timers share: storage, clocks, events, reminders.
struct Appeals: Sendable {
    let cases = CaseRepository()
    let supervisions = SupervisionRepository()
    let ratings = RatingRepository()
    let sight: CaseSight
    let trust: Trust
    let timers: Timers
    let plan: ReminderPlan
    let calendar: WorkingCalendar
    let outbox: Outbox

    /// The rules of a round that begins on a day.
    ///
    /// - Throws: `DomainError` naming `category`.
    func rules(
        for submission: Submission, category: String, on day: CivilDate, in tx: Transaction
    ) throws -> RoundRules {
        let book = try cases.rules.book(in: tx)
        guard book.categories.contains(category) else { throw DomainError("category", .unknown("category")) }
        guard submission.applicant.mayRaise(category: category) else {
            throw DomainError("category", .notApplicable("\(category) of a bank"))
        }
        return try book.rules(kind: submission.kind, category: category, on: day)
    }

    /// A case as its reader saw it, locked.
    ///
    /// - Throws: `Problem` NOT_FOUND for whoever may not see it, ABORTED when someone changed it since.
    func load(_ id: CaseID, version: Int64, for caller: Caller, in tx: Transaction) throws -> StoredCase {
        let stored = try visible(id, locks: true, for: caller, in: tx)
        guard stored.one.version == version else { throw Problem.conflict(currentVersion: stored.one.version) }
        return stored
    }

    /// A case that a caller may see.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func visible(_ id: CaseID, locks: Bool, for caller: Caller, in tx: Transaction) throws -> StoredCase {
        guard let stored = try cases.find(id, locks: locks, in: tx),
            sight.maySee(stored.one, chain: try cases.chain(of: id, in: tx), caller)
        else { throw Problem.notFound("case \(id)") }
        return stored
    }

    /// Stores a new case, tells of it, and sets its timers.
    func enter(_ one: Case, _ change: CaseChange, by actor: Actor, at moment: Moment, in tx: Transaction) throws
        -> StoredCase
    {
        var stored = StoredCase(one: one, replyDueOn: nil, solutionDueOn: nil, promisedOn: nil, eventSeq: 1)
        try measure(&stored)
        try cases.insert(stored, in: tx)
        try cases.add(change, of: one, account: actor.account, unit: actor.unit, at: moment.now, in: tx)
        if let fact = change.fact {
            try outbox.append(CaseEvent(fact).event(of: stored, seq: 1, at: moment.now), in: tx)
        }
        try setTimers(stored, at: moment, in: tx)
        return stored
    }

    /// Stores what changes did to a case whose row is locked: the row, the trail, the ledger, the archive, the events and
    /// the timers.
    func save(
        _ one: Case, _ changes: [CaseChange], before: StoredCase, by actor: Actor, at moment: Moment,
        in tx: Transaction
    ) throws -> StoredCase {
        var stored = before
        stored.one = one
        try measure(&stored)
        let facts = changes.compactMap(\.fact)
        stored.eventSeq += Int64(facts.count)
        try cases.save(stored, before: before.one, in: tx)
        for change in changes {
            try cases.add(change, of: one, account: actor.account, unit: actor.unit, at: moment.now, in: tx)
        }
        try outbox.append(
            contentsOf: facts.enumerated().map { index, fact in
                try CaseEvent(fact).event(of: stored, seq: before.eventSeq + Int64(index) + 1, at: moment.now)
            }, in: tx)
        if before.one.state.reply == nil, let reply = one.state.reply, let unit = one.state.assignment?.unit {
            try ratings.note(reply, of: one, unit: unit, in: tx)
        }
        try setTimers(stored, at: moment, in: tx)
        if before.one.state.rating == nil, let rating = one.state.rating {
            try ratings.note(rating, of: one, in: tx)
            if rating.isLow { try openRectification(&stored, rating, at: moment, in: tx) }
        }
        if one.state.name == .withdrawn, before.one.state.name != .withdrawn {
            try endOrder(&stored, at: moment, in: tx)
        }
        return stored
    }

    /// Tells of something that did not change the case itself. Its row is locked, so its events keep their order.
    func announce(_ events: [CaseEvent], of stored: inout StoredCase, at now: Instant, in tx: Transaction) throws {
        guard !events.isEmpty else { return }
        let first = stored.eventSeq + 1
        stored.eventSeq += Int64(events.count)
        try tx.execute(
            """
            UPDATE appeal.case_file SET event_seq = \(stored.eventSeq)
            WHERE id = \(stored.one.id.uuid) AND event_seq = \(first - 1)
            """, expecting: 1)
        try outbox.append(
            contentsOf: events.enumerated().map { index, event in
                try event.event(of: stored, seq: first + Int64(index), at: now)
            }, in: tx)
    }

    /// The last day of a limit in working days that begins today.
    func due(after days: Int, from today: CivilDate) throws -> CivilDate {
        let arithmetic = try DeadlineArithmetic(
            start: today, term: DeadlineTerm(days: days, count: .working), calendar: calendar)
        switch arithmetic.outcome {
        case .due(let day): return day
        // Without pauses a count always ends.
        case .stopped: return today
        }
    }

    /// Whom a reminder is for: posts of the unit, and the offices of the region. Nobody of a unit complained about.
    func recipients(
        _ kind: ReminderKind, unit: UnitID?, of one: Case
    ) -> [(unit: String, role: RecipientRole)] {
        let offices = trust.offices(serving: one.submission.region.description)
        // A case that no unit has yet lies on the office's desk.
        let roles = unit == nil ? [.office] : kind.roles
        let found = roles.flatMap { role -> [(unit: String, role: RecipientRole)] in
            switch role {
            case .handler, .leader: unit.map { [($0.text, role)] } ?? []
            case .office: offices.map { ($0, role) }
            }
        }
        guard let complained = one.submission.complainedUnit else { return found }
        return found.filter { !sight.isBarred($0.unit, from: complained) }
    }

    /// Works out the days that bind, for lists and events; those of a reply that was given stay as they were.
    private func measure(_ stored: inout StoredCase) throws {
        let one = stored.one
        stored.promisedOn = try one.clocks.promisedOn()
        if one.state.name.owesReply { stored.replyDueOn = try one.clocks.bindingReply(calendar)?.dueOn }
        if one.state.name.isOpen, one.state.resolvedAt == nil {
            stored.solutionDueOn = try one.clocks.solutionDue(calendar)?.dueOn
        }
    }

    /// A case that was withdrawn takes its order along, which would otherwise end on the public list.
    private func endOrder(_ stored: inout StoredCase, at moment: Moment, in tx: Transaction) throws {
        guard var order = try supervisions.open(of: stored.one.id, in: tx) else { return }
        try order.lapse(at: BusinessTime(moment.now))
        try supervisions.save(order, in: tx)
        try announce(
            [.supervision(Zhitongche_Appeal_V1_SupervisionClosed.self, order)], of: &stored, at: moment.now, in: tx)
        try setTimers(.supervision, subject: order.id.description, dueOn: nil, at: moment, in: tx)
    }

    private func openRectification(
        _ stored: inout StoredCase, _ rating: Rating, at moment: Moment, in tx: Transaction
    ) throws {
        guard let unit = stored.one.state.assignment?.unit else { return }
        let one = Rectification(
            id: try .fresh(), caseID: stored.one.id, round: stored.one.clocks.round, unit: unit,
            mark: rating.mark, openedAt: rating.at, dueOn: try due(after: Rectification.days, from: moment.today))
        try ratings.insert(one, in: tx)
        try announce(
            [.rectification(Zhitongche_Appeal_V1_RectificationOpened.self, one)], of: &stored, at: moment.now, in: tx)
        try setTimers(.rectification, subject: one.id.description, dueOn: one.dueOn, at: moment, in: tx)
    }
}
