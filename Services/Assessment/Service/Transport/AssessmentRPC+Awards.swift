import AssessmentContracts
import AssessmentDomain
import Domain
import GRPCCore
import ServiceRuntime
import Wire

extension AssessmentRPC {
    func setAwardRules(
        request: Zhitongche_Assessment_V1_SetAwardRulesRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_SetAwardRulesResponse {
        guard request.rules.count <= 64 else { throw DomainError("rules", .tooMany(limit: 64)) }
        let rules = try request.rules.enumerated().map { try AwardRule($1, "rules[\($0)]") }
        var codes: Set<NodeCode> = []
        for (index, rule) in rules.enumerated() where !codes.insert(rule.code).inserted {
            throw DomainError("rules[\(index)].code", .duplicate("code"))
        }
        let useCase = SetAwardRules(tier: try Tier(request.tier, field: "tier"), version: request.version, rules: rules)
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.version = $1 }
    }

    func getAwardRules(
        request: Zhitongche_Assessment_V1_GetAwardRulesRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_GetAwardRulesResponse {
        let tier = try Tier(request.tier, field: "tier")
        let found = try await database.snapshot { [store] in try store.awards.rules(of: tier, in: $0) }
        return .with {
            $0.rules = found.rules.map(\.wire)
            $0.version = found.version
        }
    }

    func proposeAwards(
        request: Zhitongche_Assessment_V1_ProposeAwardsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ProposeAwardsResponse {
        let useCase = ProposeAwards(id: try ResultID(request.resultID, field: "result_id"))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.awards = Int32(clamping: $1.count)
            $0.total = try $1.total().wire
        }
    }

    func listAwards(
        request: Zhitongche_Assessment_V1_ListAwardsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListAwardsResponse {
        let id = try ResultID(request.resultID, field: "result_id")
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["awards", id.description])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try $0.integer(0, in: 1...Int(Int32.max))
        }
        let found = try await database.snapshot { [store] tx in
            _ = try store.result(id, in: tx)
            return try store.awards.list(of: id, after: after ?? 0, limit: size + 1, in: tx)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [String($0.place)] }
        return .with {
            $0.awards = shown.map(\.award.wire)
            $0.nextPageToken = next
        }
    }
}
