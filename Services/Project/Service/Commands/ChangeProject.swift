import Domain
import ProjectDomain
import ServiceRuntime

/// A command on a project (PRJ-3, PRJ-4, PRJ-9): the action that its unit must allow, and what it does.
struct ChangeProject: ProjectUseCase {
    let id: ProjectID
    let version: Int64
    let action: String
    /// Changes the project, stores what lies beside its row, and tells what happened.
    let change: @Sendable (inout Project, Command, ProjectStore) throws -> [ProjectFact]

    init(
        _ id: ProjectID, _ version: Int64, _ action: String,
        change: @escaping @Sendable (inout Project, Command, ProjectStore) throws -> [ProjectFact]
    ) {
        self.id = id
        self.version = version
        self.action = action
        self.change = change
    }

    func run(_ command: Command, _ keeper: ProjectKeeper) throws -> ProjectView {
        let store = keeper.store
        var project = try store.project(id, version: version, in: command.tx)
        try command.caller.require(action, unit: project.profile.unit.text)
        let facts = try change(&project, command, store)
        try command.emit(
            contentsOf: keeper.keep(&project, from: version, facts, at: command.now, in: command.tx))
        return ProjectView(project: project, repeats: try store.projects.repeats(project, in: command.tx))
    }

    /// Changes what the project says of itself; it moves to another unit only by someone who acts for both.
    static func edit(_ id: ProjectID, _ version: Int64, _ profile: ProjectProfile) -> ChangeProject {
        ChangeProject(id, version, Action.write) { project, command, _ in
            try command.caller.require(Action.write, unit: profile.unit.text)
            try project.edit(profile)
            return [.changed]
        }
    }

    /// Brings the project into another stage.
    static func advance(
        _ id: ProjectID, _ version: Int64, to stage: Stage, on day: CivilDate, evidence: [Evidence], reason: String
    ) -> ChangeProject {
        ChangeProject(id, version, Action.write) { project, command, store in
            let fact = try project.advance(
                to: stage, on: day, evidence: evidence, reason: reason, today: command.today)
            if stage >= .signed { try store.requireNoVeto(id, in: command.tx) }
            try store.stages.record(fact, of: project.id, at: command.time, in: command.tx)
            try store.projects.savePlan(of: project, in: command.tx)
            return [.stage(fact, repeats: try store.projects.repeats(project, in: command.tx))]
        }
    }

    /// Lets the project rest.
    static func suspend(_ id: ProjectID, _ version: Int64, reason: String) -> ChangeProject {
        ChangeProject(id, version, Action.write) { project, _, _ in
            try project.suspend(reason: reason)
            return [.status]
        }
    }

    /// Lets a suspended project go on.
    static func resume(_ id: ProjectID, _ version: Int64) -> ChangeProject {
        ChangeProject(id, version, Action.write) { project, command, _ in
            try project.resume(today: command.today)
            return [.status]
        }
    }

    /// Gives the project up.
    static func terminate(_ id: ProjectID, _ version: Int64, reason: String) -> ChangeProject {
        ChangeProject(id, version, Action.write) { project, _, _ in
            try project.terminate(reason: reason)
            return [.status]
        }
    }

    /// Records the entry in the statistics library.
    static func enterStatistics(_ id: ProjectID, _ version: Int64, on day: CivilDate) -> ChangeProject {
        ChangeProject(id, version, Action.write) { project, command, _ in
            try project.enterStatistics(on: day, today: command.today)
            return [.statistics(day)]
        }
    }
}
