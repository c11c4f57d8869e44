import Domain
import Messaging
import Postgres
import ProjectDomain
import ServiceRuntime

/// Stores what happened to a project: its row, its light, its events, and the timers of what comes next.
///
/// Every way on which a project changes ends here, so a light can never be older than what it shines for (PRJ-10).
struct ProjectKeeper: Sendable {
    /// Fires at the beginning of the next day and computes the light anew.
    static let dailyLight = "light.daily"
    /// Fires when the day for a report has passed.
    static let reportDue = "report.due"

    /// How many periods one look marks as missing; a jump of the clock over more takes further looks.
    private static let longestBacklog = 60

    let store: ProjectStore
    let timers: Timers
    let calendar: WorkingCalendar
    /// Working days after a period in which its report is in time.
    let reportDays: Int

    /// Stores a project that a command or an event changed.
    ///
    /// - Parameters:
    ///   - version: the version before the change; the project's own when nothing but the light may change.
    ///   - firing: the timer that brought this about, which marks itself as fired and may not be taken back here.
    /// - Returns: the events to publish.
    func keep(
        _ project: inout Project, from version: Int64, _ facts: [ProjectFact], firing: Timer? = nil, at now: Instant,
        in tx: Transaction
    ) throws -> [OutgoingEvent] {
        let today = try BusinessClock.date(of: now)
        let before = project.lamp
        let ruleSet = project.plan?.ruleSet ?? "standard"
        let outcome = try project.shine(
            by: try store.rules(ruleSet, in: tx), problems: try store.problems.open(of: project.id, in: tx),
            at: BusinessTime(now), today: today)
        var facts = facts
        if let change = outcome.change {
            facts.append(.light(change))
            try store.lights.record(
                change, of: project.id, ruleSet: ruleSet, on: today, at: BusinessTime(now), in: tx)
        }
        if let since = outcome.referredSince { facts.append(.referred(since: since)) }
        try setTimers(of: project, firing: firing, today: today, in: tx)
        guard version != project.version || project.lamp != before || !facts.isEmpty else { return [] }
        let last = try store.projects.save(project, from: version, events: facts.count, in: tx)
        guard !facts.isEmpty else { return [] }
        var events: [OutgoingEvent] = []
        for (index, fact) in facts.enumerated() {
            let seq = last - Int64(facts.count - 1 - index)
            events.append(try ProjectEvents.event(fact, of: project, ruleSet: ruleSet, at: now, seq: seq))
        }
        events.append(try ProjectEvents.state(of: project, at: now, seq: last))
        return events
    }

    /// Computes the light of a project anew, because a day has begun or something outside of it has happened.
    func refresh(_ id: ProjectID, firing: Timer? = nil, at now: Instant, in tx: Transaction) throws -> [OutgoingEvent] {
        guard var project = try store.projects.find(id, lock: true, in: tx) else { return [] }
        return try keep(&project, from: project.version, [], firing: firing, at: now, in: tx)
    }

    /// Marks the reports whose day has passed as missing.
    func markMissing(_ id: ProjectID, firing: Timer, at now: Instant, in tx: Transaction) throws -> [OutgoingEvent] {
        guard var project = try store.projects.find(id, lock: true, in: tx), project.status == .active else {
            return []
        }
        let today = try BusinessClock.date(of: now)
        var facts: [ProjectFact] = []
        while facts.count < Self.longestBacklog, let period = try awaited(of: project, in: tx) {
            guard let dueOn = knownDueDay(of: period), dueOn < today else { break }
            let report = ProgressReport(period: period, dueOn: dueOn, content: nil, outcome: .missing)
            try store.reports.save(report, of: id, by: nil, in: tx)
            facts.append(.missed(report))
        }
        return try keep(&project, from: project.version, facts, firing: firing, at: now, in: tx)
    }

    /// The first period of which there is neither a report nor the mark that it is missing.
    private func awaited(of project: Project, in tx: Transaction) throws -> Period? {
        guard let plan = project.plan, var period = try project.nextPeriod() else { return nil }
        while try store.reports.knows(period, of: project.id, in: tx) {
            guard let end = period.end else { return nil }
            period = try plan.cadence.period(containing: end)
        }
        return period
    }

    /// The last day for a report; nil as long as the working days of its year are not arranged. That keeps nobody from
    /// working on the project meanwhile; the report itself is refused with the reason.
    private func knownDueDay(of period: Period) -> CivilDate? {
        do throws(DomainError) {
            return try ProgressReport.dueOn(period, workingDays: reportDays, calendar: calendar)
        } catch {
            return nil
        }
    }

    private func setTimers(of project: Project, firing: Timer?, today: CivilDate, in tx: Transaction) throws {
        let subject = project.id.description
        var set = firing.map { [$0] } ?? []
        if project.lamp.light != nil {
            let tomorrow = BusinessClock.start(of: try today.adding(days: 1))
            set.append(Timer(subject: subject, name: Self.dailyLight, dueAt: tomorrow))
        }
        if project.status == .active, project.stage != .inProduction, let period = try awaited(of: project, in: tx) {
            // What is long overdue, or cannot be told yet, is found by the look of tomorrow: a timer that has fired never
            // fires again, so the same point in time would be lost.
            let next = BusinessClock.start(of: try today.adding(days: 1))
            let end = try knownDueDay(of: period).flatMap { day in
                day < today ? nil : BusinessClock.start(of: try day.adding(days: 1))
            }
            set.append(Timer(subject: subject, name: Self.reportDue, dueAt: end ?? next))
        }
        try timers.replace(of: subject, names: [Self.dailyLight, Self.reportDue], with: set, in: tx)
    }
}
