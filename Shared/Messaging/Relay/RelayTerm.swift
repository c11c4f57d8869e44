import Kafka
import Postgres

/// One term of office of a relay's leader, kept in the database so that a successor knows how the last one ended.
struct RelayTerm: Sendable {
    /// Number of the term; every write of the leader names it.
    let epoch: Int64
    /// Whether the leader before ended with nothing under way.
    let wasClean: Bool
    private let schema: String

    /// Begins a term on the connection that holds the lock.
    static func begin(schema: String, leader: String, on connection: DedicatedConnection) async throws -> RelayTerm {
        try await connection.transaction { transaction in
            let state = try transaction.only(
                "SELECT epoch, clean FROM \(unescaped: schema).relay_state FOR UPDATE")
            let term = RelayTerm(
                epoch: try state.get("epoch", as: Int64.self) + 1, wasClean: try state.get("clean"), schema: schema)
            let changed = try transaction.execute(
                """
                UPDATE \(unescaped: schema).relay_state
                SET epoch = \(term.epoch), clean = false, leader = \(leader), since = clock_timestamp()
                """)
            guard changed == 1 else { throw PostgresError.unexpectedRowCount(expected: 1, actual: changed) }
            return term
        }
    }

    /// Takes delivered events off the pending list, gives them their places in the sequence of publication, and notes
    /// how far the broker got per partition and day.
    func mark(
        _ delivered: [(row: JournalRow, place: Delivery)], on connection: DedicatedConnection
    ) async throws {
        let ids = delivered.map(\.row.id)
        let highest = DeliveredDay.highest(of: delivered)
        try await connection.transaction { [schema, epoch] transaction in
            let marked = try transaction.execute(
                """
                WITH gone AS (
                    DELETE FROM \(unescaped: schema).pending WHERE journal_id = ANY(\(ids))
                    RETURNING journal_id, again
                ), first AS (
                    SELECT journal_id FROM gone WHERE NOT again
                ), moved AS (
                    UPDATE \(unescaped: schema).relay_state
                    SET position = position + (SELECT count(*) FROM first) WHERE epoch = \(epoch)
                    RETURNING position - (SELECT count(*) FROM first) AS base
                ), placed AS (
                    INSERT INTO \(unescaped: schema).publication (position, journal_id)
                    SELECT moved.base + row_number() OVER (ORDER BY first.journal_id), first.journal_id
                    FROM first, moved
                )
                SELECT 1 FROM gone, moved
                """)
            guard marked == ids.count else {
                throw PostgresError.unexpectedRowCount(expected: ids.count, actual: marked)
            }
            try DeliveredDay.note(highest, schema: schema, in: transaction)
        }
    }

    /// Notes the cluster that the term publishes to. When it is not the one before, everything that the journal holds
    /// is put on the pending list again, of states the newest: a broker made anew is refilled, and the inboxes make the
    /// repetition harmless (RELIABILITY rule 11).
    ///
    /// - Parameter piece: how many journal numbers one statement puts back.
    /// - Returns: how many events are to be published again; nil when the cluster is the one before.
    func adopt(cluster: String, piece: Int64, on connection: DedicatedConnection) async throws -> Int? {
        let state = try await connection.transaction { [schema, epoch] transaction in
            let row = try transaction.only(
                """
                SELECT cluster, (SELECT coalesce(max(id), 0) FROM \(unescaped: schema).journal) AS newest,
                    to_regclass(\("\(schema).journal_0")) IS NULL AS is_pruned
                FROM \(unescaped: schema).relay_state WHERE epoch = \(epoch)
                """)
            return (
                before: try row.get("cluster", as: String.self), newest: try row.get("newest", as: Int64.self),
                isPruned: try row.get("is_pruned", as: Bool.self)
            )
        }
        guard state.before != cluster else { return nil }
        // What the journal no longer holds of the states has to come from the tables.
        let isPruned = !state.before.isEmpty && state.isPruned
        var again = 0
        if !state.before.isEmpty {
            try await forgetRefilled(piece, on: connection)
            // In pieces, so that no statement runs long; a repetition after a crash adds nothing twice. The newest piece
            // comes first: of a state that it holds nothing older is put back.
            for start in stride(from: 0, to: state.newest, by: Int(piece)).reversed() {
                again += try await refill(after: start, to: start + piece, on: connection)
            }
            try await forgetRefilled(piece, on: connection)
        }
        try await connection.transaction { [schema, epoch] transaction in
            let noted = try transaction.execute(
                """
                UPDATE \(unescaped: schema).relay_state
                SET cluster = \(cluster), seed_wanted = seed_wanted OR \(isPruned)
                WHERE epoch = \(epoch)
                """)
            guard noted == 1 else { throw PostgresError.unexpectedRowCount(expected: 1, actual: noted) }
        }
        return again
    }

    /// Puts the events of some journal numbers on the pending list, and of states only those whose key no later number
    /// has: others would tell a reader that comes meanwhile what is no longer true.
    private func refill(after start: Int64, to end: Int64, on connection: DedicatedConnection) async throws -> Int {
        try await connection.transaction { [schema] transaction in
            try transaction.execute(
                """
                WITH held AS (
                    SELECT id, topic, key, topic LIKE \(Topic.Kind.stateNames) AS is_state,
                        row_number() OVER (PARTITION BY topic, key ORDER BY id DESC) AS age
                    FROM \(unescaped: schema).journal WHERE id > \(start) AND id <= \(end)
                ), newest AS (
                    INSERT INTO \(unescaped: schema).refilled_state (topic, key)
                    SELECT topic, key FROM held WHERE is_state AND age = 1
                    ON CONFLICT DO NOTHING RETURNING topic, key
                )
                INSERT INTO \(unescaped: schema).pending (journal_id, again)
                SELECT id, true FROM held
                WHERE NOT is_state OR age = 1 AND (topic, key) IN (SELECT topic, key FROM newest)
                ON CONFLICT DO NOTHING
                """)
        }
    }

    /// Empties the list of states that a refill has put back; a refill that was cut short has left some.
    private func forgetRefilled(_ piece: Int64, on connection: DedicatedConnection) async throws {
        var gone: Int
        repeat {
            gone = try await connection.transaction { [schema] transaction in
                try transaction.execute(
                    """
                    DELETE FROM \(unescaped: schema).refilled_state WHERE ctid = ANY(ARRAY(
                        SELECT ctid FROM \(unescaped: schema).refilled_state LIMIT \(piece)))
                    """)
            }
        } while gone > 0
    }

    /// Ends the term with nothing under way, so that the successor need not wait.
    func end(on connection: DedicatedConnection) async throws {
        let ending = Task {
            try await connection.transaction { [schema, epoch] transaction in
                _ = try transaction.execute(
                    "UPDATE \(unescaped: schema).relay_state SET clean = true WHERE epoch = \(epoch)")
            }
        }
        try await ending.value
    }
}

/// Numbers for advisory locks, derived from names so that they are the same in every process.
enum LockName {
    /// FNV-1a of the name.
    static func key(_ name: String) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int64(bitPattern: hash)
    }
}
