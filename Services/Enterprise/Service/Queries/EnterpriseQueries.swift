import Domain
import EnterpriseContracts
import EnterpriseDomain
import Messaging
import Postgres
import ServiceRuntime
import Wire

/// Reads the registry (ENT-1, ENT-3).
struct EnterpriseQueries: Sendable {
    let parts: EnterpriseParts

    /// One enterprise by identifier, credit code or ordinal.
    func get(
        _ request: Zhitongche_Enterprise_V1_GetEnterpriseRequest
    ) async throws -> Zhitongche_Enterprise_V1_GetEnterpriseResponse {
        let caller = try CallContext.caller
        let key = request.key
        switch key {
        case .enterpriseID(let id): try Identifiers.check(id, field: "enterprise_id")
        case .creditCode(let text): _ = try CreditCode(text, field: "credit_code")
        case .ordinal: break
        case nil: throw Problem.invalid("key", "is required")
        }
        let row = try await parts.read { tx in
            let enterprises = try parts.enterprises(tx)
            let ordinal: UInt32? =
                switch key {
                case .enterpriseID(let id): try enterprises.ordinal(ofID: id)
                case .creditCode(let text): try enterprises.ordinal(ofCreditCode: CreditCode(text).text)
                case .ordinal(let ordinal): ordinal
                case nil: nil
                }
            return try ordinal.flatMap(enterprises.row)
        }
        guard let row else { throw Problem.notFound("enterprise") }
        try caller.require("enterprise.read", for: row)
        return try .with { $0.enterprise = try row.wire(vault: parts.vault) }
    }

    /// A page of enterprises in the order of their ordinals, narrowed by the caller's scope.
    func list(
        _ request: Zhitongche_Enterprise_V1_ListEnterprisesRequest
    ) async throws -> Zhitongche_Enterprise_V1_ListEnterprisesResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let region = request.region.isEmpty ? nil : try RegionCode(request.region, field: "region")
        let industry = request.industry.isEmpty ? nil : try IndustryCode(request.industry, field: "industry")
        let list = request.list.isEmpty ? nil : try ListID(request.list, field: "list")
        let sizeClass = try request.size.size(field: "size")
        let hash = PageToken.hash(of: [
            "enterprises", region?.description ?? "", industry?.fullText ?? "", list?.text ?? "",
            sizeClass?.rawValue ?? "",
        ])
        let token = try PageToken.decode(request.pageToken, filterHash: hash, columns: 1)
        let after = try token.map { try Self.ordinal($0.key[0]) } ?? 0
        var filter: SQL = "ordinal > \(after)"
        if let region { filter += " AND region LIKE \(Self.prefix(of: region) + "%")" }
        if let industry { filter += Self.filter(industry) }
        if let sizeClass { filter += " AND size = \(sizeClass.rawValue)" }
        if let list {
            filter += """
                 AND ordinal IN (SELECT ordinal FROM enterprise.list_membership
                                 WHERE list = \(list.text) AND left_at IS NULL)
                """
        }
        filter += try Self.narrowing(caller)
        let rows = try await parts.read { [filter] tx in
            try parts.enterprises(tx).complete(
                tx.query(
                    """
                    SELECT \(EnterpriseRepository.columns) FROM enterprise.enterprise WHERE \(filter)
                    ORDER BY ordinal LIMIT \(size + 1)
                    """, as: EnterpriseRow.init))
        }
        let (shown, next) = paged(rows, size: size, filter: hash) { [String($0.profile.ordinal)] }
        return try .with {
            $0.enterprises = try shown.map { try $0.wire(vault: parts.vault) }
            $0.nextPageToken = next
        }
    }

    /// The attributes of an enterprise as of a day (ENT-3).
    func attributes(
        _ request: Zhitongche_Enterprise_V1_GetAttributesRequest
    ) async throws -> Zhitongche_Enterprise_V1_GetAttributesResponse {
        let caller = try CallContext.caller
        try Identifiers.check(request.enterpriseID, field: "enterprise_id")
        let asOf = request.hasAsOf ? try CivilDate(request.asOf, field: "as_of") : nil
        let (row, records) = try await parts.read { tx in
            let enterprises = try parts.enterprises(tx)
            guard let ordinal = try enterprises.ordinal(ofID: request.enterpriseID),
                let row = try enterprises.row(ordinal)
            else { throw Problem.notFound("enterprise \(request.enterpriseID)") }
            let records = try enterprises.records([ordinal], asOf: asOf ?? enterprises.today)
            return (row, records.map { $0.record.wire(recordedAt: $0.recordedAt) })
        }
        try caller.require("enterprise.read", for: row)
        return .with { $0.records = records }
    }

    /// A page of a load's bad rows.
    func loadErrors(
        _ request: Zhitongche_Enterprise_V1_ListLoadErrorsRequest
    ) async throws -> Zhitongche_Enterprise_V1_ListLoadErrorsResponse {
        try CallContext.caller.requireEverywhere("enterprise.load")
        try Identifiers.check(request.loadID, field: "load_id", length: 1...64)
        let size = try page(size: request.pageSize)
        let hash = PageToken.hash(of: ["load-errors", request.loadID])
        let token = try PageToken.decode(request.pageToken, filterHash: hash, columns: 1)
        let after = token.flatMap { Int64($0.key[0]) } ?? 0
        let errors = try await parts.read { tx in
            let loads = LoadRepository(tx: tx)
            guard try loads.progress(request.loadID) != nil else { throw Problem.notFound("load \(request.loadID)") }
            return try loads.errors(request.loadID, after: after, limit: size + 1)
        }
        let (shown, next) = paged(errors, size: size, filter: hash) { [String($0.line)] }
        return .with {
            $0.errors = shown.map { line, error in
                .with {
                    $0.line = line
                    $0.column = error.column
                    $0.reason = error.reason.wire
                }
            }
            $0.nextPageToken = next
        }
    }

    static func ordinal(_ text: String) throws -> UInt32 {
        guard let ordinal = UInt32(text) else { throw Problem.invalid("page_token", "is not a token of this list") }
        return ordinal
    }

    /// The digits that all codes within a region begin with.
    private static func prefix(of region: RegionCode) -> String {
        switch region.level {
        case .province: String(region.description.prefix(2))
        case .city: String(region.description.prefix(4))
        case .county, .town: region.description
        }
    }

    private static func filter(_ industry: IndustryCode) -> SQL {
        guard industry.level == .section else { return " AND industry LIKE \(industry.digits + "%")" }
        let divisions = IndustryDictionary.divisions.filter { $0.section == industry.section }.map(\.digits)
        return " AND left(industry, 2) = ANY(\(divisions))"
    }

    /// The part of a filter that keeps to what the caller may read.
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED.
    static func narrowing(_ caller: Caller) throws -> SQL {
        switch caller.scope(of: "enterprise.read") {
        case .all: return ""
        case .region, .ownUnitAndBelow, .ownUnit:
            guard let region = caller.regionCode else { return " AND false" }
            return " AND region LIKE \(prefix(of: region) + "%")"
        case .ownEnterprise:
            // A caller without an enterprise sees none.
            guard let id = caller.enterpriseID, UUIDv7.isValid(id) else { return " AND false" }
            return " AND id = \(id)::uuid"
        case nil: throw Problem.denied("no role of the caller allows enterprise.read")
        }
    }
}
