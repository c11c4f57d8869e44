import Domain
import ProjectDomain
import ServiceRuntime

/// Who enters the library, who is excepted, and who leaves (PRJ-4). Each decision is kept with its grounds and its post.
extension ChangeProject {
    /// Admits a project that fits.
    static func admit(_ id: ProjectID, _ version: Int64, _ fit: LibraryFit) -> ChangeProject {
        ChangeProject(id, version, Action.admit) { project, command, store in
            try project.admit(fit)
            try store.requireNoVeto(id, in: command.tx)
            try record(project, "fits plan, leading industry and park", command, store)
            return [.library]
        }
    }

    /// Admits a project that does not fit, by a decision of the leading group.
    static func except(_ id: ProjectID, _ version: Int64, by decision: Project.Decision) -> ChangeProject {
        ChangeProject(id, version, Action.except) { project, command, store in
            try project.except(by: decision, today: command.today)
            try store.requireNoVeto(id, in: command.tx)
            try record(project, decision.number, command, store)
            return [.library]
        }
    }

    /// Takes a project out of the library.
    static func remove(_ id: ProjectID, _ version: Int64, reason: String) -> ChangeProject {
        ChangeProject(id, version, Action.admit) { project, command, store in
            try project.remove()
            try record(project, reason, command, store)
            return [.library]
        }
    }

    private static func record(
        _ project: Project, _ grounds: String, _ command: Command, _ store: ProjectStore
    ) throws {
        try store.stages.record(
            project.library, grounds: grounds, of: project.id, by: command.caller.accountID,
            at: command.time, in: command.tx)
    }
}
