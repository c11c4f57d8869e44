import Domain
import Postgres

/// Stored audiences: one row per point, members in blocks (ENT-11).
struct AudienceRepository {
    let tx: Transaction

    /// The head of an audience.
    struct Head: Sendable {
        let pointID: String
        var revision: Int32
        var generation: Int64
        /// Sequence number of the last event of this audience.
        var seq: Int64
        var isDissolved: Bool
        var matchedAt: Instant

        init(_ row: Row) throws {
            pointID = try row.get("point_id")
            revision = try row.get("revision")
            generation = try row.get("generation")
            seq = try row.get("seq")
            isDissolved = try row.get("is_dissolved")
            matchedAt = try row.get("matched_at")
        }
    }

    private static let columns: SQL = "point_id, revision, generation, seq, is_dissolved, matched_at"

    /// The head of a point's audience; nil before it was matched.
    func head(_ point: String) throws -> Head? {
        try tx.query(
            "SELECT \(Self.columns) FROM enterprise.audience WHERE point_id = \(point)", as: Head.init
        ).first
    }

    /// The heads of all audiences, those that have ended included, by point.
    func heads() throws -> [Head] {
        try tx.query("SELECT \(Self.columns) FROM enterprise.audience ORDER BY point_id", as: Head.init)
    }

    /// The heads of audiences that exist, by point, locked for a change.
    func lockedHeads() throws -> [Head] {
        try tx.query(
            """
            SELECT \(Self.columns) FROM enterprise.audience WHERE NOT is_dissolved ORDER BY point_id FOR UPDATE
            """, as: Head.init)
    }

    /// Stores a head that is new.
    func insert(_ point: String, revision: Int32, generation: Int64, seq: Int64, matchedAt: Instant) throws {
        try tx.execute(
            """
            INSERT INTO enterprise.audience (point_id, revision, generation, seq, is_dissolved, matched_at)
            VALUES (\(point), \(revision), \(generation), \(seq), false, \(matchedAt))
            """, expecting: 1)
    }

    /// Stores a changed head; `expected` is the sequence number that was read. A former leader changes nothing.
    func update(_ head: Head, expected: Int64) throws {
        try tx.execute(
            """
            UPDATE enterprise.audience
            SET revision = \(head.revision), generation = \(head.generation), seq = \(head.seq),
                is_dissolved = \(head.isDissolved), matched_at = \(head.matchedAt)
            WHERE point_id = \(head.pointID) AND seq = \(expected)
            """, expecting: 1)
    }

    /// The members of a point's audience; with `blocks` only those of some blocks.
    func members(_ point: String, blocks: [Int32]? = nil) throws -> AudienceSets {
        var sets = AudienceSets.empty
        let narrowing: SQL = blocks.map { " AND block = ANY(\($0))" } ?? ""
        for row in try tx.query(
            """
            SELECT verdict, members FROM enterprise.audience_block WHERE point_id = \(point)\(narrowing)
            """)
        {
            guard let members = Bitmap(serialised: try row.get("members")) else {
                throw PostgresError.decoding(column: "members", reason: "is no bitmap")
            }
            sets[try row.word("verdict", as: Verdict.self)].formUnion(members)
        }
        return sets
    }

    /// Replaces all members.
    func replace(_ point: String, _ sets: AudienceSets) throws {
        try tx.execute("DELETE FROM enterprise.audience_block WHERE point_id = \(point)")
        for verdict in Verdict.allCases {
            for block in sets[verdict].blocks { try write(point, verdict, block.number, block.members) }
        }
    }

    /// Replaces the members of some blocks.
    func replace(_ point: String, blocks: [Int32], _ sets: AudienceSets) throws {
        try tx.execute(
            "DELETE FROM enterprise.audience_block WHERE point_id = \(point) AND block = ANY(\(blocks))")
        for verdict in Verdict.allCases {
            for block in sets[verdict].blocks { try write(point, verdict, block.number, block.members) }
        }
    }

    /// The estimates that were told for a point's members; with `blocks` only those of some blocks.
    func estimates(_ point: String, blocks: [Int32]? = nil) throws -> AudienceEstimates {
        var estimates = AudienceEstimates()
        let narrowing: SQL = blocks.map { " AND block = ANY(\($0))" } ?? ""
        for row in try tx.query(
            "SELECT block, estimates FROM enterprise.audience_estimate WHERE point_id = \(point)\(narrowing)")
        {
            try estimates.insert(block: row.get("block"), serialised: row.get("estimates"))
        }
        return estimates
    }

    /// Replaces estimates; with `blocks` only those of some blocks, of which `estimates` then tells alone.
    func replace(_ point: String, blocks: [Int32]? = nil, _ estimates: AudienceEstimates) throws {
        let narrowing: SQL = blocks.map { " AND block = ANY(\($0))" } ?? ""
        try tx.execute("DELETE FROM enterprise.audience_estimate WHERE point_id = \(point)\(narrowing)")
        for (block, bytes) in estimates.serialised where blocks?.contains(block) ?? true {
            try tx.execute(
                """
                INSERT INTO enterprise.audience_estimate (point_id, block, estimates)
                VALUES (\(point), \(block), \(bytes))
                """, expecting: 1)
        }
    }

    private func write(_ point: String, _ verdict: Verdict, _ block: Int32, _ members: Bitmap) throws {
        try tx.execute(
            """
            INSERT INTO enterprise.audience_block (point_id, verdict, block, members)
            VALUES (\(point), \(verdict.rawValue), \(block), \(members.serialised))
            """, expecting: 1)
    }
}
