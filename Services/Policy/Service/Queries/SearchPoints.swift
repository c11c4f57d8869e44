import Domain
import PolicyDomain
import Postgres
import ServiceRuntime

/// Searches points in force (POL-9).
struct SearchPoints: Sendable {
    /// One hit.
    struct Hit: Sendable {
        let point: PointRevision
        let snippet: String
        let score: Int
    }

    /// One page of hits.
    struct Answer: Sendable {
        var hits: [Hit] = []
        /// Whether all words were asked for, or some; the next page asks the same.
        var match = SearchIndex.Match.every
        var last: SearchIndex.Key?
        var total: Int64 = 0
        var facets: [(tag: Tag, count: Int64)] = []
    }

    let store: PolicyStore
    let query: SearchQuery
    let tags: Set<Tag>
    let order: SearchIndex.Order
    /// Where the page before ended, and what it asked for.
    let after: (match: SearchIndex.Match, key: SearchIndex.Key)?
    let limit: Int
    let counts: Bool

    /// All words first; where no point has them all, some of them.
    func run(in tx: Transaction) throws -> Answer {
        // Something was typed that no text can hold, such as a lone question mark.
        if query.terms.isEmpty, !query.isBlank { return Answer() }
        var request = SearchIndex.Request(query: query, match: .every, tags: tags, order: order)
        let match: SearchIndex.Match
        if let after {
            match = after.match
        } else if try query.isBlank || store.index.hasMatch(request, in: tx) {
            match = .every
        } else {
            match = .some
        }
        request = SearchIndex.Request(query: query, match: match, tags: tags, order: order)
        let found = try store.index.page(request, after: after?.key, limit: limit, in: tx)
        let points = try store.points.inForce(found.map(\.point), in: tx)
        let counted = counts ? try store.index.counts(request, in: tx) : (total: 0, facets: [])
        return Answer(
            hits: found.compactMap { found in
                points[found.point].map {
                    Hit(point: $0, snippet: snippet(of: $0.content), score: found.score)
                }
            },
            match: match, last: found.count == limit ? found.last?.key : nil,
            total: counted.total, facets: counted.facets)
    }

    /// The part of the text with the most words of the query; the summary when they have equally many.
    private func snippet(of content: PointContent) -> String {
        let parts =
            [content.summary, content.clause, content.title, content.contactPost, content.funding] + content.materials
            + content.steps
        let snippets = parts.filter { !$0.isEmpty }.map { SearchSnippet(of: $0, query: query) }
        return snippets.reduce(nil as SearchSnippet?) { best, next in
            guard let best, best.found >= next.found else { return next }
            return best
        }?.text ?? ""
    }
}
