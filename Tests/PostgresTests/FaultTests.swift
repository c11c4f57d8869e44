import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Faults of server and connection")
struct FaultTests {
    @Test("Rule 12: a connection lost during COMMIT is an unknown outcome and the body runs once")
    func lostDuringCommit() async throws {
        let database = try await freshDatabase("commitloss")
        try await database.transaction { transaction in
            try transaction.executeScript(
                """
                CREATE TABLE public.t (id int);
                CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid());
                    PERFORM pg_catalog.pg_sleep(10);
                    RETURN NULL;
                END $$;
                CREATE CONSTRAINT TRIGGER die AFTER INSERT ON public.t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION public.die();
                """)
        }
        let runs = Counter()
        let committed = Counter()
        let failure = await errorOf {
            try await database.transaction { transaction in
                runs.increment()
                transaction.afterCommit { committed.increment() }
                try transaction.execute("INSERT INTO public.t VALUES (1)")
            }
        }
        let error = try #require(failure as? PostgresError)
        #expect(error == .unknownOutcome)
        #expect(error.isUnavailable)
        #expect(!error.isTransient)
        #expect(runs.value == 1)
        #expect(committed.value == 0)
        // The place of the broken connection is filled again.
        try await database.transaction { try $0.execute("SELECT 1") }
    }

    @Test("A deferred constraint that fails at COMMIT is a definite refusal")
    func refusedAtCommit() async throws {
        let database = try await freshDatabase("commitrefusal")
        try await database.transaction { transaction in
            try transaction.executeScript("CREATE TABLE public.t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        }
        let failure = await errorOf {
            try await database.transaction { try $0.execute("INSERT INTO public.t VALUES (1), (1)") }
        }
        #expect((failure as? PostgresError)?.isUniqueViolation(constraint: "t_id_key") == true)
    }

    @Test("A connection lost before COMMIT: the body runs once more, then the caller hears of it")
    func lostBeforeCommit() async throws {
        let database = try await freshDatabase("loss")
        let runs = Counter()
        let value = try await database.transaction { transaction in
            runs.increment()
            if runs.value == 1 { try transaction.execute("SELECT pg_terminate_backend(pg_backend_pid())") }
            return try transaction.only("SELECT 7 AS n").get("n", as: Int.self)
        }
        #expect(value == 7)
        #expect(runs.value == 2)
        let failure = await errorOf {
            try await database.transaction { try $0.execute("SELECT pg_terminate_backend(pg_backend_pid())") }
        }
        let error = try #require(failure as? PostgresError)
        guard case .connection = error else {
            Issue.record("expected a lost connection, got \(error)")
            return
        }
        #expect(error.isUnavailable)
    }

    @Test("XCT-8: while the server is away calls fail fast, and after its return they work by themselves")
    func restart() async throws {
        let cluster = try await PostgresCluster.launch()
        let configuration = try await cluster.makeDatabase(prefix: "restart")
        let database = Database(configuration: configuration, logger: testLogger)
        try await database.transaction { try $0.executeScript("CREATE TABLE public.t (id int)") }
        // Several sessions lie idle in the pool when the server goes, and each is replaced without an error.
        try await idleSessions(database, count: 4)
        try await cluster.restart()
        try await idleSessions(database, count: 4)
        try await cluster.stop()
        let start = ContinuousClock.now
        let failure = await errorOf { try await database.transaction { try $0.execute("SELECT 1") } }
        #expect((failure as? PostgresError)?.isUnavailable == true, "\(String(describing: failure))")
        // A call that tried until its time to connect was over would take five.
        #expect(ContinuousClock.now - start < .seconds(4))
        try await cluster.start()
        try await database.transaction { try $0.execute("INSERT INTO public.t VALUES (1)", expecting: 1) }
        try await cluster.stop()
    }

    private func idleSessions(_ database: Database, count: Int) async throws {
        let barrier = Barrier(count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await database.transaction { transaction in
                        try transaction.execute("SELECT 1")
                        try barrier.wait()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A server that does not answer at all is given up by the deadline")
    func silentServer() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                #expect(bind(listener, generic, length) == 0)
                #expect(listen(listener, 5) == 0)
                #expect(getsockname(listener, generic, &length) == 0)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin_port))
        var configuration = PostgresConfiguration(host: "127.0.0.1", port: port, user: "x", database: "x")
        configuration.connectTimeout = .milliseconds(300)
        let database = Database(configuration: configuration, logger: testLogger)
        let start = ContinuousClock.now
        let failure = await errorOf { try await database.transaction { _ in } }
        #expect(failure as? PostgresError == .connection("no answer within the time to connect"))
        // What ends a call first must not depend on the machine.
        configuration.connectTimeout = .seconds(60)
        let patient = Database(configuration: configuration, logger: testLogger)
        let late = await errorOf { try await patient.transaction(deadline: .now + .milliseconds(100)) { _ in } }
        #expect(late as? PostgresError == .deadlineExceeded)
        let task = Task { try await patient.transaction { _ in } }
        task.cancel()
        #expect(await errorOf { try await task.value } as? PostgresError == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("Rule 16: stopping lets transactions end, refuses new ones and closes every connection")
    func stopping() async throws {
        let admin = try await freshDatabase("stop")
        let database = Database(
            configuration: admin.configuration.with(applicationName: "stopping"), logger: testLogger)
        let running = Task { try await database.run() }
        let entered = Barrier(2)
        let release = Barrier(2)
        let held = Task {
            try await database.transaction { transaction in
                try entered.wait()
                try release.wait()
                return try transaction.only("SELECT 1 AS one").get("one", as: Int.self)
            }
        }
        try await entered.arrive()
        running.cancel()
        try await eventually {
            await errorOf { try await database.transaction(.health) { _ in } } as? PostgresError
        } is: {
            $0 == .connection("the database is closed")
        }
        try await release.arrive()
        #expect(try await held.value == 1)
        try await running.value
        try await eventually {
            try await admin.transaction { transaction in
                try transaction.only(
                    "SELECT count(*) AS n FROM pg_catalog.pg_stat_activity WHERE application_name = 'stopping'"
                ).get("n", as: Int.self)
            }
        } is: {
            $0 == 0
        }
    }

    @Test("Rule 16: stopping cancels what has not ended by the drain limit")
    func forcedStop() async throws {
        let database = try await freshDatabase("forced", pool: PoolConfiguration(drainLimit: .milliseconds(100)))
        let running = Task { try await database.run() }
        let entered = Barrier(2)
        let held = Task {
            try await database.transaction { transaction in
                try entered.wait()
                try transaction.execute("SELECT pg_sleep(60)")
            }
        }
        try await entered.arrive()
        running.cancel()
        #expect(await errorOf { try await held.value } as? PostgresError == .cancelled)
        try await running.value
    }

    @Test("Connections that lie idle are closed and opened again when needed")
    func idle() async throws {
        let admin = try await freshDatabase("idle")
        let database = Database(
            configuration: admin.configuration.with(applicationName: "idling"),
            pool: PoolConfiguration(idleLimit: .milliseconds(100)), logger: testLogger)
        let running = Task { try await database.run() }
        try await database.transaction { try $0.execute("SELECT 1") }
        try await eventually {
            try await admin.transaction { transaction in
                try transaction.only(
                    "SELECT count(*) AS n FROM pg_catalog.pg_stat_activity WHERE application_name = 'idling'"
                ).get("n", as: Int.self)
            }
        } is: {
            $0 == 0
        }
        try await database.transaction { try $0.execute("SELECT 1") }
        running.cancel()
        try await running.value
    }
}

@Suite("Dedicated connections")
struct DedicatedConnectionTests {
    @Test(
        "Rule 3: a session lock has one holder and is lost with its session", arguments: [1, -1, .max, .min, 1 << 40])
    func advisoryLock(key: Int64) async throws {
        let database = try await freshDatabase("lock")
        let first = try await database.dedicated(name: "first")
        let second = try await database.dedicated(name: "second")
        #expect(try await first.tryAdvisoryLock(key))
        #expect(try await first.holdsAdvisoryLock(key))
        #expect(try await !second.tryAdvisoryLock(key))
        #expect(try await !second.holdsAdvisoryLock(key))
        let pid = first.backendPID
        try await database.transaction { try $0.execute("SELECT pg_terminate_backend(\(pid), 5000)", expecting: 1) }
        for _ in 0..<2 {
            let failure = await errorOf { try await first.holdsAdvisoryLock(key) }
            #expect((failure as? PostgresError)?.isUnavailable == true, "\(String(describing: failure))")
        }
        #expect(try await second.tryAdvisoryLock(key))
        #expect(try await second.releaseAdvisoryLock(key))
        #expect(try await !second.holdsAdvisoryLock(key))
        await second.close()
        await first.close()
    }

    @Test("Rule 5: notifications arrive, also while the connection does other work, and end with it")
    func notifications() async throws {
        let database = try await freshDatabase("notify")
        let listener = try await database.dedicated(name: "listener")
        let stream = try await listener.listen("Odd \"channel")
        var payloads = stream.makeAsyncIterator()
        let channel = "Odd \"channel"
        for number in 1...3 {
            try await database.transaction { try $0.execute("SELECT pg_notify(\(channel), \("n\(number)"))") }
            #expect(try await payloads.next() == "n\(number)")
        }
        try await listener.transaction { try $0.execute("SELECT pg_notify(\(channel), 'own')") }
        #expect(try await payloads.next() == "own")
        let pid = listener.backendPID
        try await database.transaction { try $0.execute("SELECT pg_terminate_backend(\(pid), 5000)", expecting: 1) }
        let failure = await errorOf { try await payloads.next() }
        #expect((failure as? PostgresError)?.isUnavailable == true, "\(String(describing: failure))")
    }

    @Test("Closing ends the stream without an error, and dropping the stream stops listening")
    func closing() async throws {
        let database = try await freshDatabase("unlisten")
        let listener = try await database.dedicated(name: "listener")
        let task = Task { [listener] in for try await _ in try await listener.listen("gone") {} }
        let channels: @Sendable (Transaction) throws -> Int = {
            try $0.only("SELECT count(*) AS n FROM pg_catalog.pg_listening_channels()").get("n")
        }
        try await eventually {
            try await listener.transaction(channels)
        } is: {
            $0 == 1
        }
        task.cancel()
        try await eventually {
            try await listener.transaction(channels)
        } is: {
            $0 == 0
        }
        var payloads = try await listener.listen("kept").makeAsyncIterator()
        await listener.close()
        #expect(try await payloads.next() == nil)
    }

    @Test("What the server refuses in a transaction runs outside one")
    func script() async throws {
        let database = try await freshDatabase("script")
        let connection = try await database.dedicated(name: "script")
        try await connection.executeScript("VACUUM")
        await connection.close()
        let refused = await errorOf { try await database.transaction { try $0.executeScript("VACUUM") } }
        #expect((refused as? PostgresError)?.sqlState == "25001")
    }

    @Test("Rule 15: a process without file descriptors refuses transactions and goes on when it has some again")
    func withoutDescriptors() async throws {
        let database = try await freshDatabase("descriptors")
        var usual = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) == 0)
        var none = usual
        none.rlim_cur = 3
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none) == 0)
        let refused = await errorOf { try await database.transaction { try $0.execute("SELECT 1") } }
        let alone = await errorOf { try await database.dedicated(name: "alone") }
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) == 0)
        for error in [refused, alone] {
            #expect((error as? PostgresError) == .connection("no file descriptors are left for a connection"))
        }
        try await database.transaction { try $0.execute("SELECT 1") }
    }
}
