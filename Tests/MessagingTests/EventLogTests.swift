import Crypto
import Kafka
import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite("Event log (XCT-7)", .serialized)
struct EventLogTests {
    private let history = EventHistory(schema: Bench.schema, service: Bench.schema)

    @Test("History pages in the order of publication with headers and bytes as on the topic, by topic and key (XCT-7)")
    func history() async throws {
        let bench = try await Bench.make()
        for seq: Int64 in 1...4 {
            try await bench.commit(bench.event("a", seq))
            try await bench.commit(bench.event("b", seq))
        }
        try await published(8, bench)
        var listed: [PublishedEvent] = []
        var after: Int64 = 0
        repeat {
            let page = try await page(bench, after: after, limit: 3)
            #expect(page.events.count <= 3 && page.oldest == 1)
            listed += page.events
            after = page.through
            if !page.hasMore { break }
        } while listed.count < 100
        #expect(listed.map(\.position) == Array(1...8))
        let onTopic = try await bench.published()
        for event in listed {
            let identifier = EnvelopeReader(event.headers).optional("ce_id")
            let message = onTopic.first { EnvelopeReader($0.headers).optional("ce_id") == identifier }
            #expect(message?.headers == event.headers && message?.value == event.payload)
            #expect(message?.key == Array(event.key.utf8) && message?.topic == event.topic)
        }
        let ofKey = try await page(bench, after: 0, key: "b", limit: 200)
        #expect(ofKey.events.map { $0.key } == ["b", "b", "b", "b"] && !ofKey.hasMore && ofKey.through == 8)
        #expect(try await page(bench, after: 8, limit: 200).events.isEmpty)
        #expect(try await page(bench, after: 100, limit: 200).through == 8)
    }

    @Test("A page of history ends at about a mebibyte, and one event always fits (XCT-7)")
    func bytes() async throws {
        let bench = try await Bench.make()
        let events = (1...40).map { number in
            OutgoingEvent(
                topic: Bench.topic, type: "test.Counted", key: "key-\(number)", seq: 1, time: .now,
                payload: [UInt8](repeating: 7, count: Outbox.payloadLimit))
        }
        try await bench.database.transaction { try bench.outbox.append(contentsOf: events, in: $0) }
        try await published(40, bench)
        let first = try await page(bench, after: 0, limit: 200)
        #expect(first.events.count == 16 && first.hasMore && first.through == 16)
        #expect(try await page(bench, after: 32, limit: 200).events.count == 8)
    }

    @Test("The partition of a key is the one that the broker's clients choose")
    func partitions() async throws {
        let bench = try await Bench.make()
        var keys = (0..<120).map { _ in UUIDv7.make() }
        keys += ["a", "ab", "abc", "abcd", "泰安市", "keyset", "taian-finance"]
        let events = keys.map { bench.event($0, 1) }
        try await bench.database.transaction { try bench.outbox.append(contentsOf: events, in: $0) }
        try await published(keys.count, bench)
        for message in try await bench.published() {
            let key = String(decoding: message.key ?? [], as: UTF8.self)
            #expect(KeyPartition.of(key, among: Topic.partitions) == message.partition)
        }
    }

    @Test("The digest of the journal is that of the topic's distinct events, repetitions aside (XCT-7)")
    func digest() async throws {
        let bench = try await Bench.make()
        try await midnightPassed()
        for key in ["a", "b", "c", "d"] {
            for seq: Int64 in 1...3 { try await bench.commit(bench.event(key, seq)) }
        }
        // Not published, so not counted; and one of another day.
        try await published(12, bench)
        let before = try await digest(bench)
        #expect(before.values.map(\.events).reduce(0, +) == 12)
        #expect(try await ofTopic(bench) == before)

        let (events, next) = try await bench.database.transaction { transaction in
            try Republication(schema: Bench.schema, service: Bench.schema).request(
                topic: Bench.topic.name, key: nil, from: 1, through: nil, in: transaction)
        }
        #expect(events == 12 && next == nil)
        #expect(try await digest(bench) == before)
        try await published(24, bench)
        #expect(try await ofTopic(bench) == before)
        #expect(try await page(bench, after: 0, limit: 200).events.count == 12)

        // A byte of one payload differs: exactly that partition's digest does.
        try await bench.admin.transaction { transaction in
            try transaction.execute(
                "UPDATE sample.journal SET payload = 'x' WHERE key = 'b' AND seq = 2", expecting: 1)
        }
        let after = try await digest(bench)
        let differing = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        #expect(differing == [KeyPartition.of("b", among: Topic.partitions)])
    }

    @Test("The documented example has the documented sum (XCT-7)")
    func example() {
        var digest = PartitionDigest()
        for (last, payload): (Character, [UInt8]) in [("c", [10, 3, 97, 98, 99]), ("d", [])] {
            let bytes = PartitionDigest.bytes(
                source: "/zhitongche/policy", id: "01a1fd63-5003-76ff-98fd-8b2ae40cb36\(last)", payload: payload)
            digest.count(Array(SHA256.hash(data: bytes)))
        }
        let text = digest.sum.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(text == "4648888989bc3561ea8d24572c7fc9488de3ec10c8462cde1c188aa58702ba29")
    }

    @Test("Two equal summands do not cancel each other out, and sums carry")
    func sums() {
        let top = [UInt8](repeating: 0, count: 24) + [UInt8](repeating: 255, count: 8)
        var sum = DigestSum()
        sum.add(top)
        sum.add(top)
        #expect(sum.bytes == [UInt8](repeating: 0, count: 23) + [1] + [UInt8](repeating: 255, count: 7) + [254])
        var all = DigestSum()
        all.add([UInt8](repeating: 255, count: 32))
        all.add([UInt8](repeating: 0, count: 31) + [1])
        #expect(all == DigestSum())
    }

    @Test("The digest knows how far the broker acknowledged the day, and waits for what is not published yet")
    func ends() async throws {
        let bench = try await Bench.make()
        let ledger = DigestLedger(schema: Bench.schema, service: Bench.schema, topics: [Bench.topic])
        try await midnightPassed()
        let today = try await today(bench)
        try await bench.commit(bench.event("a", 1))
        #expect(try await bench.database.transaction { try ledger.waits(on: today, in: $0) })
        #expect(try await digest(bench).isEmpty)
        try await published(1, bench)
        #expect(try await bench.database.transaction { try !ledger.waits(on: today, in: $0) })
        let day = try await bench.database.transaction { try ledger.compute(today, in: $0)[0] }
        #expect(day.ends == [KeyPartition.of("a", among: 12): 1] && !day.cluster.isEmpty)
        #expect(try await bench.database.transaction { try ledger.keep(day, in: $0) } == 1)
        let kept = try await bench.database.transaction { try ledger.kept(Bench.topic.name, today, in: $0) }
        #expect(kept?.partitions == day.partitions && kept?.ends == day.ends && kept?.cluster == day.cluster)
    }

    // MARK: Steps

    private func page(
        _ bench: Bench, after: Int64, key: String? = nil, limit: Int
    ) async throws -> EventHistory.Page {
        try await bench.database.transaction { [history] transaction in
            try history.page(after: after, topics: [Bench.topic.name], key: key, limit: limit, in: transaction)
        }
    }

    /// Relays until the topic holds so many messages.
    private func published(_ count: Int, _ bench: Bench) async throws {
        try await alongside([{ try await bench.relay().run() }]) {
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        #expect(try await bench.published().count == count)
    }

    private func today(_ bench: Bench) async throws -> CalendarDate {
        try await bench.database.transaction {
            try $0.only("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day").get("day")
        }
    }

    private func digest(_ bench: Bench) async throws -> [Int32: PartitionDigest] {
        let ledger = DigestLedger(schema: Bench.schema, service: Bench.schema, topics: [Bench.topic])
        let day = try await today(bench)
        return try await bench.database.transaction { try ledger.compute(day, in: $0)[0].partitions }
    }

    /// What a reader computes from the messages.
    private func ofTopic(_ bench: Bench) async throws -> [Int32: PartitionDigest] {
        var digests: [Int32: PartitionDigest] = [:]
        var seen: Set<String> = []
        for message in try await bench.published() {
            let event = try IncomingEvent(message)
            guard seen.insert("\(event.source) \(event.id)").inserted else { continue }
            let bytes = PartitionDigest.bytes(source: event.source, id: event.id, payload: event.payload)
            digests[message.partition, default: PartitionDigest()].count(Array(SHA256.hash(data: bytes)))
        }
        return digests
    }
}
