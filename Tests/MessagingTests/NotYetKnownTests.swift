import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Messaging

@Suite("Messages that need what is still on its way (rule 10)", .serialized)
struct NotYetKnownTests {
    /// What a handler lacks, and how often it asked for it.
    private final class Missing: Sendable {
        private let state = Mutex((hasCome: false, asked: 0))

        var asked: Int { state.withLock { $0.asked } }

        func come() { state.withLock { $0.hasCome = true } }

        func require() throws {
            let hasCome = state.withLock { state in
                state.asked += 1
                return state.hasCome
            }
            guard hasCome else { throw NotYetKnown("the units") }
        }
    }

    /// An inbox whose first message of `needs` lacks what the message of `brings` brings.
    private func inbox(_ bench: Bench, _ missing: Missing) -> Inbox {
        var subscription = Subscription(Bench.topic)
        subscription.on(type: "test.Counted") { event, transaction in
            if event.key == "needs", event.seq == 1 { try missing.require() }
            if event.key == "brings" { missing.come() }
            _ = try transaction.execute(
                """
                INSERT INTO sample.effect (key, seq, payload) VALUES (\(event.key), \(event.seq), \(event.payload))
                """)
        }
        return bench.inbox([subscription])
    }

    @Test(
        "Rule 10: such a message waits beyond the limit of attempts, its key behind it, others go on; then it is applied once"
    )
    func waits() async throws {
        let bench = try await Bench.make()
        let missing = Missing()
        let others = (0..<40).map { "key-\($0)" }
        for seq: Int64 in 1...3 { try await bench.produce(record("needs", seq)) }
        for key in others { try await bench.produce(record(key, 1)) }
        try await alongside([{ try await inbox(bench, missing).run() }]) {
            // Keys of the other eleven partitions are not held up, neither before nor while the message is tried again.
            try await eventually {
                try await bench.effects().count
            } is: {
                $0 >= 25
            }
            // Every trial asks twice: once together with what came along, once alone.
            try await eventually {
                missing.asked
            } is: {
                $0 > 2 * Inbox.attemptLimit + 1
            }
            for seq: Int64 in 2...3 { for key in others { try await bench.produce(record(key, seq)) } }
            try await eventually {
                try await bench.effects().count
            } is: {
                $0 >= 75
            }
            #expect(try await !bench.effects().contains { $0.hasPrefix("needs/") })
            for table in ["dead_letter", "parked_key", "parked_message"] {
                #expect(try await bench.number("SELECT count(*) FROM sample.\(unescaped: table)") == 0, "\(table)")
            }

            // What is missing comes by the same inbox, which therefore must not stand still as a whole.
            try await bench.produce(record("brings", 1))
            try await eventually {
                try await bench.effects().filter { $0.hasPrefix("needs/") }
            } is: {
                $0 == ["needs/1", "needs/2", "needs/3"]
            }
            try await eventually {
                try await bench.effects().count
            } is: {
                $0 >= 124
            }
        }
        let effects = try await bench.effects()
        #expect(Set(effects).count == effects.count && effects.count == 124)
        for key in others {
            #expect(effects.filter { $0.hasPrefix("\(key)/") } == ["\(key)/1", "\(key)/2", "\(key)/3"])
        }
        #expect(try await bench.number("SELECT count(*) FROM sample.dead_letter") == 0)
    }
}
