import EnterpriseContracts
import GRPCCore

/// The calls of the enterprise library, each handed to its use case.
struct EnterpriseRPC: Zhitongche_Enterprise_V1_EnterpriseService.SimpleServiceProtocol {
    let parts: EnterpriseParts

    func loadEnterprises(
        request: RPCAsyncSequence<Zhitongche_Enterprise_V1_LoadEnterprisesRequest, any Error>, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_LoadEnterprisesResponse {
        try await LoadEnterprises(parts: parts).run(request)
    }

    func listLoadErrors(
        request: Zhitongche_Enterprise_V1_ListLoadErrorsRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_ListLoadErrorsResponse {
        try await EnterpriseQueries(parts: parts).loadErrors(request)
    }

    func getEnterprise(
        request: Zhitongche_Enterprise_V1_GetEnterpriseRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_GetEnterpriseResponse {
        try await EnterpriseQueries(parts: parts).get(request)
    }

    func listEnterprises(
        request: Zhitongche_Enterprise_V1_ListEnterprisesRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_ListEnterprisesResponse {
        try await EnterpriseQueries(parts: parts).list(request)
    }

    func recordAttributes(
        request: Zhitongche_Enterprise_V1_RecordAttributesRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_RecordAttributesResponse {
        try await RecordAttributes(parts: parts).run(request)
    }

    func getAttributes(
        request: Zhitongche_Enterprise_V1_GetAttributesRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_GetAttributesResponse {
        try await EnterpriseQueries(parts: parts).attributes(request)
    }

    func setListMembership(
        request: Zhitongche_Enterprise_V1_SetListMembershipRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_SetListMembershipResponse {
        try await SetListMembership(parts: parts).run(request)
    }

    func chooseTags(
        request: Zhitongche_Enterprise_V1_ChooseTagsRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_ChooseTagsResponse {
        try await ChooseTags(parts: parts).run(request)
    }

    func submitClaim(
        request: Zhitongche_Enterprise_V1_SubmitClaimRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_SubmitClaimResponse {
        try await SubmitClaim(parts: parts).run(request)
    }

    func explainPoint(
        request: Zhitongche_Enterprise_V1_ExplainPointRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_ExplainPointResponse {
        try await MatchQueries(parts: parts).explain(request)
    }

    func listMatches(
        request: Zhitongche_Enterprise_V1_ListMatchesRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_ListMatchesResponse {
        try await MatchQueries(parts: parts).list(request)
    }

    func previewAudience(
        request: Zhitongche_Enterprise_V1_PreviewAudienceRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_PreviewAudienceResponse {
        try await AudienceQueries(parts: parts).preview(request)
    }

    func getAudience(
        request: Zhitongche_Enterprise_V1_GetAudienceRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_GetAudienceResponse {
        try await AudienceQueries(parts: parts).get(request)
    }

    func listAudienceMembers(
        request: Zhitongche_Enterprise_V1_ListAudienceMembersRequest, context: ServerContext
    ) async throws -> Zhitongche_Enterprise_V1_ListAudienceMembersResponse {
        try await AudienceQueries(parts: parts).members(request)
    }
}
