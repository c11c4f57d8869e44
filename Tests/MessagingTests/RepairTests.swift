import Kafka
import Postgres
import TestSupport
import Testing

@testable import Messaging

/// What the broker forgot within one cluster comes back from the journal, once and in order (RELIABILITY rule 11).
@Suite("Repair after the broker forgot (rule 11)", .serialized)
struct RepairTests {
    private let republication = Republication(schema: Bench.schema, service: Bench.schema)

    @Test("Retention takes unread events: what is left waits, the journal's come again, each has its effect once")
    func retention() async throws {
        let bench = try await Bench.make()
        let keys = Self.keysOfOnePartition(3)
        let (known, late) = (keys[0], keys[1])
        try await bench.commit(bench.event(known, 1))
        try await relayed(bench)
        try await applied(["\(known)/1"], bench)

        // Nobody reads while the broker forgets the next events; only their successors are left.
        try await bench.commit(bench.event(known, 2))
        for seq: Int64 in 1...2 { try await bench.commit(bench.event(late, seq)) }
        try await relayed(bench)
        try await fill(bench)
        try await bench.commit(bench.event(known, 3))
        try await bench.commit(bench.event(late, 3))
        try await relayed(bench)

        try await alongside([
            { try await bench.inbox(gapInterval: .milliseconds(300)).run() }, { try await bench.relay().run() },
        ]) {
            let repair = bench.repair
            let partition = TopicPartition(Bench.topic.name, KeyPartition.of(known, among: Topic.partitions))
            let (cluster, ranges) = try await repair.ranges(of: [Bench.topic.name])
            let range = try #require(ranges[partition])
            let standing = try await bench.database.transaction {
                try repair.standing(of: ranges, topics: [Bench.topic], cluster: cluster, in: $0)
            }
            #expect(standing.filter(\.hasGap).map(\.partition) == [partition])
            #expect(try await bench.effects() == ["\(known)/1"])

            let before = try await bench.database.transaction {
                try repair.resume(partition, kind: .events, at: range, cluster: cluster, in: $0)
            }
            #expect(before == 1 && range.low > 3)
            try await eventually(within: .seconds(60)) {
                try await bench.number("SELECT count(*) FROM sample.parked_key WHERE cause = 'gap'")
            } is: {
                $0 == 2
            }
            // The first event seen of a key is its third: it may not be taken for the beginning.
            #expect(try await !bench.effects().contains("\(late)/3"))
            await #expect(throws: RepairRefusal.keysWait(2)) {
                try await bench.database.transaction { try repair.finish(partition, in: $0) }
            }

            try await again(bench, positions: 2...4)
            try await eventually(within: .seconds(60)) {
                try await bench.effects().filter { $0.hasPrefix(known) || $0.hasPrefix(late) }.sorted()
            } is: {
                $0.count == 6
            }
            let effects = try await bench.effects()
            for key in [known, late] {
                #expect(effects.filter { $0.hasPrefix("\(key)/") } == ["\(key)/1", "\(key)/2", "\(key)/3"])
            }
            // The rest that was lost; pieces smaller than what the broker keeps.
            for start: Int64 in stride(from: 1, through: Int64(Self.filling) + 6, by: 40) {
                try await again(bench, positions: start...(start + 39))
                try await relayedInBackground(bench)
                // Only what was read may be driven out by the next piece.
                try await eventually(within: .seconds(60)) {
                    let (cluster, ranges) = try await repair.ranges(of: [Bench.topic.name])
                    let end = ranges[partition]?.high ?? 0
                    return end
                        - (try await bench.number(
                            """
                            SELECT next FROM sample.consumer_offset
                            WHERE partition = \(partition.partition) AND cluster = \(cluster)
                            """))
                } is: {
                    $0 == 0
                }
            }
            try await eventually(within: .seconds(60)) {
                try await bench.effects().count
            } is: {
                $0 == 6 + Self.filling
            }
            try await bench.database.transaction { try repair.finish(partition, in: $0) }
            await #expect(throws: RepairRefusal.notUnderRepair) {
                try await bench.database.transaction { try repair.finish(partition, in: $0) }
            }
        }
        #expect(Set(try await bench.effects()).count == 6 + Self.filling)
    }

    @Test("A replica that was dropped, with the broker's data gone as well, is rebuilt row for row")
    func droppedReplica() async throws {
        let bench = try await Bench.make()
        let keys = Self.keysOfOnePartition(4)
        for seq: Int64 in 1...5 {
            for key in keys { try await bench.commit(bench.event(key, seq)) }
        }
        for number in 0..<30 { try await bench.commit(bench.event("elsewhere-\(number)", 1)) }
        try await relayed(bench)
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually(within: .seconds(60)) {
                try await bench.effects().count
            } is: {
                $0 == 50
            }
        }
        let original = try await rows(bench)

        try await bench.admin.transaction { transaction in
            try transaction.executeScript(
                """
                DELETE FROM sample.effect; DELETE FROM sample.inbox; DELETE FROM sample.aggregate_seq;
                DELETE FROM sample.parked_key; DELETE FROM sample.parked_message; DELETE FROM sample.consumer_offset;
                """)
        }
        try await fill(bench)
        // Something newer than the loss, of a key whose beginning the broker has forgotten.
        try await bench.commit(bench.event(keys[0], 6))
        try await relayed(bench)

        let repair = bench.repair
        let (cluster, ranges) = try await repair.ranges(of: [Bench.topic.name])
        await #expect(throws: RepairRefusal.noGap) {
            try await bench.database.transaction { transaction in
                for (partition, range) in ranges {
                    _ = try repair.resume(partition, kind: .events, at: range, cluster: cluster, in: transaction)
                }
            }
        }
        try await bench.database.transaction { transaction in
            for (partition, range) in ranges {
                _ = try repair.resume(
                    partition, kind: .events, at: range, rebuild: true, cluster: cluster, in: transaction)
            }
        }
        try await alongside([{ try await bench.inbox().run() }, { try await bench.relay().run() }]) {
            // What is left first: what comes again drives more of it out.
            try await eventually(within: .seconds(60)) {
                try await bench.number("SELECT count(*) FROM sample.parked_key WHERE cause = 'gap'")
            } is: {
                $0 == 1
            }
            try await again(bench, positions: 1...50)
            try await relayedInBackground(bench)
            try await eventually(within: .seconds(60)) {
                try await rows(bench).filter { !$0.hasPrefix("filler") }
            } is: {
                $0 == (original + ["\(keys[0]) 6 \(keys[0])/6"]).sorted()
            }
        }
        let effects = try await bench.effects()
        for key in keys {
            let seqs = effects.filter { $0.hasPrefix("\(key)/") }
            #expect(seqs == seqs.sorted())
        }
    }

    @Test("A log that ends before the next offset is read again from its beginning, without a second effect")
    func restoredBackup() async throws {
        let bench = try await Bench.make()
        for seq: Int64 in 1...3 { try await bench.commit(bench.event("a", seq)) }
        try await relayed(bench)
        try await applied(["a/1", "a/2", "a/3"], bench)
        // As after a broker's backup that lacks the newest: the group stands behind the end.
        let partition = TopicPartition(Bench.topic.name, KeyPartition.of("a", among: Topic.partitions))
        try await bench.admin.transaction { transaction in
            try transaction.execute(
                "UPDATE sample.consumer_offset SET next = 9 WHERE partition = \(partition.partition)", expecting: 1)
        }
        try await bench.commit(bench.event("a", 4))
        let repair = bench.repair
        let (cluster, ranges) = try await repair.ranges(of: [Bench.topic.name])
        let range = try #require(ranges[partition])
        try await bench.database.transaction {
            _ = try repair.resume(partition, kind: .events, at: range, cluster: cluster, in: $0)
        }
        try await alongside([{ try await bench.inbox().run() }, { try await bench.relay().run() }]) {
            try await eventually {
                try await bench.effects()
            } is: {
                $0.contains("a/4")
            }
        }
        #expect(try await bench.effects() == ["a/1", "a/2", "a/3", "a/4"])
    }

    @Test("A seed with the sequence number that a reader has is applied; an older state is not")
    func seeds() async throws {
        let bench = try await Bench.make()
        func state(_ seq: Int64, _ text: String) -> OutgoingEvent {
            OutgoingEvent(
                topic: Bench.states, type: "test.State", key: "a", seq: seq, time: .now, payload: Array(text.utf8))
        }
        for (seq, text) in [(1, "one"), (2, "two"), (2, "two, seeded"), (1, "one, late"), (3, "three")] {
            try await bench.commit(state(Int64(seq), text))
        }
        var subscription = Subscription(Bench.states)
        subscription.on(type: "test.State") { event, transaction in
            _ = try transaction.execute(
                "INSERT INTO sample.effect (key, seq, payload) VALUES (\(event.key), \(event.seq), \(event.payload))")
        }
        let inbox = bench.inbox([subscription])
        try await alongside([{ try await bench.relay().run() }, { try await inbox.run() }]) {
            try await eventually {
                try await bench.effects()
            } is: {
                $0.contains("a/3")
            }
        }
        #expect(try await bench.effects() == ["a/1", "a/2", "a/2", "a/3"])
    }

    // MARK: Steps

    /// Keys that share the partition of the filling.
    private static func keysOfOnePartition(_ count: Int) -> [String] {
        var keys: [String] = []
        var number = 0
        while keys.count < count {
            let key = "key-\(number)"
            if KeyPartition.of(key, among: 12) == 0 { keys.append(key) }
            number += 1
        }
        return keys
    }

    private static let filling = 120

    /// Publishes more than the development broker keeps of one partition, 5 MiB, each event of a key of its own.
    private func fill(_ bench: Bench) async throws {
        var events: [OutgoingEvent] = []
        var number = 0
        // The broker keeps a partition by its size, so the payloads must be such that nothing compresses them.
        var random = SystemRandomNumberGenerator()
        while events.count < Self.filling {
            number += 1
            guard KeyPartition.of("filler-\(number)", among: 12) == 0 else { continue }
            events.append(
                OutgoingEvent(
                    topic: Bench.topic, type: "test.Counted", key: "filler-\(number)", seq: 1, time: .now,
                    payload: (0..<Outbox.payloadLimit).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }))
        }
        try await bench.database.transaction { [events] in try bench.outbox.append(contentsOf: events, in: $0) }
        // What is under way at the same time stands on the broker in any order, but for that of its key.
        try await relayed(bench)
    }

    private func again(_ bench: Bench, positions: ClosedRange<Int64>) async throws {
        try await bench.database.transaction { [republication] transaction in
            _ = try republication.request(
                topic: Bench.topic.name, key: nil, from: positions.lowerBound, through: positions.upperBound,
                in: transaction)
        }
        try await bench.relay().lookAgain()
    }

    private func relayed(_ bench: Bench) async throws {
        try await alongside([{ try await bench.relay().run() }]) { try await relayedInBackground(bench) }
    }

    private func relayedInBackground(_ bench: Bench) async throws {
        try await eventually(within: .seconds(60)) {
            try await bench.pending()
        } is: {
            $0 == 0
        }
    }

    private func applied(_ effects: [String], _ bench: Bench) async throws {
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually(within: .seconds(60)) {
                try await bench.effects()
            } is: {
                $0 == effects
            }
        }
    }

    private func rows(_ bench: Bench) async throws -> [String] {
        try await bench.admin.transaction { transaction in
            try transaction.query(
                "SELECT key || ' ' || seq || ' ' || left(convert_from(payload, 'UTF8'), 40) AS line FROM sample.effect"
            ) { try $0.get("line", as: String.self) }
        }.sorted()
    }
}
