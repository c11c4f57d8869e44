import Domain
import ProjectDomain
import ServiceRuntime

/// Gives the opinion of a bureau (PRJ-5).
struct GiveOpinion: PreAssessmentUseCase {
    let id: PreAssessmentID
    let version: Int64
    let bureau: UnitID
    let opinion: Opinion
    let text: String
    let veto: VetoClass?

    func run(_ command: Command, _ store: ProjectStore) throws -> PreAssessment {
        var assessment = try store.assessment(id, version: version, in: command.tx)
        try command.caller.require(Action.giveOpinion, unit: bureau.text)
        let statement = BureauOpinion.Statement(
            opinion: opinion, text: text, veto: veto, at: command.time)
        let isLate = try assessment.give(statement, by: bureau)
        let seq = try store.assessments.save(assessment, events: 1, in: command.tx)
        try command.emit(
            PreAssessmentEvents.given(statement, by: bureau, of: assessment, isLate: isLate, seq: seq))
        return assessment
    }
}

/// Draws experts by lot, those with a conflict of interest left out (PRJ-5).
struct DrawExperts: PreAssessmentUseCase {
    let id: PreAssessmentID
    let version: Int64
    let count: Int
    let aspects: [Aspect]
    /// Seed of the lot; kept and published, so that anybody can repeat the draw.
    let seed: UInt64

    func run(_ command: Command, _ store: ProjectStore) throws -> PreAssessment {
        var assessment = try store.assessment(id, version: version, in: command.tx)
        try command.caller.require(Action.combine, unit: assessment.combiner.text)
        let profile = try store.project(assessment.project, in: command.tx).profile
        let draw = try assessment.drawExperts(
            count, from: try store.pool.candidates(aspects, in: command.tx),
            conflict: ConflictOfInterest(
                investor: profile.investor, units: [assessment.applicant, profile.unit]),
            seed: seed)
        let seq = try store.assessments.save(assessment, events: 1, in: command.tx)
        try command.emit(PreAssessmentEvents.drawn(draw, of: assessment, at: command.now, seq: seq))
        return assessment
    }
}

/// Records what a drawn expert says (PRJ-5).
struct RecordExpertOpinion: PreAssessmentUseCase {
    let id: PreAssessmentID
    let version: Int64
    let expert: ExpertID
    let opinion: Opinion
    let text: String

    func run(_ command: Command, _ store: ProjectStore) throws -> PreAssessment {
        var assessment = try store.assessment(id, version: version, in: command.tx)
        try command.caller.require(Action.combine, unit: assessment.combiner.text)
        try assessment.record(
            ExpertOpinion.Statement(opinion: opinion, text: text, at: command.time), of: expert)
        _ = try store.assessments.save(assessment, events: 0, in: command.tx)
        return assessment
    }
}

/// The investment bureau combines the opinions and returns the result to the applicant (PRJ-5).
struct CombinePreAssessment: PreAssessmentUseCase {
    let id: PreAssessmentID
    let version: Int64
    let result: PreAssessmentResult
    let text: String

    func run(_ command: Command, _ store: ProjectStore) throws -> PreAssessment {
        var assessment = try store.assessment(id, version: version, in: command.tx)
        try command.caller.require(Action.combine, unit: assessment.combiner.text)
        try assessment.combine(result, text: text, at: command.time)
        let seq = try store.assessments.save(assessment, events: 1, in: command.tx)
        try command.emit(PreAssessmentEvents.combined(result, of: assessment, at: command.now, seq: seq))
        return assessment
    }
}

/// The applicant withdraws a pre-assessment (PRJ-5).
struct WithdrawPreAssessment: PreAssessmentUseCase {
    let id: PreAssessmentID
    let version: Int64

    func run(_ command: Command, _ store: ProjectStore) throws -> PreAssessment {
        var assessment = try store.assessment(id, version: version, in: command.tx)
        try command.caller.require(Action.requestAssessment, unit: assessment.applicant.text)
        try assessment.withdraw(at: command.time)
        let seq = try store.assessments.save(assessment, events: 1, in: command.tx)
        try command.emit(PreAssessmentEvents.withdrawn(assessment, at: command.now, seq: seq))
        return assessment
    }
}
