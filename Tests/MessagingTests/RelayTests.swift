import Foundation
import Kafka
import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite("Relay (XCT-5)", .serialized)
struct RelayTests {
    @Test(
        "Commits out of order, with rollbacks and a transaction held open, are published once, in order, without gaps")
    func outOfOrderCommits() async throws {
        let bench = try await Bench.make()
        let keys = (0..<8).map { "key-\($0)" }
        try await alongside([{ try await bench.relay().run() }]) {
            let held = Task {
                try await bench.database.transaction { transaction in
                    try bench.outbox.append(bench.event("held", 1), in: transaction)
                    _ = try transaction.execute("SELECT pg_sleep(1.5)")
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in keys {
                    group.addTask { try await commitHistory(of: key, length: 25, bench) }
                }
                try await group.waitForAll()
            }
            // Others proceed while one transaction is still open.
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            try await held.value
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        let published = try await bench.published().map { try IncomingEvent($0) }
        #expect(published.count == 8 * 25 + 1)
        for key in keys { #expect(published.filter { $0.key == key }.map(\.seq) == Array(1...25)) }
        #expect(try await bench.number("SELECT count(*) FROM sample.publication") == 201)
        #expect(try await bench.number("SELECT max(position) FROM sample.publication") == 201)
        #expect(try await bench.number("SELECT count(DISTINCT journal_id) FROM sample.publication") == 201)
    }

    /// Events of one key, each in a transaction of its own; every third one is rolled back once before it commits.
    private func commitHistory(of key: String, length: Int64, _ bench: Bench) async throws {
        struct Rollback: Error {}
        for seq in 1...length {
            if seq % 3 == 0 {
                await #expect(throws: Rollback.self) {
                    try await bench.database.transaction { transaction in
                        try bench.outbox.append(bench.event(key, seq), in: transaction)
                        throw Rollback()
                    }
                }
            }
            try await bench.database.transaction { transaction in
                try bench.outbox.append(bench.event(key, seq), in: transaction)
                _ = try transaction.execute("SELECT pg_sleep(\(Double.random(in: 0...0.02)))")
            }
        }
    }

    @Test("The scanner finds a number that becomes visible late and forgets one that never will")
    func scannerGaps() async throws {
        let bench = try await Bench.make()
        var scanner = PendingScanner(schema: Bench.schema)
        func scan() async throws -> [Int64] {
            let (rows, next) = try await bench.database.transaction { [scanner] transaction in
                var scanner = scanner
                return (try scanner.read(limit: 100, in: transaction).map(\.seq), scanner)
            }
            scanner = next
            return rows
        }
        func settle(_ seqs: [Int64]) async throws {
            try await bench.admin.transaction { transaction in
                _ = try transaction.execute(
                    """
                    DELETE FROM sample.pending USING sample.journal
                    WHERE journal_id = journal.id AND seq = ANY(\(seqs))
                    """)
            }
        }
        try await bench.commit(bench.event("a", 1))
        #expect(try await scan() == [1])
        #expect(try await scan() == [1])
        try await settle([1])

        try await bench.admin.transaction { _ = try $0.execute("CREATE SEQUENCE sample.signal") }
        let slow = Task {
            try await bench.admin.transaction { transaction in
                try bench.outbox.append(bench.event("b", 2), in: transaction)
                _ = try transaction.execute(Self.wait("NOT (SELECT is_called FROM sample.signal)"))
            }
        }
        try await eventually {
            try await bench.number("SELECT last_value FROM sample.journal_id")
        } is: {
            $0 == 2
        }
        try await bench.commit(bench.event("c", 3))
        #expect(try await scan() == [3])
        try await settle([3])
        #expect(try await scan() == [])
        try await bench.admin.transaction { _ = try $0.execute("SELECT nextval('sample.signal')") }
        try await slow.value
        #expect(try await scan() == [2])
    }

    @Test("XCT-5 rows that are tried again come once, also in a scan from the start, and take no new row's place")
    func scannerAgain() async throws {
        let bench = try await Bench.make()
        for seq in 1...4 { try await bench.commit(bench.event("key-\(seq)", Int64(seq))) }
        var scanner = PendingScanner(schema: Bench.schema)
        func scan(limit: Int, again: [Int64]) async throws -> [Int64] {
            let (rows, next) = try await bench.database.transaction { [scanner] transaction in
                var scanner = scanner
                return (try scanner.read(limit: limit, again: again, in: transaction).map(\.seq), scanner)
            }
            scanner = next
            return rows
        }
        let ids = try await bench.database.transaction { transaction in
            try transaction.query("SELECT id FROM sample.journal ORDER BY id") { try $0.get("id", as: Int64.self) }
        }
        #expect(try await scan(limit: 10, again: [ids[0], ids[2]]) == [1, 2, 3, 4])
        scanner.startOver()
        #expect(try await scan(limit: 2, again: [ids[0]]) == [1, 2, 3])
        #expect(try await scan(limit: 2, again: [ids[0]]) == [1, 4])
    }

    @Test("The scanner waits for a number whose transaction is younger than the newest one that has ended")
    func scannerGapOfYoungerTransaction() async throws {
        let bench = try await Bench.make()
        var scanner = PendingScanner(schema: Bench.schema)
        func scan() async throws -> [Int64] {
            let (rows, next) = try await bench.database.transaction { [scanner] transaction in
                var scanner = scanner
                return (try scanner.read(limit: 100, in: transaction).map(\.seq), scanner)
            }
            scanner = next
            return rows
        }
        func settle(_ journalID: Int64) async throws {
            try await bench.admin.transaction { transaction in
                try transaction.execute("DELETE FROM sample.pending WHERE journal_id = \(journalID)", expecting: 1)
            }
        }
        try await bench.admin.transaction { _ = try $0.execute("CREATE SEQUENCE sample.signal") }
        try await bench.commit(bench.event("a", 1))
        #expect(try await scan() == [1])
        #expect(try await scan() == [1])
        try await settle(1)

        // The older transaction takes the higher journal number and ends; the younger one, with the lower, goes on.
        let older = Task {
            try await bench.admin.transaction { transaction in
                _ = try transaction.query("SELECT pg_current_xact_id()::text")
                _ = try transaction.execute("SELECT nextval('sample.signal')")
                _ = try transaction.execute(Self.wait("(SELECT last_value FROM sample.journal_id) < 2"))
                try bench.outbox.append(bench.event("older", 3), in: transaction)
            }
        }
        try await eventually {
            try await bench.number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM sample.signal")
        } is: {
            $0 == 1
        }
        let younger = Task {
            try await bench.admin.transaction { transaction in
                try bench.outbox.append(bench.event("younger", 2), in: transaction)
                _ = try transaction.execute(Self.wait("(SELECT last_value FROM sample.signal) < 2"))
            }
        }
        try await older.value
        #expect(try await scan() == [3])
        try await settle(3)
        #expect(try await scan() == [])
        try await bench.admin.transaction { _ = try $0.execute("SELECT nextval('sample.signal')") }
        try await younger.value
        #expect(try await scan() == [2])
    }

    /// A statement that lasts while a condition holds; sequences show what other transactions took at once.
    private static func wait(_ condition: String) -> SQL {
        "DO \(unescaped: "$wait$ BEGIN WHILE \(condition) LOOP PERFORM pg_sleep(0.01); END LOOP; END $wait$")"
    }

    @Test("A journal number is never taken before its transaction has its own number")
    func transactionNumberFirst() async throws {
        let bench = try await Bench.make()
        let columns = try await bench.admin.transaction { transaction in
            try transaction.query(
                """
                SELECT attname::text AS name FROM pg_attribute
                WHERE attrelid = 'sample.journal'::regclass AND attnum > 0 ORDER BY attnum LIMIT 2
                """
            ).map { try $0.get("name", as: String.self) }
        }
        #expect(columns == ["xid", "id"])
    }

    @Test("The envelope follows CloudEvents' Kafka binding in binary mode")
    func envelope() async throws {
        let bench = try await Bench.make()
        try await TraceParent.$current.withValue("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") {
            try await bench.commit(bench.event("kept", 1))
        }
        try await alongside([{ try await bench.relay().run() }]) {
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        let message = try #require(try await bench.published().first)
        let headers = EnvelopeReader(message.headers)
        #expect(message.key == Array("kept".utf8))
        #expect(message.value == Array("kept/1".utf8))
        #expect(headers.optional("ce_specversion") == "1.0")
        #expect(headers.optional("ce_source") == "/zhitongche/sample")
        #expect(headers.optional("ce_type") == "test.Counted")
        #expect(headers.optional("ce_subject") == "kept")
        #expect(headers.optional("ce_partitionkey") == "kept")
        #expect(headers.optional("ce_aggregateseq") == "00000000000000000001")
        #expect(headers.optional("content-type") == "application/protobuf")
        #expect(headers.optional("traceparent") == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        #expect(headers.optional("ce_id").map(UUIDv7.isValid) == true)
    }

    @Test("A broker that is away costs no event, and none overtakes another of its key")
    func brokerAway() async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        var settings = Bench.fastRelay
        settings.messageTimeout = .seconds(1)
        try await alongside([{ [settings] in try await bench.relay(settings: settings).run() }]) {
            try await bench.commit(bench.event("a", 1))
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            try bench.broker.freeze()
            for seq in 2...20 { try await bench.commit(bench.event("a", Int64(seq))) }
            #expect(try await bench.pending() == 19)
            try await Task.sleep(for: .seconds(2))  // Longer than the broker's time to acknowledge.
            try bench.broker.thaw()
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        let first = try await bench.published().map { try IncomingEvent($0) }.reduce(into: [Int64]()) { seen, event in
            if !seen.contains(event.seq) { seen.append(event.seq) }
        }
        #expect(first == Array(1...20))
    }

    @Test("A leader that loses its lock in the middle of a batch sends nothing more, and no order is broken")
    func lostLockUnderLoad() async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        // One key, so that its events go out one by one, and a slow broker, so that the batch takes long.
        try await bench.database.transaction { transaction in
            try bench.outbox.append(contentsOf: (1...200).map { bench.event("hot", Int64($0)) }, in: transaction)
        }
        try bench.broker.command("delay 50")
        try await alongside([{ try await bench.relay("one").run() }, { try await bench.relay("two").run() }]) {
            try await eventually {
                try await bench.published().count
            } is: {
                $0 >= 10
            }
            _ = try await bench.number(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database
                    WHERE datname = current_database())
                """)
            try bench.broker.command("delay 0")
            try await eventually(within: .seconds(60)) {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        // The successor repeats from the first unmarked event; between the two nothing of the former leader comes late.
        let seqs = try await bench.published().map { try IncomingEvent($0).seq }
        let turns = zip(seqs, seqs.dropFirst()).filter { $1 != $0 + 1 }
        #expect(turns.count <= 1)
        #expect(seqs.last == 200)
        #expect(Set(seqs).count == 200)
    }

    @Test("An event that the broker refuses holds up its own key only")
    func refusedEvent() async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        // Above what the producer may send at once; only dead letters can be so large.
        let large = OutgoingEvent(
            topic: Bench.topic.deadLetters(of: Bench.group), type: "test.Large", key: "large", seq: 1, time: .now,
            payload: Array(repeating: 7, count: 3_000_000))
        try await bench.commit(large)
        try await alongside([{ try await bench.relay().run() }]) {
            for seq in 1...20 { try await bench.commit(bench.event("a", Int64(seq))) }
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 1
            }
        }
        #expect(try await bench.published().count == 20)
    }

    @Test("A broker made anew is refilled from the journal, and positions stay gapless (rule 11)")
    func refill() async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        try await alongside([{ try await bench.relay().run() }, { try await bench.inbox().run() }]) {
            for seq in 1...5 { try await bench.commit(bench.event("a", Int64(seq))) }
            try await eventually {
                try await bench.effects().count
            } is: {
                $0 == 5
            }
            // What the broker has and the journal does not know it has would be published beside the refill.
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            try bench.broker.restartEmpty()
            try await eventually(within: .seconds(60)) {
                try await bench.published().count
            } is: {
                $0 == 5
            }
            try await bench.commit(bench.event("a", 6))
            try await eventually(within: .seconds(60)) {
                try await bench.effects().count
            } is: {
                $0 == 6
            }
        }
        #expect(try await bench.effects() == (1...6).map { "a/\($0)" })
        #expect(try await bench.number("SELECT max(position) FROM sample.publication") == 6)
        #expect(try await bench.number("SELECT count(*) FROM sample.publication") == 6)
    }

    @Test(
        "Of states a broker made anew gets the newest of each key, in however many pieces (rule 11)",
        arguments: [50_000, 2] as [Int64])
    func refillOfStates(piece: Int64) async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        var settings = Bench.fastRelay
        settings.refillPiece = piece
        try await alongside([{ [settings] in try await bench.relay(settings: settings).run() }]) {
            for (key, seq) in [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)] {
                try await bench.commit(
                    OutgoingEvent(
                        topic: Bench.states, type: "test.State", key: key, seq: Int64(seq), time: .now, payload: [1]))
            }
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            #expect(try await bench.published(Bench.states).count == 5)
            try bench.broker.restartEmpty()
            let states = try await eventually(within: .seconds(60)) {
                try await bench.published(Bench.states)
            } is: {
                !$0.isEmpty && $0.count >= 2
            }
            let held = try states.map { try IncomingEvent($0) }.map { "\($0.key)/\($0.seq)" }
            #expect(Set(held) == ["a/3", "b/2"])
            // Noted as published after the broker has them.
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            #expect(try await bench.published(Bench.states).count == 2)
        }
    }

    @Test("Nothing new reaches a broker made anew before its refill, however seldom the cluster is asked for (rule 11)")
    func nothingBeforeTheRefill() async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        var settings = Bench.fastRelay
        settings.clusterInterval = .seconds(3_600)
        try await alongside([{ [settings] in try await bench.relay(settings: settings).run() }]) {
            for seq in 1...3 { try await bench.commit(bench.event("a", Int64(seq))) }
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            for round in 4...6 {
                try bench.broker.stop()
                // Under way while nobody answers: the library would give it to whoever answers next.
                try await bench.commit(bench.event("a", Int64(round)))
                try bench.broker.startAgain()
                try await eventually(within: .seconds(60)) {
                    let seqs = try await bench.published().map { try IncomingEvent($0).seq }
                    return seqs.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
                } is: {
                    $0 == (1...round).map(Int64.init)
                }
            }
        }
        #expect(try await bench.number("SELECT max(position) FROM sample.publication") == 6)
    }

    @Test("When the leader's session is ended another relay takes over, and both together lose nothing")
    func takeover() async throws {
        let bench = try await Bench.make()
        try await alongside([{ try await bench.relay("one").run() }, { try await bench.relay("two").run() }]) {
            for seq in 1...5 { try await bench.commit(bench.event("a", Int64(seq))) }
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            let epoch = try await bench.number("SELECT epoch FROM sample.relay_state")
            let ended = try await bench.number(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database
                    WHERE datname = current_database())
                """)
            #expect(ended >= 1)
            for seq in 6...10 { try await bench.commit(bench.event("a", Int64(seq))) }
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            #expect(try await bench.number("SELECT epoch FROM sample.relay_state") > epoch)
        }
        let seqs = try await bench.published().map { try IncomingEvent($0).seq }
        #expect(Set(seqs) == Set(1...10))
        #expect(try await bench.number("SELECT clean::int FROM sample.relay_state") == 1)
    }

    @Test("A leader of an earlier term cannot mark events as delivered")
    func staleTerm() async throws {
        let bench = try await Bench.make()
        let connection = try await bench.database.dedicated(name: "test")
        let old = try await RelayTerm.begin(schema: Bench.schema, leader: "old", on: connection)
        _ = try await RelayTerm.begin(schema: Bench.schema, leader: "new", on: connection)
        try await bench.commit(bench.event("a", 1))
        let row = try await bench.database.transaction { transaction in
            var scanner = PendingScanner(schema: Bench.schema)
            return try scanner.read(limit: 1, in: transaction)[0]
        }
        await #expect(throws: PostgresError.self) {
            try await old.mark([(row, Delivery(partition: 0, offset: 0))], on: connection)
        }
        #expect(try await bench.pending() == 1)
        await connection.close()
    }

    @Test("What breaks the envelope's bounds is refused with its reason and nothing is written")
    func bounds() async throws {
        let bench = try await Bench.make()
        let topic = Bench.topic
        let large = OutgoingEvent(
            topic: topic, type: "t", key: "k", seq: 1, time: .now, payload: Array(repeating: 0, count: 65_537))
        let tombstone = OutgoingEvent(topic: topic, type: "t", key: "k", seq: 1, time: .now, payload: nil)
        let keyless = OutgoingEvent(topic: topic, type: "t", key: "", seq: 1, time: .now, payload: [])
        for event in [large, tombstone, keyless] {
            await #expect(throws: OutboxError.self) { try await bench.commit(event) }
        }
        #expect(try await bench.number("SELECT count(*) FROM sample.journal") == 0)
    }
}
