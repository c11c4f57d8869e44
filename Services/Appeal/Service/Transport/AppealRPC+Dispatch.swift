import AppealContracts
import AppealDomain
import Domain
import GRPCCore
import ServiceRuntime

// Calls of applicants' content and of those who dispatch.
extension AppealRPC {
    func editCase(
        request: Zhitongche_Appeal_V1_EditCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_EditCaseResponse {
        let useCase = EditCase(content: try CaseContent(request.content))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func addComment(
        request: Zhitongche_Appeal_V1_AddCommentRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_AddCommentResponse {
        let useCase = AddComment(text: try text(request.text, 1...2_000, field: "text"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func acceptCase(
        request: Zhitongche_Appeal_V1_AcceptCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_AcceptCaseResponse {
        let useCase = AcceptCase(category: request.category.isEmpty ? nil : request.category)
        return try await change(request, useCase) { $0.case = $1 }
    }

    func refuseCase(
        request: Zhitongche_Appeal_V1_RefuseCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_RefuseCaseResponse {
        let useCase = RefuseCase(
            reason: try reason(request.reason), rightPlace: try text(request.rightPlace, 1...256, field: "right_place"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func assignCase(
        request: Zhitongche_Appeal_V1_AssignCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_AssignCaseResponse {
        let useCase = AssignCase(unit: try UnitID(request.unitID, field: "unit_id"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func transferCase(
        request: Zhitongche_Appeal_V1_TransferCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_TransferCaseResponse {
        let useCase = TransferCase(
            unit: try UnitID(request.unitID, field: "unit_id"), reason: try reason(request.reason))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func returnCase(
        request: Zhitongche_Appeal_V1_ReturnCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ReturnCaseResponse {
        let useCase = ReturnCase(reason: try reason(request.reason))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func writeOffCase(
        request: Zhitongche_Appeal_V1_WriteOffCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_WriteOffCaseResponse {
        let useCase = WriteOffCase()
        return try await change(request, useCase) { $0.case = $1 }
    }
}

extension Zhitongche_Appeal_V1_EditCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_AddCommentRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_AcceptCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_RefuseCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_AssignCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_TransferCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_ReturnCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_WriteOffCaseRequest: CaseCommandRequest {}
