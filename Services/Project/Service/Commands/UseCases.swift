import ProjectDomain
import ServiceRuntime

/// A command on an item of information.
protocol InformationUseCase: UseCase where Parts == ProjectStore {
    var id: InformationID { get }
}

extension InformationUseCase {
    var object: String { "information \(id)" }
}

/// A command on a lead.
protocol LeadUseCase: UseCase where Parts == ProjectStore {
    var id: LeadID { get }
}

extension LeadUseCase {
    var object: String { "lead \(id)" }
}

/// A command on a project: whatever changes one goes through its keeper.
protocol ProjectUseCase: UseCase where Parts == ProjectKeeper {
    var id: ProjectID { get }
}

extension ProjectUseCase {
    var object: String { "project \(id)" }
}

/// A command on a pre-assessment.
protocol PreAssessmentUseCase: UseCase where Parts == ProjectStore {
    var id: PreAssessmentID { get }
}

extension PreAssessmentUseCase {
    var object: String { "pre-assessment \(id)" }
}
