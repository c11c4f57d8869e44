import Domain
import Messaging
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import SwiftProtobuf
import Wire

/// What the service publishes about projects (XCT-3).
enum ProjectEvents {
    /// What the same fields of every event say.
    private static func key(_ project: Project) -> Zhitongche_Project_V1_ProjectKey {
        .with {
            $0.projectID = project.id.description
            $0.unitID = project.profile.unit.text
            $0.region = project.profile.region.description
            $0.industry = project.profile.industry.description
            $0.counts = project.library.counts
            $0.number = project.number
        }
    }

    /// The event of a fact.
    static func event(
        _ fact: ProjectFact, of project: Project, ruleSet: String, at now: Instant, seq: Int64
    ) throws -> OutgoingEvent {
        let (id, key, time) = (project.id.description, key(project), BusinessTime(now).wire)
        func outgoing(_ message: some Message) throws -> OutgoingEvent {
            try OutgoingEvent(ProjectApp.projectEvents, key: id, seq: seq, time: now, message)
        }
        switch fact {
        case .registered: return try outgoing(registered(project, key))
        case .changed:
            return try outgoing(
                Zhitongche_Project_V1_ProjectChanged.with {
                    $0.project = key
                    $0.investment = project.profile.investment.wire
                    $0.category = project.profile.category.wire
                    $0.changedAt = time
                })
        case .stage(let fact, let repeats):
            return try outgoing(
                Zhitongche_Project_V1_StageEntered.with {
                    $0.project = key
                    $0.from = fact.from.wire
                    $0.to = fact.to.wire
                    $0.enteredOn = fact.on.wire
                    $0.skipped = fact.skipped
                    $0.wentBack = fact.wentBack
                    $0.repeatsProjectID = repeats?.description ?? ""
                    $0.investment = project.profile.investment.wire
                    $0.recordedAt = time
                })
        case .status:
            return try outgoing(
                Zhitongche_Project_V1_ProjectStatusChanged.with {
                    $0.project = key
                    $0.status = project.status.wire
                    $0.stage = project.stage.wire
                    $0.changedAt = time
                })
        case .library:
            return try outgoing(
                Zhitongche_Project_V1_LibraryStandingChanged.with {
                    $0.project = key
                    $0.standing = project.library.standing.wire
                    $0.decisionNumber = project.library.decision?.number ?? ""
                    $0.changedAt = time
                })
        case .plan:
            return try outgoing(
                Zhitongche_Project_V1_PlanSet.with {
                    $0.project = key
                    $0.milestones = Int32(project.plan?.milestones.count ?? 0)
                    $0.ruleSet = ruleSet
                    $0.setAt = time
                })
        case .milestone(let fact):
            return try outgoing(
                Zhitongche_Project_V1_MilestoneReached.with {
                    $0.project = key
                    $0.milestone = Int32(fact.number)
                    $0.dueOn = fact.dueOn.wire
                    $0.reachedOn = fact.reachedOn.wire
                    $0.recordedAt = time
                })
        case .progress(let report, let scheduled, let isCorrection):
            return try outgoing(
                Zhitongche_Project_V1_ProgressReported.with {
                    $0.project = key
                    $0.period = report.period.wire
                    if let content = report.content { $0.figures = content.figures.wire }
                    if let scheduled { $0.scheduled = scheduled.wire }
                    $0.investment = project.profile.investment.wire
                    $0.outcome = report.outcome.wire
                    $0.correction = isCorrection
                    $0.reportedAt = time
                })
        case .missed(let report):
            return try outgoing(
                Zhitongche_Project_V1_ReportMissed.with {
                    $0.project = key
                    $0.period = report.period.wire
                    $0.dueOn = report.dueOn.wire
                    $0.missedAt = time
                })
        case .statistics(let day):
            return try outgoing(
                Zhitongche_Project_V1_StatisticsEntered.with {
                    $0.project = key
                    $0.enteredOn = day.wire
                    $0.recordedAt = time
                })
        case .light(let change):
            let today = try BusinessClock.date(of: now)
            return try outgoing(
                Zhitongche_Project_V1_LightChanged.with {
                    $0.project = key
                    $0.from = change.from.wire
                    $0.to = change.to.wire
                    $0.ruleSet = ruleSet
                    $0.reasons = change.reasons.map(\.wire)
                    $0.changedOn = today.wire
                    $0.changedAt = time
                })
        case .referred(let since):
            return try outgoing(
                Zhitongche_Project_V1_ProjectReferredToSupervision.with {
                    $0.project = key
                    $0.redSince = since.wire
                    $0.referredAt = time
                })
        }
    }

    /// The project as it is.
    static func state(of project: Project, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        let message = Zhitongche_Project_V1_ProjectState.with {
            $0.project = key(project)
            $0.number = project.number
            $0.stage = project.stage.wire
            $0.status = project.status.wire
            $0.library = project.library.standing.wire
            $0.light = project.lamp.light.wire
            $0.investment = project.profile.investment.wire
            if let figures = project.figures { $0.figures = figures.wire }
            $0.category = project.profile.category.wire
        }
        return try OutgoingEvent(
            ProjectApp.projectState, key: project.id.description, seq: seq, time: now, message)
    }

    private static func registered(
        _ project: Project, _ key: Zhitongche_Project_V1_ProjectKey
    ) -> Zhitongche_Project_V1_ProjectRegistered {
        .with {
            $0.project = key
            $0.source = project.profile.source.wire
            $0.nature = project.profile.nature.wire
            $0.chainRole = project.profile.chainRole.wire
            $0.category = project.profile.category.wire
            $0.investment = project.profile.investment.wire
            $0.standings = project.profile.standings.map(\.wire)
            $0.leadID = project.lead?.description ?? ""
            $0.registeredAt = project.registeredAt.wire
        }
    }
}

/// Seeds the state topic of projects from the tables (rule 11). Projects are terminated, never deleted, so there is no
/// tombstone.
enum ProjectStates {
    static func source(_ store: ProjectStore) -> StateSource {
        StateSource(ProjectApp.projectState) { after, limit, tx in
            try store.projects.announced(
                after: try after.map { try ProjectID($0, field: "page_token") }, limit: limit, in: tx)
        } name: {
            $0.id.description
        } states: { projects, now, tx in
            try projects.compactMap { announced in
                try store.projects.find(announced.id, lock: false, in: tx).map {
                    try ProjectEvents.state(of: $0, at: now, seq: announced.seq)
                }
            }
        }
    }
}
