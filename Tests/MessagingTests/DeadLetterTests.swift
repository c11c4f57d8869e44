import Kafka
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Messaging

@Suite("Dead letters and parked keys (rule 10)", .serialized)
struct DeadLetterTests {
    /// A reader whose handler can be mended, as a new version of the service would be.
    private final class Reader: Sendable {
        let subscription: Subscription
        let switchOn: Switch

        init(knowing types: [String] = ["test.Counted"]) {
            var subscription = Subscription(Bench.topic)
            let switchOn = Switch()
            for type in types {
                subscription.on(type: type) { event, transaction in
                    if event.payload == Array("bad".utf8), !switchOn.isOn { throw EventRejection("it is bad") }
                    if event.payload == Array("worse".utf8), !switchOn.isOn { throw UndecodableEvent("it is worse") }
                    _ = try transaction.execute(
                        """
                        INSERT INTO sample.effect (key, seq, payload)
                        VALUES (\(event.key), \(event.seq), \(event.payload))
                        """)
                }
            }
            self.subscription = subscription
            self.switchOn = switchOn
        }
    }

    private final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool { state.withLock { $0 } }
        func turnOn() { state.withLock { $0 = true } }
    }

    private func letters(_ bench: Bench, _ reader: Reader, limits: ParkingLimits = ParkingLimits()) -> DeadLetters {
        DeadLetters(
            schema: Bench.schema, group: Bench.group, subscriptions: [reader.subscription], outbox: bench.outbox,
            limits: limits)
    }

    private func inbox(_ bench: Bench, _ reader: Reader, limits: ParkingLimits = ParkingLimits()) -> Inbox {
        var settings = Inbox.Settings()
        settings.sessionTimeout = .seconds(6)
        settings.parking = limits
        settings.parkingInterval = .milliseconds(300)
        return Inbox(
            schema: Bench.schema, group: Bench.group, database: bench.database, kafka: bench.kafka,
            subscriptions: [reader.subscription], outbox: bench.outbox, settings: settings, logger: quiet)
    }

    /// Lets an inbox read until so many letters are written and so many messages parked.
    private func read(
        _ bench: Bench, _ reader: Reader, letters: Int64, parked: Int64, effects: Int
    ) async throws {
        try await alongside([{ try await inbox(bench, reader).run() }]) {
            try await eventually {
                [
                    try await bench.number("SELECT count(*) FROM sample.dead_letter"),
                    try await bench.number("SELECT count(*) FROM sample.parked_message"),
                    Int64(try await bench.effects().count),
                ]
            } is: {
                $0 == [letters, parked, Int64(effects)]
            }
        }
    }

    /// How many sessions of the bench's database wait for a lock of a kind.
    private func waiting(_ bench: Bench, for kind: String) async throws -> Int64 {
        try await bench.number(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = \(kind)
            """)
    }

    private func replay(
        _ bench: Bench, _ reader: Reader, _ id: Int64 = 1, evenLate: Bool = false
    ) async throws -> DeadLetters.Replay {
        let letters = letters(bench, reader)
        return try await bench.database.transaction {
            try letters.replay(id, by: "operator", evenLate: evenLate, in: $0)
        }
    }

    private func letter(_ bench: Bench, _ reader: Reader, _ id: Int64 = 1) async throws -> StoredLetter {
        let letters = letters(bench, reader)
        return try await bench.database.transaction { try letters.letter(id, in: $0) }
    }

    @Test("A replay gives the state of a clean run, with what was parked behind it in order; twice is once")
    func replayTwice() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        try await bench.produce(record("a", 1))
        try await bench.produce(record("a", 2, payload: "bad"))
        for seq: Int64 in 3...5 { try await bench.produce(record("a", seq)) }
        try await bench.produce(record("b", 1))
        try await read(bench, reader, letters: 1, parked: 3, effects: 2)
        let before = try await letter(bench, reader)
        #expect(before.status == .open && before.holdsKey && before.attempts == 1 && before.kind == .rejected)

        reader.switchOn.turnOn()
        #expect(try await replay(bench, reader) == DeadLetters.Replay(outcome: .applied, followed: 3))
        #expect(try await replay(bench, reader) == DeadLetters.Replay(outcome: .repeated, followed: 0))

        let effects = try await bench.effects()
        #expect(effects.filter { $0.hasPrefix("a/") } == (1...5).map { "a/\($0)" })
        #expect(try await bench.number("SELECT seq FROM sample.aggregate_seq WHERE key = 'a'") == 5)
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_key") == 0)
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_message") == 0)
        guard case .replayed(_, by: "operator") = try await letter(bench, reader).status else {
            Issue.record("the letter does not say who replayed it")
            return
        }
        // The key goes on by itself from here.
        try await bench.produce(record("a", 6))
        try await read(bench, reader, letters: 1, parked: 0, effects: 7)
    }

    @Test("Replays of one letter at the same time have one effect")
    func concurrentReplays() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        try await bench.produce(record("a", 1, payload: "bad"))
        try await bench.produce(record("a", 2))
        try await read(bench, reader, letters: 1, parked: 1, effects: 0)
        reader.switchOn.turnOn()
        let outcomes = try await withThrowingTaskGroup(of: DeadLetters.Outcome.self) { group in
            for _ in 0..<8 { group.addTask { try await replay(bench, reader).outcome } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == .applied }.count == 1)
        #expect(outcomes.filter { $0 == .repeated }.count == 7)
        #expect(try await bench.effects() == ["a/1", "a/2"])
    }

    @Test("A replay that fails again leaves nothing but the new reason and one more attempt")
    func failsAgain() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        try await bench.produce(record("a", 1, payload: "bad"))
        try await bench.produce(record("a", 2))
        try await read(bench, reader, letters: 1, parked: 1, effects: 0)
        let newer = Reader(knowing: ["test.Other"])
        let outcome = try await replay(bench, newer).outcome
        #expect(outcome == .failed(.unknownType, reason: "no handler knows test.Counted"))
        let letter = try await letter(bench, reader)
        #expect(letter.attempts == 2 && letter.kind == .unknownType && letter.status == .open && letter.holdsKey)
        #expect(letter.triedAt != nil)
        #expect(try await bench.effects().isEmpty)
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_message") == 1)
    }

    @Test("A parked message that fails in its turn becomes a letter of its own and holds the key")
    func failureBehindReplay() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        try await bench.produce(record("a", 1, payload: "bad"))
        try await bench.produce(record("a", 2))
        try await bench.produce(record("a", 3, payload: "worse"))
        try await bench.produce(record("a", 4))
        try await read(bench, reader, letters: 1, parked: 3, effects: 0)
        // Only the first kind of fault has been mended.
        var subscription = Subscription(Bench.topic)
        subscription.on(type: "test.Counted") { event, transaction in
            if event.payload == Array("worse".utf8) { throw UndecodableEvent("it is worse") }
            _ = try transaction.execute(
                "INSERT INTO sample.effect (key, seq, payload) VALUES (\(event.key), \(event.seq), \(event.payload))")
        }
        let half = DeadLetters(
            schema: Bench.schema, group: Bench.group, subscriptions: [subscription], outbox: bench.outbox)
        let replay = try await bench.database.transaction {
            try half.replay(1, by: "operator", evenLate: false, in: $0)
        }
        #expect(replay == DeadLetters.Replay(outcome: .applied, followed: 2))
        #expect(try await bench.effects() == ["a/1", "a/2"])
        #expect(try await bench.number("SELECT dead_letter FROM sample.parked_key") == 2)
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_message") == 1)
        reader.switchOn.turnOn()
        #expect(try await self.replay(bench, reader, 2) == DeadLetters.Replay(outcome: .applied, followed: 1))
        #expect(try await bench.effects() == ["a/1", "a/2", "a/3", "a/4"])
    }

    @Test("An event that later ones have passed is refused, and applied only on demand")
    func late() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        try await bench.produce(record("a", 1, type: "test.New"))
        try await bench.produce(record("a", 2))
        try await read(bench, reader, letters: 1, parked: 0, effects: 1)
        let newer = Reader(knowing: ["test.Counted", "test.New"])
        await #expect(throws: InboxDecisionError.late(1, seq: 1, last: 2)) { try await replay(bench, newer) }
        #expect(try await letter(bench, newer).status == .open)
        #expect(try await replay(bench, newer, evenLate: true).outcome == .appliedLate)
        #expect(try await bench.effects() == ["a/2", "a/1"])
        #expect(try await bench.number("SELECT seq FROM sample.aggregate_seq WHERE key = 'a'") == 2)
    }

    @Test("A letter whose event came another way has no second effect")
    func alreadyApplied() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        let good = record("a", 1)
        try await bench.produce(KafkaRecord(topic: good.topic, key: good.key, value: good.value, headers: []))
        try await bench.produce(good)
        try await read(bench, reader, letters: 1, parked: 0, effects: 1)
        // The publisher's words for the same event, found later: the letter is what would have come.
        try await bench.admin.transaction { transaction in
            let headers = try HeaderCoding.encode(
                good.headers.map { EnvelopeHeader(name: $0.name, value: $0.value) })
            _ = try transaction.execute("UPDATE sample.dead_letter SET headers = \(headers)::jsonb")
        }
        #expect(try await replay(bench, reader).outcome == .alreadyApplied)
        #expect(try await bench.effects() == ["a/1"])
    }

    @Test("A dismissed letter cannot be replayed, and its key waits until it is skipped")
    func dismissAndSkip() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        try await bench.produce(record("a", 1, payload: "bad"))
        for seq: Int64 in [2, 3, 5] { try await bench.produce(record("a", seq)) }
        try await read(bench, reader, letters: 1, parked: 3, effects: 0)
        let letters = letters(bench, reader)
        let keys = ParkedKeys(letters)
        try await bench.database.transaction { try letters.dismiss(1, by: "operator", reason: "mistaken", in: $0) }
        await #expect(throws: InboxDecisionError.closed(1)) { try await replay(bench, reader) }
        #expect(try await bench.effects().isEmpty)

        let parked = try await bench.database.transaction {
            try keys.list(topic: nil, after: nil, limit: 10, in: $0)
        }
        #expect(parked.map(\.cause) == [.deadLetter(1)])
        #expect(parked.map(\.waiting) == [3] && parked.map(\.firstWaiting) == [2] && parked.map(\.last) == [1])

        let skip = try await bench.database.transaction {
            try keys.skip(topic: Bench.topic.name, key: "a", in: $0)
        }
        #expect(skip.cause == .deadLetter(1) && skip.followed == 2 && skip.next == .gap)
        #expect(try await bench.effects() == ["a/2", "a/3"])
        let again = try await bench.database.transaction {
            try keys.skip(topic: Bench.topic.name, key: "a", in: $0)
        }
        #expect(again == ParkedKeys.Skip(cause: .gap, from: 4, to: 4, followed: 1, next: nil))
        #expect(try await bench.effects() == ["a/2", "a/3", "a/5"])
        await #expect(throws: InboxDecisionError.notParked(topic: Bench.topic.name, key: "a")) {
            try await bench.database.transaction { try keys.skip(topic: Bench.topic.name, key: "a", in: $0) }
        }
        // The missing event comes after all: it is past, like any event that comes twice.
        try await bench.produce(record("a", 4))
        try await bench.produce(record("a", 6))
        try await read(bench, reader, letters: 1, parked: 0, effects: 4)
        #expect(try await bench.effects() == ["a/2", "a/3", "a/5", "a/6"])
    }

    @Test("While a replay is under way the partition's owner waits, and no order is broken")
    func replayAgainstConsumer() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        try await bench.produce(record("a", 1, payload: "bad"))
        for seq: Int64 in 2...5 { try await bench.produce(record("a", seq)) }
        let letters = letters(bench, reader)
        try await alongside([{ try await inbox(bench, reader).run() }]) {
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.parked_message")
            } is: {
                $0 == 4
            }
            reader.switchOn.turnOn()
            // The replay has freed the key, but nobody else can know before its transaction ends, which the gate holds up.
            let gate = try await bench.admin.dedicated(name: "gate")
            try await gate.executeScript("SELECT pg_advisory_lock(1)")
            let replay = Task {
                try await bench.database.transaction { transaction in
                    let replay = try letters.replay(1, by: "operator", evenLate: false, in: transaction)
                    _ = try transaction.execute("SELECT pg_advisory_xact_lock(1)")
                    return replay
                }
            }
            try await eventually {
                try await waiting(bench, for: "advisory")
            } is: {
                $0 == 1
            }
            try await bench.produce(record("a", 6))
            try await eventually {
                try await waiting(bench, for: "transactionid")
            } is: {
                $0 == 1
            }
            await gate.close()
            #expect(try await replay.value == DeadLetters.Replay(outcome: .applied, followed: 4))
            try await bench.produce(record("a", 7))
            try await eventually {
                try await bench.effects()
            } is: {
                $0 == (1...7).map { "a/\($0)" }
            }
        }
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_key") == 0)
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_message") == 0)
    }

    @Test("Beyond the cap the partition pauses, others go on, nothing is dropped, and room lets it go on")
    func cap() async throws {
        let bench = try await Bench.make()
        let reader = Reader()
        let limits = ParkingLimits(perKey: 3, inAll: 100)
        try await bench.produce(record("a", 1, payload: "bad"))
        for seq: Int64 in 2...10 { try await bench.produce(record("a", seq)) }
        for number in 0..<40 { try await bench.produce(record("key-\(number)", 1)) }
        try await alongside([{ try await inbox(bench, reader, limits: limits).run() }]) {
            // Keys of the other eleven partitions are not held up.
            try await eventually {
                try await bench.effects().count
            } is: {
                $0 >= 25
            }
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.parked_message")
            } is: {
                $0 == 3
            }
            try await bench.produce(record("z", 1))
            try await eventually {
                try await bench.effects()
            } is: {
                $0.contains("z/1")
            }
            #expect(try await bench.number("SELECT count(*) FROM sample.parked_message") == 3)
            reader.switchOn.turnOn()
            #expect(try await replay(bench, reader) == DeadLetters.Replay(outcome: .applied, followed: 3))
            try await eventually {
                try await bench.effects().filter { $0.hasPrefix("a/") }
            } is: {
                $0 == (1...10).map { "a/\($0)" }
            }
            try await eventually {
                try await bench.effects().count
            } is: {
                $0 == 51
            }
        }
    }

    @Test("The cap on all parked messages counts every key")
    func capInAll() async throws {
        let bench = try await Bench.make()
        let limits = ParkingLimits(perKey: 10, inAll: 2)
        try await bench.database.transaction { transaction in
            var room = ParkingRoom(schema: Bench.schema, topic: Bench.topic, limits: limits)
            try room.take(key: "a", in: transaction)
            try room.take(key: "b", in: transaction)
            #expect(throws: ParkingFull.self) { try room.take(key: "c", in: transaction) }
        }
    }
}
