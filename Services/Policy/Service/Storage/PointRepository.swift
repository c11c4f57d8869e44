import Domain
import Foundation
import PolicyDomain
import Postgres
import ServiceRuntime

/// Points and their versions in the schema `policy` (POL-2, POL-6).
struct PointRepository: Sendable {
    let coding: ContentCoding

    /// The aggregate; nil when there is none.
    func find(_ id: PointID, in tx: Transaction) throws -> Point? {
        let revisions = try tx.query(
            """
            SELECT \(PointRevision.columns)
            FROM policy.point_revision AS r JOIN policy.point AS p ON p.id = r.point_id
            WHERE r.point_id = \(id.uuid) AND r.state <> 'superseded'
            ORDER BY r.revision DESC LIMIT 2
            """
        ) { row in try reading { try PointRevision(row, coding: coding) } }
        guard let newest = revisions.first else { return nil }
        let state: Point.State
        switch newest.state {
        case .draft: state = .draft(newest.draft, before: try revisions.dropFirst().first?.standing)
        case .inReview: state = .inReview(newest.draft, before: try revisions.dropFirst().first?.standing)
        case .published, .withdrawn, .expired, .superseded:
            guard let standing = try newest.standing else {
                throw PostgresError.decoding(column: "state", reason: "no version of the point stands")
            }
            state = .standing(standing)
        }
        return Point(id: newest.pointID, documentID: newest.documentID, state: state, version: newest.version)
    }

    /// Stores a new point with its first draft.
    func insert(_ point: Point, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO policy.point (id, document_id, seq)
            VALUES (\(point.id.uuid), \(point.documentID.uuid), \(point.version))
            """, expecting: 1)
        try writeWork(of: point, in: tx)
    }

    /// Stores a change of the version that is being written.
    func saveWork(of point: Point, in tx: Transaction) throws {
        try advance(point, in: tx)
        try writeWork(of: point, in: tx)
    }

    /// Stores a publication.
    ///
    /// - Returns: the sequence number of its event.
    func save(_ fact: PointWasPublished, of point: Point, in tx: Transaction) throws -> Int64 {
        let seq = try advanceWithEvent(point, in: tx)
        if let superseded = fact.superseded {
            try tx.execute(
                """
                UPDATE policy.point_revision SET state = 'superseded'
                WHERE point_id = \(point.id.uuid) AND revision = \(superseded) AND state = 'published'
                """, expecting: 1)
        }
        let publication = fact.publication
        try tx.execute(
            """
            UPDATE policy.point_revision
            SET state = 'published', published_by = \(publication.publishedBy.text),
                published_at = \(publication.publishedAt.instant), reason = ''
            WHERE point_id = \(point.id.uuid) AND revision = \(publication.revision) AND state = 'in_review'
            """, expecting: 1)
        return seq
    }

    /// Stores a withdrawal.
    ///
    /// - Returns: the sequence number of its event.
    func save(_ fact: PointWasWithdrawn, of point: Point, in tx: Transaction) throws -> Int64 {
        let seq = try advanceWithEvent(point, in: tx)
        try tx.execute(
            """
            UPDATE policy.point_revision SET state = 'withdrawn', reason = \(fact.reason)
            WHERE point_id = \(point.id.uuid) AND revision = \(fact.publication.revision) AND state = 'published'
            """, expecting: 1)
        return seq
    }

    /// Stores an expiry.
    ///
    /// - Returns: the sequence number of its event.
    func save(_ fact: PointHasExpired, of point: Point, in tx: Transaction) throws -> Int64 {
        let seq = try advanceWithEvent(point, in: tx)
        try tx.execute(
            """
            UPDATE policy.point_revision SET state = 'expired', expired_on = \(fact.on.stored)
            WHERE point_id = \(point.id.uuid) AND revision = \(fact.publication.revision) AND state = 'published'
            """, expecting: 1)
        return seq
    }

    /// Points in force whose last day has passed, the earliest first; their rows are locked, and those locked by
    /// another transaction are left to it.
    func due(on today: CivilDate, limit: Int, in tx: Transaction) throws -> [PointID] {
        try tx.query(
            """
            SELECT r.point_id
            FROM policy.point_revision AS r JOIN policy.point AS p ON p.id = r.point_id
            WHERE r.state = 'published' AND r.valid_until <= \(today.stored)
            ORDER BY r.valid_until, r.point_id LIMIT \(limit)
            FOR UPDATE OF p SKIP LOCKED
            """
        ) { PointID(try $0.get("point_id", as: UUID.self)) }
    }

    /// Points of which a version is or was in force, behind an identifier and in its order, locked; with the sequence
    /// number of the newest event.
    func announced(after id: PointID?, limit: Int, in tx: Transaction) throws -> [(id: PointID, seq: Int64)] {
        try tx.query(
            """
            SELECT id, event_seq FROM policy.point
            WHERE event_seq > 0 AND (\(id?.uuid)::uuid IS NULL OR id > \(id?.uuid))
            ORDER BY id LIMIT \(limit) FOR NO KEY UPDATE
            """
        ) { (id: PointID(try $0.get("id", as: UUID.self)), seq: try $0.get("event_seq", as: Int64.self)) }
    }

    /// Raises the version by one, unless someone else did first.
    private func advance(_ point: Point, in tx: Transaction) throws {
        let changed = try tx.execute(
            "UPDATE policy.point SET seq = seq + 1 WHERE id = \(point.id.uuid) AND seq = \(point.version - 1)")
        guard changed == 1 else { throw try lostRace(point.id, in: tx) }
    }

    private func advanceWithEvent(_ point: Point, in tx: Transaction) throws -> Int64 {
        let row = try tx.first(
            """
            UPDATE policy.point SET seq = seq + 1, event_seq = event_seq + 1
            WHERE id = \(point.id.uuid) AND seq = \(point.version - 1) RETURNING event_seq
            """)
        guard let row else { throw try lostRace(point.id, in: tx) }
        return try row.get("event_seq")
    }

    private func lostRace(_ id: PointID, in tx: Transaction) throws -> Problem {
        try tx.lostRace("SELECT seq FROM policy.point WHERE id = \(id.uuid)")
    }

    /// Writes the version in work, whether it is there already or not.
    private func writeWork(of point: Point, in tx: Transaction) throws {
        guard let draft = point.work else { return }
        let content = draft.content
        let bytes = try coding.encode(
            ContentParts(condition: content.condition, benefit: content.benefit, audience: content.audience))
        try tx.execute(
            """
            INSERT INTO policy.point_revision
                (point_id, revision, state, drafted_by, editors, reason, title, summary, clause, responsible_unit,
                 contact_post, level, kind, tags, mode, materials, steps, funding, working_days, valid_from, valid_until,
                 content_format, condition, benefit, audience)
            VALUES (\(point.id.uuid), \(draft.revision), \(point.stateName.rawValue), \(draft.draftedBy.text),
                \(draft.editors.map(\.text).sorted()), \(draft.returnReason ?? ""), \(content.title), \(content.summary),
                \(content.clause), \(content.responsibleUnit.text), \(content.contactPost), \(content.level.rawValue),
                \(content.kind.stored), \(content.tags.sorted().map(\.description)), \(content.mode.rawValue),
                \(content.materials), \(content.steps), \(content.funding), \(content.workingDays),
                \(content.valid?.start.stored), \(content.valid?.end?.stored), \(coding.format), \(bytes.condition),
                \(bytes.benefit), \(bytes.audience))
            ON CONFLICT (point_id, revision) DO UPDATE SET
                state = EXCLUDED.state, editors = EXCLUDED.editors, reason = EXCLUDED.reason, title = EXCLUDED.title,
                summary = EXCLUDED.summary, clause = EXCLUDED.clause, responsible_unit = EXCLUDED.responsible_unit,
                contact_post = EXCLUDED.contact_post, level = EXCLUDED.level, kind = EXCLUDED.kind,
                tags = EXCLUDED.tags, mode = EXCLUDED.mode, materials = EXCLUDED.materials, steps = EXCLUDED.steps,
                funding = EXCLUDED.funding, working_days = EXCLUDED.working_days, valid_from = EXCLUDED.valid_from,
                valid_until = EXCLUDED.valid_until, content_format = EXCLUDED.content_format,
                condition = EXCLUDED.condition, benefit = EXCLUDED.benefit, audience = EXCLUDED.audience
            """, expecting: 1)
    }
}
