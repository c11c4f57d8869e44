import Domain
import EnterpriseContracts
import EnterpriseDomain
import Postgres
import ServiceRuntime

/// Explains points to an enterprise (ENT-12).
struct MatchQueries: Sendable {
    let parts: EnterpriseParts

    /// One point for one enterprise, whether the point is in force or not (ENT-12a).
    func explain(
        _ request: Zhitongche_Enterprise_V1_ExplainPointRequest
    ) async throws -> Zhitongche_Enterprise_V1_ExplainPointResponse {
        let enterprise = try enterprise(request.enterpriseID)
        try Identifiers.check(request.pointID, field: "point_id", length: 1...64)
        let found = try await parts.read { tx in
            let (row, subject) = try subject(enterprise, tx)
            guard let stored = try PointReplica(tx: tx).point(request.pointID) else {
                throw Problem.notFound("point \(request.pointID)")
            }
            return (row, PointStanding(try parts.catalogue.point(stored), subject))
        }
        try CallContext.caller.require("enterprise.match.read", for: found.0)
        return .with { $0.match = found.1.wire(explained: true, texts: parts.texts) }
    }

    /// All points in force for one enterprise: entitled, information missing, nearly, the rest; greater sums first.
    func list(
        _ request: Zhitongche_Enterprise_V1_ListMatchesRequest
    ) async throws -> Zhitongche_Enterprise_V1_ListMatchesResponse {
        let enterprise = try enterprise(request.enterpriseID)
        let size = try page(size: request.pageSize)
        let wanted = try Standing.filter(request.standing)
        let hash = PageToken.hash(of: ["matches", enterprise, wanted.map { String($0.rawValue) } ?? ""])
        let token = try PageToken.decode(request.pageToken, filterHash: hash, columns: 3)
        let after = try token.map(Self.sortKey)
        let (row, standings) = try await parts.read { tx in
            let (row, subject) = try subject(enterprise, tx)
            let points = try PointReplica(tx: tx).inForce()
            return (row, try points.map { PointStanding(try parts.catalogue.point($0), subject) })
        }
        try CallContext.caller.require("enterprise.match.read", for: row)
        let sorted = standings.filter { standing in
            (wanted.map { $0 == standing.standing } ?? true) && (after.map { $0 < standing.sortKey } ?? true)
        }.sorted { $0.sortKey < $1.sortKey }
        let texts = parts.texts
        let (shown, next) = paged(sorted, size: size, filter: hash) {
            [String($0.sortKey.standing), String($0.sortKey.fen), $0.sortKey.point]
        }
        return .with {
            $0.matches = shown.map { $0.wire(explained: false, texts: texts) }
            $0.nextPageToken = next
        }
    }

    /// The enterprise asked about: the one named, else the one that the caller acts for.
    private func enterprise(_ named: String) throws -> String {
        let id = try named.isEmpty ? CallContext.caller.enterpriseID : named
        guard let id else { throw Problem.invalid("enterprise_id", "is required of callers who act for no enterprise") }
        try Identifiers.check(id, field: "enterprise_id")
        return id
    }

    private func subject(_ enterprise: String, _ tx: Transaction) throws -> (EnterpriseRow, MatchSubject) {
        let enterprises = try parts.enterprises(tx)
        guard let ordinal = try enterprises.ordinal(ofID: enterprise), let row = try enterprises.row(ordinal) else {
            throw Problem.notFound("enterprise \(enterprise)")
        }
        let subject = MatchSubject(
            row.profile, maintained: try enterprises.maintainedLists(), today: enterprises.today)
        return (row, subject)
    }

    private static func sortKey(_ token: PageToken) throws -> PointStanding.SortKey {
        guard let standing = Int(token.key[0]), let fen = Int64(token.key[1]) else {
            throw Problem.invalid("page_token", "is not a token of this list")
        }
        return PointStanding.SortKey(standing: standing, fen: fen, point: token.key[2])
    }
}
