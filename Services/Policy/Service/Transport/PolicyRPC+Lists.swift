import Domain
import GRPCCore
import PolicyContracts
import PolicyDomain
import Postgres
import ServiceRuntime
import Wire

extension PolicyRPC {
    func listPoints(
        request: Zhitongche_Policy_V1_ListPointsRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_ListPointsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let state = try RevisionState.optional(request.state, field: "state") ?? .published
        let unit =
            try request.responsibleUnitID.isEmpty
            ? nil : UnitID(request.responsibleUnitID, field: "responsible_unit_id")
        let tags = try TagVocabulary.standard.tags(request.tags, field: "tags", limit: 16)
        let document = try request.documentID.isEmpty ? nil : DocumentID(request.documentID, field: "document_id")
        let filter = PageToken.hash(
            of: ["points", state.rawValue, unit?.text ?? "", document?.description ?? ""]
                + tags.sorted().map(\.description))
        let token = try PageToken.decode(request.pageToken, filterHash: filter, columns: 2)
        let after = try token.map {
            (id: try PointID($0.key[0], field: "page_token"), revision: try $0.integer(1, in: Self.revisions))
        }
        let found = try await database.snapshot { [store] transaction in
            try FindPoints(store: store).list(
                state: state, unit: unit, tags: tags, document: document, after: after, limit: size + 1, for: caller,
                in: transaction)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.pointID.description, String($0.revision)] }
        return .with {
            $0.points = shown.map { $0.wire(showsAccounts: showsAccounts(caller)) }
            $0.nextPageToken = next
        }
    }

    func listPointVersions(
        request: Zhitongche_Policy_V1_ListPointVersionsRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_ListPointVersionsResponse {
        let caller = try CallContext.caller
        let id = try PointID(request.pointID, field: "point_id")
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["versions", id.description])
        let below = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try $0.integer(0, in: Self.revisions)
        }
        let found = try await database.snapshot { [store] in
            try FindPoints(store: store).versions(of: id, below: below, limit: size, for: caller, in: $0)
        }
        return .with {
            $0.versions = found.map { entry in
                .with {
                    $0.point = entry.version.wire(showsAccounts: showsAccounts(caller))
                    $0.changedFields = entry.changed.map(\.rawValue)
                }
            }
            // Versions are numbered without gaps, so the first one is the last of the list.
            if let last = found.last?.version.revision, found.count == size, last > 1 {
                $0.nextPageToken = PageToken.encode(filterHash: filter, key: [String(last)])
            }
        }
    }

    func searchPoints(
        request: Zhitongche_Policy_V1_SearchPointsRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_SearchPointsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize, default: 20)
        let tags = try TagVocabulary.standard.tags(request.tags, field: "tags", limit: 32)
        let order = try SearchIndex.Order(request.order, field: "order")
        let query = SearchQuery(request.query)
        let filter = PageToken.hash(
            of: ["search", order.rawValue] + query.terms.map { "\($0.isPhrase):\($0.text.skeleton)" }
                + tags.sorted().map(\.description))
        let token = try PageToken.decode(request.pageToken, filterHash: filter, columns: 4)
        let search = SearchPoints(
            store: store, query: query, tags: tags, order: order, after: try token.map { try position($0) },
            limit: size, counts: request.count)
        let answer = try await database.snapshot { try search.run(in: $0) }
        return .with {
            $0.hits = answer.hits.map { hit in
                .with {
                    $0.point = hit.point.wire(showsAccounts: showsAccounts(caller))
                    $0.snippet = hit.snippet
                    $0.score = Int32(hit.score)
                }
            }
            $0.total = answer.total
            $0.facets = answer.facets.map { facet in
                .with {
                    $0.tag = facet.tag.wire
                    $0.count = facet.count
                }
            }
            if let last = answer.last {
                $0.nextPageToken = PageToken.encode(
                    filterHash: filter,
                    key: [
                        answer.match.rawValue, String(last.rank), String(last.publishedAt.microseconds),
                        last.point.description,
                    ])
            }
        }
    }

    func listTags(
        request: Zhitongche_Policy_V1_ListTagsRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_ListTagsResponse {
        let size = try page(size: request.pageSize, default: 200)
        let dimensions: [TagDimension]
        switch request.dimension {
        case .unspecified: dimensions = TagDimension.allCases
        case _: dimensions = [try TagDimension(request.dimension, field: "dimension")]
        }
        let filter = PageToken.hash(of: ["tags"] + dimensions.map(\.rawValue))
        let token = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)
        let tags = dimensions.flatMap { TagVocabulary.standard.tags(in: $0) }
        // The vocabulary is fixed while the program runs, so a place in it is a stable key.
        let skipped = try token.map { try $0.integer(0, in: 0...tags.count) } ?? 0
        let rest = tags.dropFirst(skipped)
        let (shown, next) = paged(Array(rest), size: size, filter: filter) { _ in [String(skipped + size)] }
        return .with {
            $0.tags = shown.map { tag in
                .with {
                    $0.tag = tag.wire
                    $0.name = TagVocabulary.standard.label(of: tag).wire
                }
            }
            $0.nextPageToken = next
        }
    }

    /// Numbers that versions can have in storage.
    private static let revisions = 1...Int(Int32.max)
    /// Times up to the year 9999; a made-up one must not reach the database.
    private static let times = 0..<253_402_300_800_000_000

    private func position(_ token: PageToken) throws -> (match: SearchIndex.Match, key: SearchIndex.Key) {
        guard let match = SearchIndex.Match(rawValue: token.key[0]) else {
            throw Problem.invalid("page_token", "is not a token of this list")
        }
        let published = try token.integer(2, in: Self.times)
        return (
            match,
            SearchIndex.Key(
                rank: try token.integer(1, in: SearchIndex.ranks),
                publishedAt: Instant(microseconds: Int64(published)),
                point: try PointID(token.key[3], field: "page_token"))
        )
    }
}
