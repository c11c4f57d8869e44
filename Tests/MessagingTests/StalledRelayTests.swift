import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite("docs/operating.md, waiting events grow (XCT-5)", .serialized)
struct StalledRelayTests {
    @Test("While the broker is away the log says so and the leader is named; nothing has to be done by hand")
    func brokerAway() async throws {
        let bench = try await Bench.make()
        guard !bench.broker.isExternal else { return }
        let log = RecordedLog()
        try bench.broker.command("down")
        try await alongside([{ try await bench.relay("first", logger: log.logger).run() }]) {
            for seq: Int64 in 1...3 { try await bench.commit(bench.event("a", seq)) }
            try await eventually {
                log.says("events wait for the broker") || log.says("the broker does not say which cluster it is")
            } is: {
                $0
            }
            #expect(try await bench.pending() == 3)
            #expect(try await bench.number("SELECT count(*) FROM sample.relay_state WHERE leader = 'first'") == 1)
            try bench.broker.command("up")
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        #expect(try await bench.published().map { try IncomingEvent($0).seq } == [1, 2, 3])
    }

    @Test("A process that hangs and keeps the lock stalls every other; the recipe's statement ends its session")
    func hangingLeader() async throws {
        let bench = try await Bench.make()
        let hanging = try await bench.database.dedicated(name: "relay")
        #expect(try await hanging.tryAdvisoryLock(LockName.key("relay.\(Bench.schema)")))
        try await alongside([{ try await bench.relay("second").run() }]) {
            try await bench.commit(bench.event("a", 1))
            // The other one asks twice a second; after two of its trials the event still waits.
            try await Task.sleep(for: .milliseconds(1_200))
            #expect(try await bench.pending() == 1)
            #expect(try await bench.number("SELECT count(*) FROM sample.relay_state WHERE leader = ''") == 1)
            let ended = try await bench.number(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_stat_activity USING (pid)
                WHERE locktype = 'advisory' AND granted AND application_name LIKE '% relay'
                    AND datname = current_database()
                """)
            #expect(ended == 1)
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
            #expect(try await bench.number("SELECT count(*) FROM sample.relay_state WHERE leader = 'second'") == 1)
        }
        await hanging.close()
    }
}
