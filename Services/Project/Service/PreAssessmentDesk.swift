import Domain
import Messaging
import Postgres
import ProjectDomain
import ServiceRuntime

/// The limit of opinions and what happens when it passes (PRJ-5).
struct PreAssessmentDesk: Sendable {
    /// Fires when the limit of the opinions has passed.
    static let opinionsDue = "opinions.due"

    let store: ProjectStore
    let timers: Timers
    let calendar: WorkingCalendar
    /// Working days in which a bureau answers.
    let opinionDays: Int

    /// When opinions asked for on a day are due: at the end of the last working day.
    ///
    /// - Throws: `DomainError` when the arrangement of the year's working days is not known.
    func due(from day: CivilDate) throws -> Instant {
        let term = try DeadlineTerm(days: opinionDays, count: .working)
        switch try DeadlineArithmetic(start: day, term: term, calendar: calendar).outcome {
        case .due(let last): return BusinessClock.start(of: try last.adding(days: 1))
        case .stopped: throw DomainError("calendar", .unknown("end of a limit without pauses"))
        }
    }

    /// Sets the timer of a pre-assessment.
    func await(_ assessment: PreAssessment, in tx: Transaction) throws {
        try timers.set(
            [
                Timer(
                    subject: assessment.id.description, name: Self.opinionsDue, dueAt: assessment.dueAt.instant)
            ], in: tx)
    }

    /// Finds the bureaus that kept silent; one that is already combined or withdrawn has none.
    func limitPassed(_ id: PreAssessmentID, at now: Instant, in tx: Transaction) throws -> [OutgoingEvent] {
        guard var assessment = try store.assessments.find(id, lock: true, in: tx), assessment.stateName == .open else {
            return []
        }
        let fallen = try assessment.fallOverdue(at: BusinessTime(now))
        let last = try store.assessments.save(assessment, events: fallen.count, in: tx)
        return try fallen.enumerated().map { index, unit in
            try PreAssessmentEvents.overdue(
                unit, of: assessment, at: now, seq: last - Int64(fallen.count - 1 - index))
        }
    }
}
