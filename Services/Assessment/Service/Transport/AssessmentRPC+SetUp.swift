import AssessmentContracts
import AssessmentDomain
import Domain
import GRPCCore
import ServiceRuntime

extension AssessmentRPC {
    func changeTier(
        request: Zhitongche_Assessment_V1_ChangeTierRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ChangeTierResponse {
        let adding = try units(request.addedUnitIds, "added_unit_ids")
        let removing = try units(request.removedUnitIds, "removed_unit_ids")
        if let both = adding.first(where: Set(removing).contains) {
            throw Problem.invalid("removed_unit_ids", "also adds \(both)")
        }
        let useCase = ChangeTier(
            tier: try Tier(request.tier, field: "tier"), adding: adding, removing: removing)
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.size = Int32(clamping: $1) }
    }

    func listTierUnits(
        request: Zhitongche_Assessment_V1_ListTierUnitsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListTierUnitsResponse {
        let tier = try Tier(request.tier, field: "tier")
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["tier", tier.rawValue])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try UnitID($0.key[0], field: "page_token")
        }
        let found = try await database.snapshot { [store] in
            try store.indicators.units(of: tier, after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.text] }
        return .with {
            $0.unitIds = shown.map(\.text)
            $0.nextPageToken = next
        }
    }

    func setIndicator(
        request: Zhitongche_Assessment_V1_SetIndicatorRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_SetIndicatorResponse {
        let useCase = SetIndicator(indicator: try Indicator(request.indicator))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.indicator = $1.wire }
    }

    func listIndicators(
        request: Zhitongche_Assessment_V1_ListIndicatorsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListIndicatorsResponse {
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["indicators"])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try IndicatorID($0.key[0], field: "page_token")
        }
        let found = try await database.snapshot { [store] in
            try store.indicators.list(after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.text] }
        return .with {
            $0.indicators = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    private func units(_ texts: [String], _ field: String) throws -> [UnitID] {
        guard texts.count <= 1_000 else { throw DomainError(field, .tooMany(limit: 1_000)) }
        return try texts.enumerated().map { try UnitID($1, field: "\(field)[\($0)]") }
    }
}
