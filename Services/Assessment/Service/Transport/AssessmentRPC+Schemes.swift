import AssessmentContracts
import AssessmentDomain
import Domain
import GRPCCore
import ServiceRuntime

extension AssessmentRPC {
    func draftScheme(
        request: Zhitongche_Assessment_V1_DraftSchemeRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_DraftSchemeResponse {
        let useCase = DraftScheme(
            id: try .fresh(), tier: try Tier(request.tier, field: "tier"),
            content: try SchemeContent(request.content))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.scheme = $1.wire(isWhole: true)
        }
    }

    func editScheme(
        request: Zhitongche_Assessment_V1_EditSchemeRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_EditSchemeResponse {
        let useCase = EditScheme(
            id: try SchemeID(request.schemeID, field: "scheme_id"), version: request.version,
            content: try SchemeContent(request.content))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.scheme = $1.wire(isWhole: true)
        }
    }

    func publishScheme(
        request: Zhitongche_Assessment_V1_PublishSchemeRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_PublishSchemeResponse {
        let useCase = PublishScheme(
            id: try SchemeID(request.schemeID, field: "scheme_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.scheme = $1.wire(isWhole: true)
        }
    }

    func reviseScheme(
        request: Zhitongche_Assessment_V1_ReviseSchemeRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ReviseSchemeResponse {
        let useCase = ReviseScheme(
            id: try SchemeID(request.schemeID, field: "scheme_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.scheme = $1.wire(isWhole: true)
        }
    }

    func getScheme(
        request: Zhitongche_Assessment_V1_GetSchemeRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_GetSchemeResponse {
        let id = try SchemeID(request.schemeID, field: "scheme_id")
        let number = try revision(request.revision)
        let scheme = try await database.snapshot { [store] in try store.scheme(id, revision: number, in: $0) }
        return .with { $0.scheme = scheme.wire(isWhole: true) }
    }

    func listSchemes(
        request: Zhitongche_Assessment_V1_ListSchemesRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListSchemesResponse {
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["schemes"])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try SchemeID($0.key[0], field: "page_token")
        }
        let found = try await database.snapshot { [store] in
            try store.schemes.list(after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.description] }
        return .with {
            $0.schemes = shown.map { $0.wire(isWhole: false) }
            $0.nextPageToken = next
        }
    }

    func tryScheme(
        request: Zhitongche_Assessment_V1_TrySchemeRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_TrySchemeResponse {
        guard (0...200).contains(request.limit) else { throw Problem.invalid("limit", "must be 0 to 200") }
        let limit = request.limit == 0 ? 50 : Int(request.limit)
        let useCase = TryScheme(
            id: try SchemeID(request.schemeID, field: "scheme_id"), revision: try revision(request.revision),
            period: try AssessmentPeriod(request.hasPeriod ? request.period : nil))
        let tried = try await database.snapshot { [store, clock] tx in
            let scores = try useCase.run(store, today: try clock.today(tx), in: tx)
            let codes = try store.scheme(useCase.id, revision: useCase.revision, in: tx).revision.content.nodes.map(
                \.code)
            return (scores: scores, codes: codes)
        }
        return .with {
            $0.scores = tried.scores.prefix(limit).map { $0.wire(codes: tried.codes) }
            $0.units = Int32(tried.scores.count)
        }
    }
}
