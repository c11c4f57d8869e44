import Domain
import ProjectDomain
import ServiceRuntime

/// Registers a project as planned; a lead that it comes from is converted (PRJ-2, PRJ-3).
struct CreateProject: ProjectUseCase {
    let id: ProjectID
    let profile: ProjectProfile
    let lead: (id: LeadID, version: Int64)?

    func run(_ command: Command, _ keeper: ProjectKeeper) throws -> ProjectView {
        let store = keeper.store
        try command.caller.require(Action.write, unit: profile.unit.text)
        if let lead {
            var converted = try store.lead(lead.id, version: lead.version, in: command.tx)
            try converted.convert(into: id, of: profile.unit)
            let seq = try store.leads.save(converted, events: 1, in: command.tx)
            try command.emit(LeadEvents.ended(converted, at: command.now, seq: seq))
        }
        let project = Project.register(
            profile, id: id, number: try store.projects.nextNumber(command.today, in: command.tx), lead: lead?.id,
            at: command.time, today: command.today)
        try store.projects.insert(project, in: command.tx)
        try command.emit(
            ProjectEvents.event(.registered, of: project, ruleSet: "", at: command.now, seq: 1))
        try command.emit(ProjectEvents.state(of: project, at: command.now, seq: 1))
        return ProjectView(project: project, repeats: nil)
    }
}
