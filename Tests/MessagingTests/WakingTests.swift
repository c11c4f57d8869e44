import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Messaging

@Suite("Waking the relay (rule 5)", .serialized)
struct WakingTests {
    /// Notifications that came.
    private final class Heard: Sendable {
        let count = Mutex(0)
    }

    private static var unhurried: Relay.Settings {
        var settings = Bench.fastRelay
        settings.pollInterval = .seconds(60)
        settings.netInterval = .seconds(120)
        settings.lockInterval = .seconds(1)
        return settings
    }

    /// Runs a body beside a leader and a follower whose own commits wake it, both with a poll of a minute.
    private func withFollower(
        _ bench: Bench, telling interval: Duration = .milliseconds(5), _ body: (Relay, Outbox) async throws -> Void
    ) async throws {
        let leader = bench.relay("leader", settings: Self.unhurried)
        try await alongside([{ try await leader.run() }]) {
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.relay_state WHERE leader = 'leader'")
            } is: {
                $0 == 1
            }
            // The leader listens once it publishes what it finds at its beginning.
            try await eventually {
                try await bench.number(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE query LIKE 'LISTEN%' AND datname = current_database()
                    """)
            } is: {
                $0 == 1
            }
            var settings = Self.unhurried
            settings.notifyInterval = interval
            let follower = bench.relay("follower", settings: settings)
            try await alongside([{ try await follower.run() }]) {
                try await body(follower, Outbox(schema: Bench.schema) { follower.wake() })
            }
        }
    }

    @Test("An event committed through a replica that does not lead is published long before the poll")
    func followerCommits() async throws {
        let bench = try await Bench.make()
        try await withFollower(bench) { _, outbox in
            for seq: Int64 in 1...5 {
                try await bench.database.transaction { try outbox.append(bench.event("a", seq), in: $0) }
                // Half of the poll's time, since a machine that does much else takes seconds for nothing.
                try await eventually(within: .seconds(30)) {
                    try await bench.pending()
                } is: {
                    $0 == 0
                }
            }
        }
    }

    @Test("Many commits at once are told in few notifications, and none comes from within a business transaction")
    func coalesced() async throws {
        let bench = try await Bench.make()
        let heard = Heard()
        let commits = 300
        try await withFollower(bench, telling: .seconds(1)) { _, outbox in
            let ear = try await bench.database.dedicated(name: "ear")
            let stream = try await ear.listen("ztc_sample_pending")
            let listening = Task { [heard] in for try await _ in stream { heard.count.withLock { $0 += 1 } } }
            let begun = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<commits {
                    group.addTask {
                        try await bench.database.transaction {
                            try outbox.append(bench.event("key-\(number)", 1), in: $0)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let took = ContinuousClock.now - begun
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            // At most one in the time for which commits are gathered, whatever their rate, and the last one.
            #expect(heard.count.withLock { $0 } <= Int(took / .seconds(1)) + 2)
            #expect(heard.count.withLock { $0 } > 0)
            await ear.close()
            _ = await listening.result
        }
    }
}
