import Domain
import ProjectDomain
import ServiceRuntime

/// Plan and milestones (PRJ-9).
extension ChangeProject {
    /// Sets the plan.
    static func plan(_ id: ProjectID, _ version: Int64, _ plan: Plan) -> ChangeProject {
        ChangeProject(id, version, Action.plan) { project, command, store in
            _ = try store.rules(plan.ruleSet, in: command.tx)
            try project.set(plan)
            try store.projects.savePlan(of: project, in: command.tx)
            return [.plan]
        }
    }

    /// Records that a milestone was reached.
    static func reach(_ id: ProjectID, _ version: Int64, _ number: Int, on day: CivilDate) -> ChangeProject {
        ChangeProject(id, version, Action.plan) { project, command, store in
            let fact = try project.reach(number, on: day, today: command.today)
            try store.projects.savePlan(of: project, in: command.tx)
            return [.milestone(fact)]
        }
    }
}

/// Reports the progress of a project (PRJ-9).
struct SubmitReport: ProjectUseCase {
    let id: ProjectID
    let version: Int64
    let period: Period
    let figures: ProgressFigures
    let picture: String
    let correctionNote: String

    func run(
        _ command: Command, _ keeper: ProjectKeeper
    ) throws -> (report: ProgressReport, version: Int64) {
        let store = keeper.store
        var project = try store.project(id, version: version, in: command.tx)
        try command.caller.require(Action.report, unit: project.profile.unit.text)
        let falls = try project.report(figures, for: period, correctionNote: correctionNote, today: command.today)
        let dueOn = try ProgressReport.dueOn(period, workingDays: keeper.reportDays, calendar: keeper.calendar)
        let report = ProgressReport(
            period: period, dueOn: dueOn,
            content: ProgressReport.Content(
                figures: figures, picture: picture, correctionNote: correctionNote, at: command.time),
            outcome: command.today <= dueOn ? .onTime : .late)
        try store.reports.save(report, of: id, by: command.caller.accountID, in: command.tx)
        let scheduled = period.end.flatMap { project.plan?.scheduled(by: $0) }
        let facts: [ProjectFact] = [.progress(report, scheduled: scheduled, isCorrection: falls)]
        try command.emit(
            contentsOf: keeper.keep(&project, from: version, facts, at: command.now, in: command.tx))
        return (report, project.version)
    }
}
