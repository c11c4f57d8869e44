import Domain
import EnterpriseContracts
import EnterpriseDomain
import ServiceRuntime
import Wire

/// Replaces the tags that an enterprise chose itself (ENT-6).
struct ChooseTags: Sendable {
    private static let limit = 32

    let parts: EnterpriseParts

    /// Runs the command.
    func run(
        _ request: Zhitongche_Enterprise_V1_ChooseTagsRequest
    ) async throws -> Zhitongche_Enterprise_V1_ChooseTagsResponse {
        try Identifiers.check(request.enterpriseID, field: "enterprise_id")
        try CallContext.caller.require("enterprise.tags.choose", enterprise: request.enterpriseID)
        let tags = try TagVocabulary.standard.tags(request.tags, field: "tags", limit: Self.limit)
        if let index = request.tags.firstIndex(where: { tag in
            !EnterpriseProfile.choosableDimensions.contains { $0.wire == tag.dimension }
        }) {
            throw Problem.invalid("tags[\(index)].dimension", "must be STAGE, INTEREST or POLICY_TYPE")
        }
        guard tags.count(where: { $0.dimension == .stage }) <= 1 else {
            throw Problem.invalid("tags", "may hold one stage")
        }
        return try await parts.runtime.commands.run(
            request, id: request.requestID, object: "enterprise/\(request.enterpriseID)"
        ) { command in
            let enterprises = EnterpriseRepository(tx: command.tx, today: command.today)
            guard let ordinal = try enterprises.lock(ids: [request.enterpriseID])[request.enterpriseID],
                let before = try enterprises.row(ordinal)
            else { throw Problem.notFound("enterprise \(request.enterpriseID)") }
            if before.profile.chosen == tags {
                return try .with { $0.enterprise = try before.wire(vault: parts.vault) }
            }
            try command.tx.execute("DELETE FROM enterprise.chosen_tag WHERE ordinal = \(ordinal)")
            try command.tx.execute(
                """
                INSERT INTO enterprise.chosen_tag (ordinal, tag)
                SELECT \(ordinal), tag FROM unnest(\(tags.map(\.description))) AS chosen (tag)
                """, expecting: tags.count)
            let rows = try enterprises.touch([ordinal])
            try parts.announce(rows, because: "tags", in: command)
            return try .with { $0.enterprise = try rows[0].wire(vault: parts.vault) }
        }
    }
}
