import AppealContracts
import AppealDomain
import Domain
import Postgres
import ServiceRuntime

/// The names of the service's timers: what it is about and which reminder, such as `reply.due`.
enum TimerName {
    static func name(_ subject: ReminderSubject, _ kind: ReminderKind) -> String {
        "\(subject.rawValue).\(kind.rawValue)"
    }

    static func names(_ subject: ReminderSubject) -> [String] { ReminderKind.allCases.map { name(subject, $0) } }
}

// Setting timers, with the state that they belong to.
extension Appeals {
    /// Makes the timers of a case those of its limits as they are now. What is due already stays: its handler decides.
    func setTimers(_ stored: StoredCase, at moment: Moment, in tx: Transaction) throws {
        let one = stored.one
        var wanted: [Timer] = []
        for (subject, dueOn, arithmetic) in try limits(one) {
            let entries = try plan.entries(
                start: one.clocks.start, dueOn: dueOn, arithmetic: arithmetic, calendar: calendar)
            wanted += entries.compactMap { entry in
                // What would have reminded before now reminds of nothing; what has to be noted is set all the same.
                guard entry.instant > moment.now || entry.kind == .due || entry.kind == .after else { return nil }
                return Timer(
                    subject: one.id.description, name: TimerName.name(subject, entry.kind), dueAt: entry.instant)
            }
        }
        try timers.replace(
            of: one.id.description, names: TimerName.names(.reply) + TimerName.names(.solution), with: wanted,
            dueAfter: moment.now, in: tx)
    }

    /// Makes the timers of an order or a rectification those of a last day; nil takes them back.
    func setTimers(
        _ about: ReminderSubject, subject: String, dueOn: CivilDate?, at moment: Moment, in tx: Transaction
    ) throws {
        let entries = try dueOn.map {
            try plan.entries(start: moment.today, dueOn: $0, arithmetic: nil, calendar: calendar)
        }
        try timers.replace(
            of: subject, names: TimerName.names(about),
            with: (entries ?? []).filter { $0.kind == .due || $0.instant > moment.now }.map {
                Timer(subject: subject, name: TimerName.name(about, $0.kind), dueAt: $0.instant)
            }, dueAfter: moment.now, in: tx)
    }

    /// The limits of a case that run: of what, until when, and how it was counted.
    private func limits(_ one: Case) throws -> [(ReminderSubject, CivilDate, DeadlineArithmetic)] {
        var found: [(ReminderSubject, CivilDate, DeadlineArithmetic)] = []
        if one.state.name.owesReply, let reply = try one.clocks.bindingReply(calendar), let day = reply.dueOn {
            found.append((.reply, day, reply.arithmetic))
        }
        if one.state.name.isOpen, one.state.resolvedAt == nil, let solution = try one.clocks.solutionDue(calendar),
            let day = solution.dueOn
        {
            found.append((.solution, day, solution.arithmetic))
        }
        return found
    }
}

// What happens when they fire.
extension Appeals {
    /// The handlers of the service's timers (APL-4, APL-5).
    func handlers() -> TimerHandlers {
        var handlers = TimerHandlers()
        for kind in ReminderKind.allCases {
            for subject in [ReminderSubject.reply, .solution] {
                handlers.on(TimerName.name(subject, kind)) { try remind(of: subject, kind, $0) }
            }
            handlers.on(TimerName.name(.supervision, kind)) { try remindOfOrder(kind, $0) }
            handlers.on(TimerName.name(.rectification, kind)) { try remindOfRectification(kind, $0) }
        }
        return handlers
    }

    /// A reminder of a case. It comes only if its limit still runs and still has this very moment: a limit that moved
    /// has timers of its own.
    private func remind(of subject: ReminderSubject, _ kind: ReminderKind, _ firing: FiringTimer) throws {
        let (tx, moment) = (firing.tx, try Moment(firing.now))
        let id: CaseID = try reading { try CaseID(firing.timer.subject, field: "subject") }
        guard var stored = try cases.find(id, locks: true, in: tx),
            let (_, dueOn, arithmetic) = try limits(stored.one).first(where: { $0.0 == subject }),
            try plan.entries(
                start: stored.one.clocks.start, dueOn: dueOn, arithmetic: arithmetic, calendar: calendar
            ).contains(where: { $0.kind == kind && $0.instant == firing.timer.dueAt })
        else { return }
        let people = recipients(kind, unit: stored.one.state.assignment?.unit, of: stored.one)
        if !people.isEmpty {
            try announce(
                [.reminder(kind, subject, dueOn: dueOn, object: "", recipients: people)], of: &stored, at: moment.now,
                in: tx)
        }
        if kind == .due { try noteOverdue(&stored, at: moment, in: tx) }
    }

    /// A limit passed: the case is overdue, and a case whose reply is overdue gets a supervision order (APL-5).
    private func noteOverdue(_ stored: inout StoredCase, at moment: Moment, in tx: Transaction) throws {
        var one = stored.one
        let changes: [CaseChange]
        do {
            changes = try one.becomeOverdue(today: moment.today, calendar: calendar)
        } catch CaseError.notOverdue {
            // The other limit of the case passed at the same moment and noted both.
            return
        }
        stored = try save(one, changes, before: stored, by: .service, at: moment, in: tx)
        guard changes.contains(where: { $0.fact == .overdue(.reply) }), let unit = one.state.assignment?.unit,
            try !supervisions.hasOpen(one.id, in: tx)
        else { return }
        try issue(
            of: &stored, unit: unit, ground: .overdue, demand: "", days: Supervision.orderDays, at: moment, in: tx)
    }

    /// Issues an order for a case and sets its timers.
    @discardableResult
    func issue(
        of stored: inout StoredCase, unit: UnitID, ground: SupervisionGround, demand: String, days: Int,
        at moment: Moment, in tx: Transaction
    ) throws -> Supervision {
        // Orders about complaints count by themselves, so that no gap tells of them.
        let prefix = stored.one.submission.kind == .complaint ? "TD" : "DB"
        let order = Supervision.issue(
            id: try .fresh(),
            number: try cases.nextNumber(prefix, year: moment.today.year, in: tx), caseID: stored.one.id, unit: unit,
            ground: ground, demand: demand, at: BusinessTime(moment.now),
            dueOn: try due(after: days, from: moment.today))
        try supervisions.insert(order, in: tx)
        try announce(
            [.supervision(Zhitongche_Appeal_V1_SupervisionIssued.self, order)], of: &stored, at: moment.now, in: tx)
        try setTimers(.supervision, subject: order.id.description, dueOn: order.dueOn, at: moment, in: tx)
        return order
    }

    /// A reminder of an order; at the end of its limit it goes on the list, and one that is listed comes before the
    /// office, which decides whether to refer it.
    private func remindOfOrder(_ kind: ReminderKind, _ firing: FiringTimer) throws {
        let (tx, moment) = (firing.tx, try Moment(firing.now))
        let id: SupervisionID = try reading { try SupervisionID(firing.timer.subject, field: "subject") }
        // The case's row is locked first, as commands do; then the order is read anew.
        guard let caseID = try supervisions.find(id, in: tx)?.order.caseID,
            var stored = try cases.find(caseID, locks: true, in: tx), let found = try supervisions.find(id, in: tx)
        else { return }
        var order = found.order
        guard case .open = order.state, try isCurrent(kind, order.dueOn, firing) else { return }
        let people = recipients(kind, unit: order.unit, of: stored.one)
        if !people.isEmpty {
            try announce(
                [.reminder(kind, .supervision, dueOn: order.dueOn, object: id.description, recipients: people)],
                of: &stored, at: moment.now, in: tx)
        }
        guard kind == .due else { return }
        let wasListed = order.level != .order
        try order.becomeOverdue(
            today: moment.today, nextDueOn: try due(after: Supervision.listedDays, from: moment.today))
        try supervisions.save(order, in: tx)
        guard !wasListed else { return }
        try announce(
            [.supervision(Zhitongche_Appeal_V1_SupervisionListed.self, order)], of: &stored, at: moment.now, in: tx)
        try setTimers(.supervision, subject: id.description, dueOn: order.dueOn, at: moment, in: tx)
    }

    private func remindOfRectification(_ kind: ReminderKind, _ firing: FiringTimer) throws {
        let (tx, moment) = (firing.tx, try Moment(firing.now))
        let id: RectificationID = try reading { try RectificationID(firing.timer.subject, field: "subject") }
        guard let caseID = try ratings.find(id, in: tx)?.one.caseID,
            var stored = try cases.find(caseID, locks: true, in: tx), let found = try ratings.find(id, in: tx)
        else { return }
        var one = found.one
        guard case .open = one.state, try isCurrent(kind, one.dueOn, firing) else { return }
        let people = recipients(kind, unit: one.unit, of: stored.one)
        if !people.isEmpty {
            try announce(
                [.reminder(kind, .rectification, dueOn: one.dueOn, object: id.description, recipients: people)],
                of: &stored, at: moment.now, in: tx)
        }
        guard kind == .due else { return }
        try one.becomeOverdue(today: moment.today)
        try ratings.save(one, in: tx)
    }

    /// Whether a timer belongs to the last day as it is now.
    private func isCurrent(_ kind: ReminderKind, _ dueOn: CivilDate, _ firing: FiringTimer) throws -> Bool {
        try plan.entries(start: .earliest, dueOn: dueOn, arithmetic: nil, calendar: calendar)
            .contains { $0.kind == kind && $0.instant == firing.timer.dueAt }
    }
}

extension ReminderPlan.Entry {
    /// The moment.
    var instant: Instant { BusinessClock.start(of: day) + .seconds(hour * 3_600) }
}
