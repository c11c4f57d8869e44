import Domain
import Foundation
import GRPCCore
import ProjectContracts
import ProjectDomain
import ServiceRuntime

// Pre-assessment (PRJ-5).
extension ProjectRPC {
    func requestPreAssessment(
        request: Zhitongche_Project_V1_RequestPreAssessmentRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_RequestPreAssessmentResponse {
        guard (1...32).contains(request.papers.count) else { throw Problem.invalid("papers", "must be 1 to 32") }
        guard request.truthAssured else {
            throw Problem.invalid("truth_assured", "the applicant answers for the truth of the papers")
        }
        let useCase = RequestPreAssessment(
            id: try .fresh(), project: try project(request.projectID),
            applicant: try UnitID(request.applicantUnitID, field: "applicant_unit_id"),
            papers: try request.papers.enumerated().map { try PreAssessment.Paper($1, field: "papers[\($0)]") })
        return try await commands.run(request, id: request.requestID, useCase, desk) {
            $0.preAssessment = $1.wire(whole: true)
        }
    }

    func giveOpinion(
        request: Zhitongche_Project_V1_GiveOpinionRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_GiveOpinionResponse {
        let useCase = GiveOpinion(
            id: try assessment(request.preAssessmentID), version: request.version,
            bureau: try UnitID(request.bureauUnitID, field: "bureau_unit_id"),
            opinion: try Opinion(request.opinion, field: "opinion"),
            text: try text(request.text, 1...4_000, field: "text"),
            veto: try VetoClass.optional(request.veto, field: "veto"))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.preAssessment = $1.wire(whole: true)
        }
    }

    func drawExperts(
        request: Zhitongche_Project_V1_DrawExpertsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_DrawExpertsResponse {
        guard (1...15).contains(request.count) else { throw Problem.invalid("count", "must be 1 to 15") }
        let wanted = try aspects(request.aspects, field: "aspects")
        let useCase = DrawExperts(
            id: try assessment(request.preAssessmentID), version: request.version, count: Int(request.count),
            aspects: Aspect.allCases.filter(wanted.contains), seed: try seed())
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.preAssessment = $1.wire(whole: true)
        }
    }

    func recordExpertOpinion(
        request: Zhitongche_Project_V1_RecordExpertOpinionRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_RecordExpertOpinionResponse {
        let useCase = RecordExpertOpinion(
            id: try assessment(request.preAssessmentID), version: request.version,
            expert: try ExpertID(request.expertID, field: "expert_id"),
            opinion: try Opinion(request.opinion, field: "opinion"),
            text: try text(request.text, 1...4_000, field: "text"))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.preAssessment = $1.wire(whole: true)
        }
    }

    func combinePreAssessment(
        request: Zhitongche_Project_V1_CombinePreAssessmentRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_CombinePreAssessmentResponse {
        let useCase = CombinePreAssessment(
            id: try assessment(request.preAssessmentID), version: request.version,
            result: try PreAssessmentResult(request.result, field: "result"),
            text: try text(request.text, 1...4_000, field: "text"))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.preAssessment = $1.wire(whole: true)
        }
    }

    func withdrawPreAssessment(
        request: Zhitongche_Project_V1_WithdrawPreAssessmentRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_WithdrawPreAssessmentResponse {
        let useCase = WithdrawPreAssessment(
            id: try assessment(request.preAssessmentID), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.preAssessment = $1.wire(whole: true)
        }
    }

    func getPreAssessment(
        request: Zhitongche_Project_V1_GetPreAssessmentRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_GetPreAssessmentResponse {
        let caller = try CallContext.caller
        let id = try assessment(request.preAssessmentID)
        let found = try await database.snapshot { [store] in
            try FindPreAssessments(store: store).one(id, for: caller, in: $0)
        }
        return .with { $0.preAssessment = found.wire(whole: true) }
    }

    func listPreAssessments(
        request: Zhitongche_Project_V1_ListPreAssessmentsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListPreAssessmentsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(
            of: [
                "pre-assessments", String(request.state.rawValue), request.projectID, request.waitingUnitID,
            ])
        let page = PreAssessmentPage(
            state: try .optional(request.state, field: "state"),
            project: try request.projectID.isEmpty ? nil : project(request.projectID),
            waiting: try unit(request.waitingUnitID, field: "waiting_unit_id"),
            after: try after(request.pageToken, filter: filter), limit: size + 1)
        let found = try await database.snapshot { [store] in
            try FindPreAssessments(store: store).list(page, for: caller, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.description] }
        return .with {
            $0.preAssessments = shown.map { $0.wire(whole: false) }
            $0.nextPageToken = next
        }
    }

    func setOpinionBureau(
        request: Zhitongche_Project_V1_SetOpinionBureauRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_SetOpinionBureauResponse {
        let useCase = SetOpinionBureau(bureau: try OpinionBureau(request.bureau))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.bureau = $1.wire }
    }

    func listOpinionBureaus(
        request: Zhitongche_Project_V1_ListOpinionBureausRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListOpinionBureausResponse {
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["bureaus"])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)?.key[0]
        let found = try await database.snapshot { [store] in
            try store.pool.bureaus(after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.unit.text] }
        return .with {
            $0.bureaus = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func setExpert(
        request: Zhitongche_Project_V1_SetExpertRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_SetExpertResponse {
        let useCase = SetExpert(expert: try Expert(request.expert, fresh: try .fresh()))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.expert = $1.wire }
    }

    func listExperts(
        request: Zhitongche_Project_V1_ListExpertsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListExpertsResponse {
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["experts"])
        let after: ExpertID? = try after(request.pageToken, filter: filter)
        let found = try await database.snapshot { [store] in
            try store.pool.experts(after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.description] }
        return .with {
            $0.experts = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    private func assessment(_ text: String) throws -> PreAssessmentID {
        try PreAssessmentID(text, field: "pre_assessment_id")
    }

    /// A seed that nobody chose: the random half of a fresh identifier.
    private func seed() throws -> UInt64 {
        let bytes = try ExpertID.fresh().uuid.uuid
        return [bytes.8, bytes.9, bytes.10, bytes.11, bytes.12, bytes.13, bytes.14, bytes.15].reduce(0) {
            $0 << 8 | UInt64($1)
        }
    }
}
