import Domain
import ProjectDomain
import ServiceRuntime

/// Applies for the pre-assessment of a project: the bureaus of the list are asked in parallel, each for two working days
/// (PRJ-5).
struct RequestPreAssessment: UseCase {
    let id: PreAssessmentID
    let project: ProjectID
    let applicant: UnitID
    let papers: [PreAssessment.Paper]

    var object: String { "pre-assessment \(id)" }

    func run(_ command: Command, _ desk: PreAssessmentDesk) throws -> PreAssessment {
        let store = desk.store
        try command.caller.require(Action.requestAssessment, unit: applicant.text)
        let project = try store.project(project, in: command.tx)
        try command.caller.require(Action.read, unit: project.profile.unit.text)
        guard project.status == .active else {
            throw Problem.illegalState(zh: "项目已中止或终止，不能申请预评估", en: "the project does not go on")
        }
        let bureaus = try store.pool.active(in: command.tx)
        guard let combiner = bureaus.first(where: \.combines) else {
            throw Problem.illegalState(
                zh: "预评估部门名单中没有汇总单位", en: "no active bureau of the list combines the opinions")
        }
        let assessment = PreAssessment(
            id: id, project: project.id, applicant: applicant, combiner: combiner.unit,
            isMajorOrSpecial: project.profile.isMajorOrSpecial, papers: papers,
            requestedAt: command.time, dueAt: BusinessTime(try desk.due(from: command.today)),
            bureaus: bureaus.map { BureauOpinion(unit: $0.unit, aspects: $0.aspects) })
        try store.assessments.insert(assessment, in: command.tx)
        try desk.await(assessment, in: command.tx)
        try command.emit(PreAssessmentEvents.requested(assessment))
        return assessment
    }
}
