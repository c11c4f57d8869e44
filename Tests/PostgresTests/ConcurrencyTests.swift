import Foundation
import Metrics
import MetricsTestKit
import Postgres
import TestSupport
import Testing

@Suite("Conflicts, limits and cancellation")
struct ConcurrencyTests {
    @Test("Rule 12: a serialisation failure is met by running the loser again")
    func serialisation() async throws {
        let database = try await freshDatabase("serial")
        try await database.transaction { transaction in
            try transaction.executeScript(
                "CREATE TABLE public.n (id int, v int); INSERT INTO public.n VALUES (1, 10), (2, 20)")
        }
        let barrier = Barrier(2)
        let runs = Counter()
        // Each reads both rows and writes one of them: a write skew, which only SERIALIZABLE refuses.
        let skew: @Sendable (Int, Transaction) throws -> Void = { id, transaction in
            runs.increment()
            let sum = try transaction.only("SELECT sum(v) AS sum FROM public.n").get("sum", as: Int.self)
            try barrier.wait()
            try transaction.execute("UPDATE public.n SET v = \(Int32(sum)) WHERE id = \(id)", expecting: 1)
        }
        async let first: Void = database.transaction(isolation: .serializable, attempts: 10) { try skew(1, $0) }
        async let second: Void = database.transaction(isolation: .serializable, attempts: 10) { try skew(2, $0) }
        _ = try await (first, second)
        // The winner may still be committing when the loser runs again, which then costs one more run.
        #expect(runs.value >= 3)
        let values = try await database.transaction { transaction in
            try transaction.query("SELECT v FROM public.n ORDER BY v") { try $0.get("v", as: Int.self) }
        }
        #expect([[30, 40], [30, 50]].contains(values), "\(values)")
    }

    @Test("Rule 12: a deadlock is met by running the victim again, and one attempt means one")
    func deadlock() async throws {
        let database = try await freshDatabase("deadlock")
        try await database.transaction { transaction in
            try transaction.executeScript(
                "CREATE TABLE public.n (id int, v int); INSERT INTO public.n VALUES (1, 0), (2, 0)")
        }
        for attempts in [3, 1] {
            let barrier = Barrier(2)
            let crossed: @Sendable (Int, Int, Transaction) throws -> Void = { one, other, transaction in
                try transaction.execute("UPDATE public.n SET v = v + 1 WHERE id = \(one)", expecting: 1)
                try barrier.wait()
                try transaction.execute("UPDATE public.n SET v = v + 1 WHERE id = \(other)", expecting: 1)
            }
            async let first = errorOf { try await database.transaction(attempts: attempts) { try crossed(1, 2, $0) } }
            async let second = errorOf { try await database.transaction(attempts: attempts) { try crossed(2, 1, $0) } }
            let errors = await [first, second].compactMap { $0 as? PostgresError }
            #expect(errors.map(\.sqlState) == (attempts == 3 ? [] : ["40P01"]))
        }
        let sum = try await database.transaction {
            try $0.only("SELECT sum(v) AS sum FROM public.n").get("sum", as: Int.self)
        }
        #expect(sum == 6)
    }

    @Test("Rule 15: waiting for a connection is bounded in time and number, in order, and shares are apart")
    func pool() async throws {
        let database = try await freshDatabase(
            "pool", pool: PoolConfiguration(calls: 1, waitLimit: .seconds(4), maximumWaiters: 1))
        let entered = Barrier(2)
        let release = Barrier(2)
        let holder = Task {
            try await database.transaction { _ in
                try entered.wait()
                try release.wait()
            }
        }
        try await entered.arrive()
        let start = ContinuousClock.now
        let refused: @Sendable () async -> Duration? = {
            let failure = await errorOf { try await database.transaction { _ in } }
            return failure as? PostgresError == .poolExhausted ? ContinuousClock.now - start : nil
        }
        async let one = refused()
        async let other = refused()
        for share in [Share.relay, .consumers, .health] {
            #expect(
                try await database.transaction(share) { try $0.only("SELECT 1 AS one").get("one", as: Int.self) } == 1)
        }
        let waits = await [one, other].compactMap { $0 }.sorted()
        try #require(waits.count == 2)
        #expect(waits[0] < .seconds(4), "the second to wait has to be refused at once")
        #expect(waits[1] >= .seconds(4))
        let late = await errorOf { try await database.transaction(deadline: .now + .milliseconds(50)) { _ in } }
        #expect(late as? PostgresError == .deadlineExceeded)
        try await release.arrive()
        try await holder.value
        try await database.transaction { _ in }
    }

    @Test("More callers than connections are all served")
    func crowd() async throws {
        let database = try await freshDatabase("crowd", pool: PoolConfiguration(calls: 3, waitLimit: .seconds(60)))
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<300 {
                group.addTask {
                    try await database.transaction { try $0.only("SELECT \(number) AS n").get("n", as: Int.self) }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 299 * 300 / 2)
        let connections = try await database.transaction(.health) { transaction in
            try transaction.only(
                """
                SELECT count(*) AS n FROM pg_catalog.pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend'
                """
            ).get("n", as: Int.self)
        }
        #expect(connections == 4)
    }

    private func sleepers(_ database: Database) async throws -> Int {
        try await database.transaction(.health) { transaction in
            try transaction.only(
                """
                SELECT count(*) AS n FROM pg_catalog.pg_stat_activity
                WHERE datname = pg_catalog.current_database() AND state = 'active' AND wait_event = 'PgSleep'
                """
            ).get("n")
        }
    }

    @Test("Cancelling the task cancels its statement on the server, and the connection stays usable")
    func cancellation() async throws {
        let database = try await freshDatabase("cancel", pool: PoolConfiguration(calls: 1))
        let pid: @Sendable (Transaction) throws -> Int = { try $0.only("SELECT pg_backend_pid() AS pid").get("pid") }
        let before = try await database.transaction(.calls, pid)
        let task = Task { try await database.transaction { try $0.execute("SELECT pg_sleep(60)") } }
        try await eventually {
            try await sleepers(database)
        } is: {
            $0 == 1
        }
        let start = ContinuousClock.now
        task.cancel()
        #expect(await errorOf { try await task.value } as? PostgresError == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(25))
        try await eventually {
            try await sleepers(database)
        } is: {
            $0 == 0
        }
        #expect(try await database.transaction(.calls, pid) == before)
    }

    @Test("A waiting caller that is cancelled leaves the queue")
    func cancelledWaiter() async throws {
        let database = try await freshDatabase("waiter", pool: PoolConfiguration(calls: 1))
        let holder = Task { try await database.transaction { try $0.execute("SELECT pg_sleep(60)") } }
        try await eventually {
            try await sleepers(database)
        } is: {
            $0 == 1
        }
        let waiter = Task { try await database.transaction { _ in } }
        waiter.cancel()
        #expect(await errorOf { try await waiter.value } as? PostgresError == .cancelled)
        holder.cancel()
        _ = await holder.result
        try await database.transaction { _ in }
    }

    @Test("Rule 17: a deadline ends the statement under way, and also a body that swallows the error")
    func deadline() async throws {
        let database = try await freshDatabase("deadline", pool: PoolConfiguration(calls: 1))
        try await database.transaction { try $0.executeScript("CREATE TABLE public.t (id int)") }
        let start = ContinuousClock.now
        let failure = await errorOf {
            try await database.transaction(deadline: .now + .milliseconds(200)) { transaction in
                try transaction.execute("INSERT INTO public.t VALUES (1)")
                do { try transaction.execute("SELECT pg_sleep(60)") } catch is PostgresError { return }
            }
        }
        #expect(failure as? PostgresError == .deadlineExceeded)
        #expect(ContinuousClock.now - start < .seconds(25))
        #expect(try await sleepers(database) == 0)
        let count = try await database.transaction {
            try $0.only("SELECT count(*) AS n FROM public.t").get("n", as: Int.self)
        }
        #expect(count == 0)
    }

    @Test("Rule 15: time limits of statements and locks are the server's")
    func timeouts() async throws {
        let database = try await freshDatabase("timeouts") { configuration in
            // Long enough for what is to pass on a machine that does much else.
            configuration.statementTimeout = .seconds(4)
            configuration.lockTimeout = .milliseconds(100)
            configuration.idleInTransactionTimeout = .seconds(7)
        }
        let slow = await errorOf { try await database.transaction { try $0.execute("SELECT pg_sleep(60)") } }
        #expect((slow as? PostgresError)?.sqlState == "57014")
        try await database.transaction { try $0.executeScript("CREATE TABLE public.t (id int)") }
        let held = try await database.dedicated(name: "holder")
        try await held.executeScript("BEGIN; LOCK TABLE public.t")
        let locked = await errorOf { try await database.transaction { try $0.query("SELECT id FROM public.t") } }
        #expect((locked as? PostgresError)?.sqlState == "55P03")
        #expect((locked as? PostgresError)?.isTransient == true)
        await held.close()
        let settings = try await database.transaction { transaction in
            try ["idle_in_transaction_session_timeout", "search_path", "TimeZone"].map { name in
                try transaction.only("SELECT pg_catalog.current_setting(\(name)) AS v").get("v", as: String.self)
            }
        }
        #expect(settings == ["7s", "", "UTC"])
    }

    @Test("XCT-14: the pool's use is measured per share")
    func metrics() async throws {
        let metrics = TestMetrics()
        let configuration = try await PostgresCluster.shared().makeDatabase(prefix: "metrics")
        try await withMetricsFactory(metrics) {
            let database = Database(configuration: configuration, logger: testLogger)
            let inUse = try metrics.expectRecorder("ztc_pool_in_use", [("share", "consumers")])
            let waiting = try metrics.expectRecorder("ztc_pool_waiting", [("share", "consumers")])
            try await database.transaction(.consumers) { _ in #expect(inUse.lastValue == 1) }
            #expect(inUse.lastValue == 0)
            #expect(waiting.lastValue == 0)
        }
    }
}
