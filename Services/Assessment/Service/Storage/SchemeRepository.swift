import AssessmentDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// One version of a scheme as lists and answers show it.
struct StoredScheme: Sendable {
    let id: SchemeID
    let tier: Tier
    let revision: SchemeRevision
    let state: SchemeState
    let version: Int64
}

/// Schemes over their versions (ASM-8).
struct SchemeRepository: Sendable {
    let coding: ContentCoding

    private static let columns: SQL =
        "s.id, s.tier, s.seq, r.revision, r.state, r.content_format, r.content, r.authors"

    /// The aggregate; nil when there is none.
    func find(_ id: SchemeID, in tx: Transaction) throws -> Scheme? {
        try aggregate(
            try tx.query(
                """
                SELECT \(Self.columns)
                FROM assessment.scheme_revision AS r JOIN assessment.scheme AS s ON s.id = r.scheme_id
                WHERE s.id = \(id.uuid) AND r.state <> 'superseded' ORDER BY r.revision DESC LIMIT 2
                """, as: stored))
    }

    /// The scheme of a tier; nil when there is none.
    func find(_ tier: Tier, in tx: Transaction) throws -> Scheme? {
        try aggregate(
            try tx.query(
                """
                SELECT \(Self.columns)
                FROM assessment.scheme_revision AS r JOIN assessment.scheme AS s ON s.id = r.scheme_id
                WHERE s.tier = \(tier.rawValue) AND r.state <> 'superseded' ORDER BY r.revision DESC LIMIT 2
                """, as: stored))
    }

    private func aggregate(_ revisions: [StoredScheme]) throws -> Scheme? {
        guard let newest = revisions.first else { return nil }
        let state: Scheme.State
        switch newest.state {
        case .draft: state = .draft(newest.revision, before: revisions.dropFirst().first?.revision)
        case .published: state = .published(newest.revision)
        case .superseded: throw PostgresError.decoding(column: "state", reason: "no version is the newest")
        }
        return Scheme(id: newest.id, tier: newest.tier, state: state, version: newest.version)
    }

    /// One version; the newest for nil.
    func revision(_ number: Int?, of id: SchemeID, in tx: Transaction) throws -> StoredScheme? {
        try tx.first(
            """
            SELECT \(Self.columns)
            FROM assessment.scheme_revision AS r JOIN assessment.scheme AS s ON s.id = r.scheme_id
            WHERE s.id = \(id.uuid) AND (\(number)::integer IS NULL OR r.revision = \(number))
            ORDER BY r.revision DESC LIMIT 1
            """
        ).map(stored)
    }

    /// The newest version of each scheme, by identifier.
    func list(after id: SchemeID?, limit: Int, in tx: Transaction) throws -> [StoredScheme] {
        try tx.query(
            """
            SELECT \(Self.columns)
            FROM assessment.scheme AS s
            JOIN LATERAL (
                SELECT * FROM assessment.scheme_revision WHERE scheme_id = s.id ORDER BY revision DESC LIMIT 1
            ) AS r ON true
            WHERE \(id?.uuid)::uuid IS NULL OR s.id > \(id?.uuid) ORDER BY s.id LIMIT \(limit)
            """, as: stored)
    }

    /// Stores a new scheme.
    func insert(_ scheme: Scheme, in tx: Transaction) throws {
        let inserted = try tx.execute(
            """
            INSERT INTO assessment.scheme (id, tier, seq) VALUES (\(scheme.id.uuid), \(scheme.tier.rawValue), 1)
            ON CONFLICT (tier) DO NOTHING
            """)
        guard inserted == 1 else { throw Problem.alreadyExists("scheme of the tier \(scheme.tier.rawValue)") }
        try write(scheme, publishedBy: nil, in: tx)
    }

    /// Stores a command's effect.
    ///
    /// - Returns: the sequence number of its event, where it publishes.
    @discardableResult
    func save(
        _ scheme: Scheme, publishedBy: AccountID? = nil, superseding superseded: Int? = nil, in tx: Transaction
    ) throws -> Int64 {
        let row = try tx.first(
            """
            UPDATE assessment.scheme SET seq = seq + 1, event_seq = event_seq + \(publishedBy == nil ? 0 : 1)
            WHERE id = \(scheme.id.uuid) AND seq = \(scheme.version - 1) RETURNING event_seq
            """)
        guard let row else { throw try tx.lostRace("SELECT seq FROM assessment.scheme WHERE id = \(scheme.id.uuid)") }
        if let superseded {
            try tx.execute(
                """
                UPDATE assessment.scheme_revision SET state = 'superseded'
                WHERE scheme_id = \(scheme.id.uuid) AND revision = \(superseded) AND state = 'published'
                """, expecting: 1)
        }
        try write(scheme, publishedBy: publishedBy, in: tx)
        return try row.get("event_seq")
    }

    private func write(_ scheme: Scheme, publishedBy: AccountID?, in tx: Transaction) throws {
        let revision = scheme.newest
        try tx.execute(
            """
            INSERT INTO assessment.scheme_revision
                (scheme_id, revision, state, name, content_format, content, authors, published_by)
            VALUES (\(scheme.id.uuid), \(revision.number), \(scheme.stateName.rawValue), \(revision.content.name),
                \(coding.format), \(try coding.encodeScheme(revision.content)),
                \(revision.authors.map(\.text).sorted()), \(publishedBy?.text))
            ON CONFLICT (scheme_id, revision) DO UPDATE SET
                state = EXCLUDED.state, name = EXCLUDED.name, content_format = EXCLUDED.content_format,
                content = EXCLUDED.content, authors = EXCLUDED.authors, published_by = EXCLUDED.published_by
            """, expecting: 1)
    }

    private func stored(_ row: Row) throws -> StoredScheme {
        try reading {
            StoredScheme(
                id: SchemeID(try row.get("id")), tier: try .stored(row, "tier"),
                revision: SchemeRevision(
                    number: Int(try row.get("revision", as: Int32.self)),
                    content: try coding.decodeScheme(row.get("content"), row.get("content_format")),
                    authors: Set(try row.get("authors", as: [String].self).map(AccountID.init))),
                state: try .stored(row, "state"), version: try row.get("seq"))
        }
    }
}
