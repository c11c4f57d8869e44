import Domain
import ProjectDomain

/// What happened to a project and becomes an event, besides what its light does by itself.
enum ProjectFact: Sendable {
    case registered
    case changed
    case stage(StageWasEntered, repeats: ProjectID?)
    case status
    case library
    case plan
    case milestone(MilestoneWasReached)
    case progress(ProgressReport, scheduled: Money?, isCorrection: Bool)
    case missed(ProgressReport)
    case statistics(CivilDate)
    case light(LightHasChanged)
    case referred(since: CivilDate)
}

/// A project as it is shown, with the signing that it repeats.
struct ProjectView: Sendable {
    /// The project.
    let project: Project
    /// The project signed before by the same investor for the same site and amount; nil when there is none.
    let repeats: ProjectID?
}
