import DirectoryContracts
import DirectoryDomain
import Domain
import Postgres
import ServiceRuntime

extension DirectoryParts {
    /// One account without secrets (DIR-5): one's own, or one within the caller's scope.
    func getAccount(_ request: Zhitongche_Directory_V1_GetAccountRequest) async throws
        -> Zhitongche_Directory_V1_GetAccountResponse
    {
        let id = try identifier(request.accountID, "account_id")
        let caller = try CallContext.caller
        if id != caller.accountID { try caller.require("directory.account.read") }
        let record = try await read { tx, _ in try Self.record(id, tx) }
        if id != caller.accountID {
            try caller.require("directory.account.read", unit: record.account.unit?.text ?? "")
        }
        return try .with { $0.account = try record.wire(vault) }
    }

    /// Accounts of a unit, or all within the caller's scope (DIR-5).
    func listAccounts(_ request: Zhitongche_Directory_V1_ListAccountsRequest) async throws
        -> Zhitongche_Directory_V1_ListAccountsResponse
    {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let unit = request.unitID.isEmpty ? nil : try UnitID(request.unitID)
        if let unit { try caller.require("directory.account.read", unit: unit.text) }
        let filter = PageToken.hash(of: ["accounts", unit?.text ?? ""])
        let after =
            try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)
            .map { try identifier($0.key[0], "page_token") } ?? ""
        return try await read { [vault] tx, _ in
            let units = try unit.map { [$0.text] } ?? Self.units(in: caller, for: "directory.account.read", tx)
            let found = try AccountRepository.list(units: units, after: after, limit: size + 1, tx)
            return try .with {
                $0.accounts = try found.prefix(size).map { try $0.wire(vault) }
                $0.nextPageToken = nextPage(found, size: size, filter) { $0.account.id }
            }
        }
    }

    /// The units within the caller's scope for an action; nil for everything, what belongs to no unit included.
    static func units(in caller: Caller, for action: String, _ tx: Transaction) throws -> [String]? {
        switch caller.scope(of: action) {
        case .all: nil
        case .region:
            try caller.region.map { try UnitRepository.ids(in: try RegionCode($0), tx) } ?? []
        case .ownUnitAndBelow: try caller.unitID.map { try UnitRepository.ids(below: $0, tx) } ?? []
        case .ownUnit: caller.unitID.map { [$0] } ?? []
        case .ownEnterprise, nil: []
        }
    }
}
