import Domain
import Foundation
import PolicyDomain
import Postgres

/// What points in force are found by (POL-9), kept in the transaction that brings them in and out of force.
struct SearchIndex: Sendable {
    /// Whether every word must be found, or some of them.
    enum Match: String, Sendable {
        case every
        case some
    }

    /// Orders of a search.
    enum Order: String, Sendable {
        case relevance
        case newest
        case level
    }

    /// Where a page ended.
    struct Key: Sendable, Hashable {
        let rank: Int
        let publishedAt: Instant
        let point: PointID
    }

    /// A point that was found.
    struct Found: Sendable {
        let point: PointID
        /// Relevance in thousandths.
        let score: Int
        let key: Key
    }

    /// What is looked for.
    struct Request: Sendable {
        let query: SearchQuery
        let match: Match
        let tags: Set<Tag>
        let order: Order
    }

    /// Enters a version that came into force.
    func enter(_ publication: Publication, of point: PointID, number: String, in tx: Transaction) throws {
        let content = publication.content
        let title = SearchText(content.title)
        let summary = SearchText(content.summary)
        // A line break keeps phrases from reaching over the parts.
        let rest = ([content.clause, number, content.contactPost, content.funding] + content.materials + content.steps)
            .map { SearchText($0) }
        let restGrams = rest.reduce(into: Set<String>()) { $0.formUnion($1.indexGrams) }
        let grams = title.indexGrams.union(summary.indexGrams).union(restGrams)
        try tx.execute(
            """
            INSERT INTO policy.point_index
                (point_id, revision, published_at, level_rank, tags, title, summary, clause, title_grams, summary_grams,
                 clause_grams, grams, format)
            VALUES (\(point.uuid), \(publication.revision), \(publication.publishedAt.instant), \(content.level.rank),
                \(content.tags.sorted().map(\.description)), \(title.skeleton), \(summary.skeleton),
                \(rest.map(\.skeleton).joined(separator: "\n")), \(title.indexGrams.sorted()),
                \(summary.indexGrams.sorted()), \(restGrams.sorted()), \(grams.sorted()), \(SearchText.format))
            ON CONFLICT (point_id) DO UPDATE SET
                revision = EXCLUDED.revision, published_at = EXCLUDED.published_at, level_rank = EXCLUDED.level_rank,
                tags = EXCLUDED.tags, title = EXCLUDED.title, summary = EXCLUDED.summary, clause = EXCLUDED.clause,
                title_grams = EXCLUDED.title_grams, summary_grams = EXCLUDED.summary_grams,
                clause_grams = EXCLUDED.clause_grams, grams = EXCLUDED.grams, format = EXCLUDED.format
            """, expecting: 1)
    }

    /// Takes a point out that is no longer in force.
    func remove(_ point: PointID, in tx: Transaction) throws {
        try tx.execute("DELETE FROM policy.point_index WHERE point_id = \(point.uuid)", expecting: 1)
    }

    /// Points whose texts were taken apart in another way than this program's; their rows are locked, and those locked
    /// by another transaction are left to it.
    func outdated(limit: Int, in tx: Transaction) throws -> [PointID] {
        try tx.query(
            """
            SELECT point_id FROM policy.point_index WHERE format <> \(SearchText.format)
            ORDER BY point_id LIMIT \(limit) FOR UPDATE SKIP LOCKED
            """
        ) { PointID(try $0.get("point_id", as: UUID.self)) }
    }

    /// Whether any point matches.
    func hasMatch(_ request: Request, in tx: Transaction) throws -> Bool {
        try tx.only("SELECT EXISTS (SELECT 1 FROM (\(matches(request))) AS hit) AS found").get("found")
    }

    /// One page of points.
    func page(_ request: Request, after: Key?, limit: Int, in tx: Transaction) throws -> [Found] {
        var sql: SQL = "SELECT point_id, score, rank, published_at FROM (\(matches(request))) AS hit"
        if let after {
            sql += " WHERE (rank, published_at, point_id) < (\(after.rank), \(after.publishedAt), \(after.point.uuid))"
        }
        sql += " ORDER BY rank DESC, published_at DESC, point_id DESC LIMIT \(limit)"
        return try tx.query(sql) { row in
            let point = PointID(try row.get("point_id"))
            return Found(
                point: point, score: try row.get("score"),
                key: Key(rank: try row.get("rank"), publishedAt: try row.get("published_at"), point: point))
        }
    }

    /// How many points match.
    func count(_ request: Request, in tx: Transaction) throws -> Int64 {
        try tx.only("SELECT count(*) AS total FROM (\(matches(request))) AS hit").get("total")
    }

    /// How many of them carry each tag, the most frequent first.
    func facets(_ request: Request, in tx: Transaction) throws -> [(tag: Tag, count: Int64)] {
        try tx.query(
            """
            SELECT tag, count(*) AS total FROM (\(matches(request))) AS hit CROSS JOIN LATERAL unnest(hit.tags) AS tag
            GROUP BY tag ORDER BY total DESC, tag
            """
        ) { (try TagVocabulary.standard.tag(text: $0.get("tag")), try $0.get("total")) }
    }

    /// The statement of all matches with score and rank. A gram in the title weighs more than in the summary, and there
    /// more than in the clause; words that stand together as typed weigh extra.
    private func matches(_ request: Request) -> SQL {
        let grams = request.query.grams
        let skeletons = request.query.skeletons
        let most = max(1, 6 * grams.count + 10 * skeletons.count)
        var sql: SQL = """
            SELECT i.point_id, i.published_at, i.tags, s.score, \(rank(request.order)) AS rank
            FROM policy.point_index AS i
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE g = ANY (i.grams)) AS found,
                    coalesce(sum(CASE WHEN g = ANY (i.title_grams) THEN 6 WHEN g = ANY (i.summary_grams) THEN 3
                        WHEN g = ANY (i.clause_grams) THEN 1 ELSE 0 END), 0) AS weight
                FROM unnest(\(grams)) AS g
            ) AS w
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(CASE WHEN strpos(i.title, t) > 0 THEN 10 WHEN strpos(i.summary, t) > 0 THEN 5
                    WHEN strpos(i.clause, t) > 0 THEN 2 ELSE 0 END), 0) AS extra
                FROM unnest(\(skeletons)) AS t
            ) AS e
            CROSS JOIN LATERAL (SELECT 1000 * (w.weight + e.extra) / \(most) AS score) AS s
            WHERE true
            """
        if !grams.isEmpty {
            switch request.match {
            case .every: sql += " AND i.grams @> \(grams)"
            case .some: sql += " AND i.grams && \(grams) AND w.found >= \(request.query.leastGrams)"
            }
        }
        for phrase in request.query.phrases {
            sql += """
                 AND (strpos(i.title, \(phrase)) > 0 OR strpos(i.summary, \(phrase)) > 0
                    OR strpos(i.clause, \(phrase)) > 0)
                """
        }
        for tags in Dictionary(grouping: request.tags, by: \.dimension).values {
            sql += " AND i.tags && \(tags.map(\.description))"
        }
        return sql
    }

    private func rank(_ order: Order) -> SQL {
        switch order {
        case .relevance: "s.score"
        case .newest: "0::bigint"
        // A score has at most four digits.
        case .level: "s.score - 10000::bigint * i.level_rank"
        }
    }
}
