import AssessmentContracts
import AssessmentDomain
import Domain
import GRPCCore
import ServiceRuntime

extension AssessmentRPC {
    func draftTargets(
        request: Zhitongche_Assessment_V1_DraftTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_DraftTargetsResponse {
        guard (2000...2100).contains(request.year) else { throw Problem.invalid("year", "must be 2000 to 2100") }
        let useCase = DraftTargets(
            id: try .fresh(), indicator: try IndicatorID(request.indicatorID, field: "indicator_id"),
            year: Int(request.year), content: try TargetContent(request.content))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func editTargets(
        request: Zhitongche_Assessment_V1_EditTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_EditTargetsResponse {
        let useCase = EditTargets(
            id: try TargetsID(request.targetsID, field: "targets_id"), version: request.version,
            content: try TargetContent(request.content))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func acknowledgeMismatches(
        request: Zhitongche_Assessment_V1_AcknowledgeMismatchesRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_AcknowledgeMismatchesResponse {
        let useCase = AcknowledgeMismatches(
            id: try TargetsID(request.targetsID, field: "targets_id"), version: request.version,
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func submitTargets(
        request: Zhitongche_Assessment_V1_SubmitTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_SubmitTargetsResponse {
        let useCase = SubmitTargets(
            id: try TargetsID(request.targetsID, field: "targets_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func reviewTargets(
        request: Zhitongche_Assessment_V1_ReviewTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ReviewTargetsResponse {
        let useCase = ReviewTargets(
            id: try TargetsID(request.targetsID, field: "targets_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func returnTargets(
        request: Zhitongche_Assessment_V1_ReturnTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ReturnTargetsResponse {
        let useCase = ReturnTargets(
            id: try TargetsID(request.targetsID, field: "targets_id"), version: request.version,
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func approveTargets(
        request: Zhitongche_Assessment_V1_ApproveTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ApproveTargetsResponse {
        let useCase = ApproveTargets(
            id: try TargetsID(request.targetsID, field: "targets_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func reviseTargets(
        request: Zhitongche_Assessment_V1_ReviseTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ReviseTargetsResponse {
        let useCase = ReviseTargets(
            id: try TargetsID(request.targetsID, field: "targets_id"), version: request.version,
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.targets = $1.wire(isWhole: true)
        }
    }

    func getTargets(
        request: Zhitongche_Assessment_V1_GetTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_GetTargetsResponse {
        let id = try TargetsID(request.targetsID, field: "targets_id")
        let number = try revision(request.revision)
        let found = try await database.snapshot { [store] tx in
            guard let found = try store.targets.revision(number, of: id, in: tx) else {
                throw Problem.notFound("targets \(id)")
            }
            return found
        }
        return .with { $0.targets = found.wire(isWhole: true) }
    }

    func listTargets(
        request: Zhitongche_Assessment_V1_ListTargetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListTargetsResponse {
        let size = try page(size: request.pageSize)
        guard request.year == 0 || (2000...2100).contains(request.year) else {
            throw Problem.invalid("year", "must be 0 or 2000 to 2100")
        }
        let year = request.year == 0 ? nil : Int(request.year)
        let state = try TargetState.optional(request.state, field: "state")
        let filter = PageToken.hash(of: ["targets", String(request.year), state?.rawValue ?? ""])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 2).map {
            (year: try $0.integer(0, in: 2000...2100), id: try TargetsID($0.key[1], field: "page_token"))
        }
        let found = try await database.snapshot { [store] in
            try store.targets.list(year: year, state: state, after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [String($0.year), $0.id.description] }
        return .with {
            $0.targets = shown.map { $0.wire(isWhole: false) }
            $0.nextPageToken = next
        }
    }

    func listTargetHistory(
        request: Zhitongche_Assessment_V1_ListTargetHistoryRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListTargetHistoryResponse {
        let id = try TargetsID(request.targetsID, field: "targets_id")
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["target history", id.description])
        let below = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            Int64(try $0.integer(0, in: 1...Int.max))
        }
        let steps = try await database.snapshot { [store] tx in
            _ = try store.newest(id, in: tx)
            return try store.history.list(of: id, below: below, limit: size + 1, in: tx)
        }
        let (shown, next) = paged(steps, size: size, filter: filter) { [String($0.version)] }
        return .with {
            $0.steps = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }
}
