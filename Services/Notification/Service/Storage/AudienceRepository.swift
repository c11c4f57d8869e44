import Domain
import Foundation
import NotificationDomain
import Postgres

/// Audiences in the database: their state, chunks of members, and single changes (NTF-5).
enum AudienceRepository {
    /// A later change of one member; no verdict means that the enterprise has left.
    struct Override: Sendable {
        let ordinal: UInt32
        let verdict: Verdict?
        let estimatedFen: Int64
    }

    /// The audience of a point, locked until the transaction ends, so that two messages about it cannot cross; made
    /// when there is none.
    static func lock(_ point: UUID, in transaction: Transaction) throws -> Audience {
        try transaction.execute(
            """
            INSERT INTO notification.audience (point_id, state, generation, revision, members, title)
            VALUES (\(point), 'gathering', 0, 0, 0, '') ON CONFLICT (point_id) DO NOTHING
            """)
        return try Audience(
            row: try transaction.only(
                """
                SELECT point_id, state, generation, revision, members, title
                FROM notification.audience WHERE point_id = \(point) FOR UPDATE
                """))
    }

    /// Stores where an audience stands.
    static func save(_ audience: Audience, in transaction: Transaction) throws {
        let (generation, revision, members, title): (Int64, Int32, Int64, String) =
            switch audience.state {
            case .gathering: (0, 0, 0, "")
            case .current(let current): (current.number, current.revision, current.members, current.title)
            case .dissolved(let through): (through, 0, 0, "")
            }
        try transaction.execute(
            """
            UPDATE notification.audience
            SET state = \(audience.state.name.rawValue), generation = \(generation), revision = \(revision),
                members = \(members), title = \(title)
            WHERE point_id = \(try UUID(known: audience.pointID))
            """, expecting: 1)
    }

    /// Stores a chunk of a generation that is not closed; a repetition replaces it.
    static func put(
        _ members: AudienceMembers, verdict: Verdict, chunk: Int32, generation: Int64, of point: UUID,
        in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO notification.audience_chunk
                (point_id, generation, chunk, verdict, first_ordinal, last_ordinal, members)
            VALUES (\(point), \(generation), \(chunk), \(verdict.rawValue), \(members.first), \(members.last),
                \(members.encoded))
            ON CONFLICT (point_id, generation, chunk) DO UPDATE
            SET verdict = EXCLUDED.verdict, first_ordinal = EXCLUDED.first_ordinal,
                last_ordinal = EXCLUDED.last_ordinal, members = EXCLUDED.members
            """, expecting: 1)
    }

    /// The chunks of a generation by their numbers.
    static func chunks(
        of point: UUID, generation: Int64, in transaction: Transaction
    ) throws -> [(number: Int32, members: AudienceMembers)] {
        try transaction.query(
            """
            SELECT chunk, members FROM notification.audience_chunk
            WHERE point_id = \(point) AND generation = \(generation) ORDER BY chunk
            """
        ) { (number: try $0.get("chunk"), members: try AudienceMembers(encoded: try $0.get("members"))) }
    }

    /// Stores the change of one member.
    static func put(
        _ change: Override, generation: Int64, of point: UUID, in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO notification.audience_override (point_id, generation, ordinal, verdict, estimated_fen)
            VALUES (\(point), \(generation), \(change.ordinal), \(change.verdict?.rawValue), \(change.estimatedFen))
            ON CONFLICT (point_id, generation, ordinal) DO UPDATE
            SET verdict = EXCLUDED.verdict, estimated_fen = EXCLUDED.estimated_fen
            """, expecting: 1)
    }

    /// The single changes of a generation; of the given ordinals only, when there are any given.
    static func overrides(
        of point: UUID, generation: Int64, ordinals: [UInt32]? = nil, in transaction: Transaction
    ) throws -> [Override] {
        let among: SQL = if let ordinals { "AND ordinal = ANY(\(ordinals))" } else { "" }
        return try transaction.query(
            """
            SELECT ordinal, verdict, estimated_fen FROM notification.audience_override
            WHERE point_id = \(point) AND generation = \(generation) \(among)
            """, as: Override.init(row:))
    }

    /// Deletes chunks and changes of the generations before one.
    static func forget(before generation: Int64, of point: UUID, in transaction: Transaction) throws {
        try transaction.execute(
            "DELETE FROM notification.audience_chunk WHERE point_id = \(point) AND generation < \(generation)")
        try transaction.execute(
            "DELETE FROM notification.audience_override WHERE point_id = \(point) AND generation < \(generation)")
    }
}

extension Audience.State {
    /// The words of the column, which a test compares with its CHECK.
    enum Name: String, CaseIterable {
        case gathering, current, dissolved
    }

    var name: Name {
        switch self {
        case .gathering: .gathering
        case .current: .current
        case .dissolved: .dissolved
        }
    }
}

extension Audience {
    init(row: Row) throws {
        let name: State.Name = try row.value("state", table: "audience")
        let generation: Int64 = try row.get("generation")
        let state: State =
            switch name {
            case .gathering: .gathering
            case .dissolved: .dissolved(through: generation)
            case .current:
                .current(
                    Generation(
                        number: generation, revision: try row.get("revision"), members: try row.get("members"),
                        title: try row.get("title")))
            }
        self.init(pointID: try row.get("point_id", as: UUID.self).text, state: state)
    }
}

extension AudienceRepository.Override {
    init(row: Row) throws {
        ordinal = try row.get("ordinal")
        verdict = try row.get("verdict", as: String?.self).map { text in
            guard let verdict = Verdict(rawValue: text) else {
                throw StoredRowError("audience_override", "verdict is unknown")
            }
            return verdict
        }
        estimatedFen = try row.get("estimated_fen")
    }
}
