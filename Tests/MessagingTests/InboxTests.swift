import Kafka
import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite("Inbox (XCT-6)", .serialized)
struct InboxTests {
    @Test("Duplicate, corrupt, unknown, rejected and undecodable messages: valid ones take effect once and in order")
    func badMessages() async throws {
        let bench = try await Bench.make()
        let twice = record("a", 1)
        try await bench.produce(twice)
        try await bench.produce(twice)
        try await bench.produce(record("a", 2, type: "test.Unheard"))
        try await bench.produce(
            KafkaRecord(topic: Bench.topic.name, key: Array("a".utf8), value: [1, 2, 3], headers: []))
        try await bench.produce(record("a", 3))
        try await bench.produce(record("garbled", 1, payload: "garbage"))
        try await bench.produce(record("garbled", 2))
        try await bench.produce(record("rejected", 1))
        try await bench.produce(record("b", 1))
        try await alongside([{ try await bench.inbox().run() }, { try await bench.relay().run() }]) {
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.dead_letter")
            } is: {
                $0 == 4
            }
            try await eventually {
                Set(try await bench.effects())
            } is: {
                $0 == ["a/1", "a/3", "b/1"]
            }
            // It comes behind its dead letter, perhaps in a batch of its own.
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.parked_message")
            } is: {
                $0 == 1
            }
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        #expect(try await bench.effects().filter { $0.hasPrefix("a/") } == ["a/1", "a/3"])
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_message") == 1)
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_key WHERE cause = 'dead_letter'") == 2)
        let letters = try await bench.published(Bench.topic.deadLetters(of: Bench.group))
        let classes = letters.compactMap { EnvelopeReader($0.headers).optional("ztc_dlq_class") }
        #expect(classes.sorted() == ["envelope", "rejected", "undecodable", "unknown_type"])
        #expect(letters.contains { $0.value == [1, 2, 3] })
        #expect(letters.allSatisfy { EnvelopeReader($0.headers).optional("ce_specversion") == "1.0" })
    }

    @Test("Zeros in texts and numbers at the end of their range become dead letters and stop nothing (rule 21)")
    func hostileEnvelopes() async throws {
        let bench = try await Bench.make()
        try await bench.produce(record("zero", 1, id: "a\0b"))
        try await bench.produce(record("ke\0y", 1))
        try await bench.produce(record("last", .max))
        try await bench.produce(record("last", 1))
        try await bench.produce(record("fine", 1))
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.dead_letter")
            } is: {
                $0 == 3
            }
            try await eventually {
                Set(try await bench.effects())
            } is: {
                $0 == ["last/1", "fine/1"]
            }
        }
    }

    @Test("A gap parks the key until the missing event comes; then all take effect in order")
    func gap() async throws {
        let bench = try await Bench.make()
        for seq: Int64 in [5, 6, 8, 9] { try await bench.produce(record("a", seq)) }
        try await bench.produce(record("b", 1))
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually {
                try await bench.effects()
            } is: {
                $0.contains("b/1") && $0.contains("a/6")
            }
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.parked_message")
            } is: {
                $0 == 2
            }
            #expect(try await !bench.effects().contains("a/8"))
            try await bench.produce(record("a", 7))
            try await eventually {
                try await bench.effects().filter { $0.hasPrefix("a/") }
            } is: {
                $0 == ["a/5", "a/6", "a/7", "a/8", "a/9"]
            }
        }
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_key") == 0)
    }

    @Test("A consumer that no longer owns the offset cannot apply a batch")
    func fencing() async throws {
        let bench = try await Bench.make()
        try await bench.admin.transaction { transaction in
            _ = try transaction.execute(
                "INSERT INTO sample.consumer_offset VALUES ('c', \(Bench.group), \(Bench.topic.name), 0, 7)")
        }
        let message = record("a", 1)
        let batch = InboxBatch(
            schema: Bench.schema, cluster: "c", group: Bench.group, subscription: Subscription(Bench.topic),
            outbox: bench.outbox,
            messages: [
                KafkaMessage(
                    topic: message.topic, partition: 0, offset: 5, key: message.key, value: message.value,
                    headers: message.headers)
            ], expected: 5)
        await #expect(throws: InboxBatch.Fenced.self) {
            try await bench.database.transaction { try batch.apply(.together, in: $0) }
        }
        #expect(try await bench.number("SELECT count(*) FROM sample.inbox") == 0)
    }

    @Test("Two members of the group share the partitions, come and go, and no event takes effect twice")
    func rebalance() async throws {
        let bench = try await Bench.make()
        for number in 0..<40 { try await bench.commit(bench.event("key-\(number)", 1)) }
        try await alongside([{ try await bench.relay().run() }, { try await bench.inbox().run() }]) {
            try await eventually {
                try await bench.effects().count
            } is: {
                $0 >= 10
            }
            try await alongside([{ try await bench.inbox().run() }]) {
                for number in 40..<80 { try await bench.commit(bench.event("key-\(number)", 1)) }
                try await eventually(within: .seconds(60)) {
                    try await bench.effects().count
                } is: {
                    $0 >= 80
                }
            }
            for number in 80..<100 { try await bench.commit(bench.event("key-\(number)", 1)) }
            try await eventually(within: .seconds(60)) {
                try await bench.effects().count
            } is: {
                $0 >= 100
            }
        }
        let effects = try await bench.effects()
        #expect(effects.count == 100)
        #expect(Set(effects).count == 100)
    }

    @Test("PostgreSQL's refusal of a lock is waited out and never becomes a dead letter")
    func transientErrors() async throws {
        let bench = try await Bench.make()
        let blocker = Task {
            try await bench.admin.transaction { transaction in
                _ = try transaction.execute("LOCK TABLE sample.effect IN ACCESS EXCLUSIVE MODE")
                _ = try transaction.execute("SELECT pg_sleep(2)")
            }
        }
        try await bench.produce(record("a", 1))
        try await alongside([{ try await bench.inbox().run() }]) {
            try await blocker.value
            try await eventually {
                try await bench.effects()
            } is: {
                $0 == ["a/1"]
            }
        }
        #expect(try await bench.number("SELECT count(*) FROM sample.dead_letter") == 0)
    }

    @Test("A broker made anew starts over with its own offsets, and repeated events have no second effect")
    func newCluster() async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        let kept = record("a", 1)
        try await bench.produce(kept)
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually {
                try await bench.effects()
            } is: {
                $0 == ["a/1"]
            }
            try bench.broker.restartEmpty()
            try await bench.produce(kept)
            try await bench.produce(record("a", 2))
            try await eventually(within: .seconds(60)) {
                try await bench.effects()
            } is: {
                $0 == ["a/1", "a/2"]
            }
            try await eventually(within: .seconds(60)) {
                try await bench.number("SELECT count(DISTINCT cluster) FROM sample.consumer_offset")
            } is: {
                $0 == 2
            }
            try await bench.produce(record("a", 3))
            try await eventually {
                try await bench.effects()
            } is: {
                $0 == ["a/1", "a/2", "a/3"]
            }
        }
    }
}
