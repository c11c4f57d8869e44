import Postgres
import ProjectDomain
import ServiceRuntime

/// Where the service keeps its state.
struct ProjectStore: Sendable {
    let information = InformationRepository()
    let leads = LeadRepository()
    let projects = ProjectRepository()
    let stages = StageRepository()
    let reports = ReportRepository()
    let lights = LightRepository()
    let problems = ProblemRepository()
    let assessments = PreAssessmentRepository()
    let pool = PoolRepository()
    let rates = RateQuery()

    /// An item as its reader saw it.
    ///
    /// - Throws: `Problem` NOT_FOUND, or ABORTED with the current version when someone changed it since.
    func information(_ id: InformationID, version: Int64, in tx: Transaction) throws -> Information {
        guard let item = try information.find(id, in: tx) else { throw Problem.notFound("information \(id)") }
        guard item.version == version else { throw Problem.conflict(currentVersion: item.version) }
        return item
    }

    /// A lead as its reader saw it.
    ///
    /// - Throws: `Problem` NOT_FOUND or ABORTED.
    func lead(_ id: LeadID, version: Int64, in tx: Transaction) throws -> Lead {
        guard let lead = try leads.find(id, in: tx) else { throw Problem.notFound("lead \(id)") }
        guard lead.version == version else { throw Problem.conflict(currentVersion: lead.version) }
        return lead
    }

    /// A project as its reader saw it, locked for its change.
    ///
    /// - Throws: `Problem` NOT_FOUND or ABORTED.
    func project(_ id: ProjectID, version: Int64, in tx: Transaction) throws -> Project {
        guard let project = try projects.find(id, lock: true, in: tx) else { throw Problem.notFound("project \(id)") }
        guard project.version == version else { throw Problem.conflict(currentVersion: project.version) }
        return project
    }

    /// Refuses a step into the library, or to signing and beyond, of a project that was vetoed (PRJ-5).
    ///
    /// - Throws: `ProjectError.vetoed`.
    func requireNoVeto(_ id: ProjectID, in tx: Transaction) throws {
        if try assessments.isVetoed(id, in: tx) { throw ProjectError.vetoed }
    }

    /// A project for reading.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func project(_ id: ProjectID, in tx: Transaction) throws -> Project {
        guard let project = try projects.find(id, lock: false, in: tx) else { throw Problem.notFound("project \(id)") }
        return project
    }

    /// A pre-assessment as its reader saw it, locked for its change.
    ///
    /// - Throws: `Problem` NOT_FOUND or ABORTED.
    func assessment(_ id: PreAssessmentID, version: Int64, in tx: Transaction) throws -> PreAssessment {
        guard let assessment = try assessments.find(id, lock: true, in: tx) else {
            throw Problem.notFound("pre-assessment \(id)")
        }
        guard assessment.version == version else { throw Problem.conflict(currentVersion: assessment.version) }
        return assessment
    }

    /// A set of rules of lights by the name that a plan gives.
    ///
    /// - Throws: `Problem` INVALID_ARGUMENT when there is none.
    func rules(_ name: String, in tx: Transaction) throws -> LightRuleSet {
        guard let rules = try lights.rules(name, in: tx) else {
            throw Problem.invalid("plan.rule_set", "no such set of rules")
        }
        return rules
    }
}
