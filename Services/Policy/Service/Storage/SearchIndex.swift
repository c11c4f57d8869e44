import Domain
import Foundation
import PolicyDomain
import Postgres
import ServiceRuntime

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

    /// The ranks that any order gives: a score of at most four digits, less one step of the next digit for each level.
    static let ranks = -99_999...9_999

    /// Weights of a word by where it stands.
    private static let titleWeight: Int16 = 6
    private static let summaryWeight: Int16 = 3
    private static let clauseWeight: Int16 = 1

    /// Enters a version that came into force.
    func enter(_ publication: Publication, of point: PointID, number: String, in tx: Transaction) throws {
        let content = publication.content
        let title = SearchText(content.title)
        let summary = SearchText(content.summary)
        let rest = ([content.clause, number, content.contactPost, content.funding] + content.materials + content.steps)
            .map { SearchText($0) }
        var weights: [String: Int16] = [:]
        for text in rest { for gram in text.indexGrams { weights[gram] = Self.clauseWeight } }
        for gram in summary.indexGrams { weights[gram] = Self.summaryWeight }
        for gram in title.indexGrams { weights[gram] = Self.titleWeight }
        let grams = weights.sorted { $0.key < $1.key }
        // A line break keeps phrases from reaching over the parts.
        try tx.execute(
            """
            INSERT INTO policy.point_index
                (point_id, revision, published_at, level_rank, tags, title, summary, clause, grams, weights, format)
            VALUES (\(point.uuid), \(publication.revision), \(publication.publishedAt.instant), \(content.level.rank),
                \(content.tags.sorted().map(\.description)), \(title.skeleton), \(summary.skeleton),
                \(rest.map(\.skeleton).joined(separator: "\n")), \(grams.map(\.key)), \(grams.map(\.value)),
                \(SearchText.format))
            ON CONFLICT (point_id) DO UPDATE SET
                revision = EXCLUDED.revision, published_at = EXCLUDED.published_at, level_rank = EXCLUDED.level_rank,
                tags = EXCLUDED.tags, title = EXCLUDED.title, summary = EXCLUDED.summary, clause = EXCLUDED.clause,
                grams = EXCLUDED.grams, weights = EXCLUDED.weights, format = EXCLUDED.format
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
        try tx.only("SELECT EXISTS (SELECT 1 \(matches(request))) AS found").get("found")
    }

    /// One page of points.
    func page(_ request: Request, after: Key?, limit: Int, in tx: Transaction) throws -> [Found] {
        let most = max(1, Int(Self.titleWeight) * request.query.grams.count + 10 * request.query.skeletons.count)
        let rank: SQL =
            switch request.order {
            case .relevance: "s.score"
            case .newest: "0::bigint"
            // A score has at most four digits.
            case .level: "s.score - 10000::bigint * i.level_rank"
            }
        // Words that stand together as they were typed weigh extra.
        var sql: SQL = """
            SELECT point_id, score, rank, published_at FROM (
                SELECT i.point_id, i.published_at, s.score, \(rank) AS rank
                \(matches(request, isWeighed: true, then: """
                    CROSS JOIN LATERAL (
                        SELECT coalesce(sum(CASE WHEN strpos(i.title, t) > 0 THEN 10 WHEN strpos(i.summary, t) > 0 THEN 5
                            WHEN strpos(i.clause, t) > 0 THEN 2 ELSE 0 END), 0) AS extra
                        FROM unnest(\(request.query.skeletons)) AS t
                    ) AS e
                    CROSS JOIN LATERAL (SELECT 1000 * (w.weight + e.extra) / \(most) AS score) AS s
                    """))
            ) AS hit
            """
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

    /// How many points match, and how many of them carry each tag, the most frequent first.
    func counts(_ request: Request, in tx: Transaction) throws -> (total: Int64, facets: [(tag: Tag, count: Int64)]) {
        let rows = try tx.query(
            """
            WITH hit AS MATERIALIZED (SELECT i.tags \(matches(request)))
            SELECT '' AS tag, count(*) AS total FROM hit
            UNION ALL
            SELECT tag, count(*) FROM hit CROSS JOIN LATERAL unnest(hit.tags) AS tag GROUP BY tag
            ORDER BY total DESC, tag
            """
        ) { (tag: try $0.get("tag", as: String.self), count: try $0.get("total", as: Int64.self)) }
        let facets = try rows.filter { !$0.tag.isEmpty }.map { row in
            (tag: try reading { try TagVocabulary.standard.tag(text: row.tag) }, count: row.count)
        }
        return (rows.first { $0.tag.isEmpty }?.count ?? 0, facets)
    }

    /// FROM and WHERE of all matches, of the index as i; weighed, w tells how many grams were found and their weight.
    private func matches(_ request: Request, isWeighed: Bool = false, then joins: SQL = "") -> SQL {
        let grams = request.query.grams
        var sql: SQL = "FROM policy.point_index AS i"
        if grams.isEmpty {
            sql += " CROSS JOIN (VALUES (0::bigint, 0::bigint)) AS w (found, weight)"
        } else if isWeighed || request.match == .some {
            sql += """
                 CROSS JOIN LATERAL (
                    SELECT count(*) AS found, coalesce(sum(g.weight), 0) AS weight
                    FROM unnest(i.grams, i.weights) AS g (gram, weight) WHERE g.gram = ANY (\(grams))
                ) AS w
                """
        }
        sql += " \(joins) WHERE true"
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
}
