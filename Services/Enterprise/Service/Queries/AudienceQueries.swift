import Domain
import EnterpriseContracts
import EnterpriseDomain
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

/// Audiences: tried out, in figures, member by member (ENT-11, POL-8a). They tell of enterprises of every region, so
/// each call needs its right for all of them.
struct AudienceQueries: Sendable {
    let parts: EnterpriseParts

    /// Counts whom a draft would reach.
    func preview(
        _ request: Zhitongche_Enterprise_V1_PreviewAudienceRequest
    ) async throws -> Zhitongche_Enterprise_V1_PreviewAudienceResponse {
        try CallContext.caller.requireEverywhere("enterprise.audience.preview")
        let terms = try PointTerms(request)
        // Whoever has just changed an enterprise sees it in the next preview.
        try await parts.index.catchUp()
        let (figures, misses) = try await parts.index.read { content in
            (
                AudienceFigures(content.audience(of: terms), benefit: terms.benefit, content),
                terms.condition.map(content.nearMisses) ?? []
            )
        }
        let texts = parts.texts
        return .with {
            $0.figures = figures.wire(regions: parts.regions)
            $0.nearMisses = misses.map { part, count in
                .with {
                    $0.leaf = Self.demand(part, texts).wire
                    $0.count = Int64(count)
                }
            }
        }
    }

    /// What a part of a condition demands, its leaves joined.
    private static func demand(_ part: Condition, _ texts: ExplanationText) -> BilingualText {
        let leaves = ConditionEvaluator.evaluate(part, against: Facts()).leaves.compactMap { texts.parts(of: $0) }
        return BilingualText(
            leaves.map { "\($0.subject.chinese)：\($0.needed)" }.joined(separator: "；"),
            leaves.map { "\($0.subject.english): \($0.needed)" }.joined(separator: "; "))
    }

    /// The audience of a published point in figures.
    func get(
        _ request: Zhitongche_Enterprise_V1_GetAudienceRequest
    ) async throws -> Zhitongche_Enterprise_V1_GetAudienceResponse {
        try CallContext.caller.requireEverywhere("enterprise.audience.read")
        let (head, sets, point) = try await parts.read { tx in
            let (head, sets) = try stored(request.pointID, tx)
            guard let stored = try PointReplica(tx: tx).point(request.pointID) else {
                throw Problem.notFound("point \(request.pointID)")
            }
            return (head, sets, try parts.catalogue.point(stored))
        }
        try await parts.index.catchUp()
        let figures = try await parts.index.read { content in
            AudienceFigures(sets, benefit: point.terms.benefit, content)
        }
        return .with {
            $0.pointID = head.pointID
            $0.revision = head.revision
            $0.generation = head.generation
            $0.figures = figures.wire(regions: parts.regions)
            $0.matchedAt = Google_Protobuf_Timestamp(head.matchedAt)
        }
    }

    /// A page of members in the order of their ordinals.
    func members(
        _ request: Zhitongche_Enterprise_V1_ListAudienceMembersRequest
    ) async throws -> Zhitongche_Enterprise_V1_ListAudienceMembersResponse {
        try CallContext.caller.requireEverywhere("enterprise.audience.read")
        let size = try page(size: request.pageSize)
        let wanted = Verdict(request.verdict)
        guard wanted != nil || request.verdict == .unspecified else {
            throw Problem.invalid("verdict", "is not a known verdict")
        }
        let hash = PageToken.hash(of: ["audience", request.pointID, wanted?.rawValue ?? ""])
        let token = try PageToken.decode(request.pageToken, filterHash: hash, columns: 1)
        let after = try token.map { try EnterpriseQueries.ordinal($0.key[0]) }
        let (sets, ordinals, rows) = try await parts.read { tx in
            let (_, sets) = try stored(request.pointID, tx)
            let members = wanted.map { sets[$0] } ?? sets.all
            let ordinals = members.ordinals(after: after, limit: size + 1)
            let rows = try tx.query(
                """
                SELECT ordinal, id::text AS id, name FROM enterprise.enterprise
                WHERE ordinal = ANY(\(Array(ordinals.prefix(size)))) ORDER BY ordinal
                """
            ) { row in
                (
                    ordinal: try row.get("ordinal", as: UInt32.self), id: try row.get("id", as: String.self),
                    name: try row.get("name", as: String.self)
                )
            }
            return (sets, ordinals, rows)
        }
        let (_, next) = paged(ordinals, size: size, filter: hash) { [String($0)] }
        return .with {
            $0.members = rows.map { row in
                .with {
                    $0.enterpriseID = row.id
                    $0.ordinal = row.ordinal
                    $0.name = row.name
                    $0.verdict = sets.verdict(of: row.ordinal)?.wire ?? .unspecified
                }
            }
            $0.nextPageToken = next
        }
    }

    private func stored(_ point: String, _ tx: Transaction) throws -> (AudienceRepository.Head, AudienceSets) {
        try Identifiers.check(point, field: "point_id", length: 1...64)
        let audiences = AudienceRepository(tx: tx)
        guard let head = try audiences.head(point), !head.isDissolved else {
            throw Problem.notFound("audience of point \(point)")
        }
        return (head, try audiences.members(point))
    }
}
