import Domain
import GRPCCore
import PolicyContracts
import PolicyDomain
import ServiceRuntime

extension PolicyRPC {
    func draftPoint(
        request: Zhitongche_Policy_V1_DraftPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_DraftPointResponse {
        let document = try DocumentID(request.documentID, field: "document_id")
        let useCase = DraftPoint(
            id: try .fresh(), document: document, content: try PointContent(request.content))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.point = $1.wire(showsAccounts: true)
        }
    }

    func editPoint(
        request: Zhitongche_Policy_V1_EditPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_EditPointResponse {
        let useCase = EditPoint(
            id: try PointID(request.pointID, field: "point_id"), version: request.version,
            content: try PointContent(request.content))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.point = $1.wire(showsAccounts: true)
        }
    }

    func submitPoint(
        request: Zhitongche_Policy_V1_SubmitPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_SubmitPointResponse {
        let useCase = SubmitPoint(id: try PointID(request.pointID, field: "point_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.point = $1.wire(showsAccounts: true)
        }
    }

    func returnPoint(
        request: Zhitongche_Policy_V1_ReturnPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_ReturnPointResponse {
        let useCase = ReturnPoint(
            id: try PointID(request.pointID, field: "point_id"), version: request.version,
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.point = $1.wire(showsAccounts: true)
        }
    }

    func publishPoint(
        request: Zhitongche_Policy_V1_PublishPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_PublishPointResponse {
        let useCase = PublishPoint(id: try PointID(request.pointID, field: "point_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.point = $1.wire(showsAccounts: true)
        }
    }

    func revisePoint(
        request: Zhitongche_Policy_V1_RevisePointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_RevisePointResponse {
        let useCase = RevisePoint(id: try PointID(request.pointID, field: "point_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.point = $1.wire(showsAccounts: true)
        }
    }

    func withdrawPoint(
        request: Zhitongche_Policy_V1_WithdrawPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_WithdrawPointResponse {
        let useCase = WithdrawPoint(
            id: try PointID(request.pointID, field: "point_id"), version: request.version,
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.point = $1.wire(showsAccounts: true)
        }
    }

    func getPoint(
        request: Zhitongche_Policy_V1_GetPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_GetPointResponse {
        let caller = try CallContext.caller
        let id = try PointID(request.pointID, field: "point_id")
        guard request.revision >= 0 else { throw Problem.invalid("revision", "must not be negative") }
        let revision = request.revision == 0 ? nil : Int(request.revision)
        let point = try await database.snapshot { [store] in
            try FindPoints(store: store).one(id, revision: revision, for: caller, in: $0)
        }
        return .with { $0.point = point.wire(showsAccounts: showsAccounts(caller)) }
    }
}
