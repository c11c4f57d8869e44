import Foundation
import Postgres
import Testing

/// Statements that travel together: BEGIN with the first one, what was enqueued with the next one or with COMMIT.
@Suite("Statements sent together")
struct TogetherTests {
    private func tableDatabase(_ prefix: String) async throws -> Database {
        let database = try await freshDatabase(prefix)
        try await database.transaction {
            try $0.executeScript("CREATE TABLE public.t (id bigint PRIMARY KEY, name text)")
        }
        return database
    }

    private func names(_ database: Database) async throws -> [String] {
        try await database.transaction { transaction in
            try transaction.query("SELECT name FROM public.t ORDER BY id") { try $0.get("name") }
        }
    }

    private static func insert(_ id: Int64, _ name: String) -> SQL {
        "INSERT INTO public.t (id, name) VALUES (\(id), \(name))"
    }

    @Test("What was enqueued is there for the next statement, and commits with COMMIT")
    func order() async throws {
        let database = try await tableDatabase("together")
        let seen = try await database.transaction { transaction in
            transaction.enqueue(Self.insert(1, "a"))
            transaction.enqueue("UPDATE public.t SET name = name || 'b'")
            let seen = try transaction.only("SELECT name FROM public.t").get("name", as: String.self)
            transaction.enqueue("UPDATE public.t SET name = name || 'c'")
            transaction.enqueue(Self.insert(2, "d"))
            return seen
        }
        #expect(seen == "ab")
        #expect(try await names(database) == ["abc", "d"])
        // Nothing but enqueued statements.
        try await database.transaction { $0.enqueue(Self.insert(3, "e")) }
        #expect(try await names(database) == ["abc", "d", "e"])
    }

    @Test("An enqueued statement that fails is thrown by what goes to the server next, and undoes everything")
    func failures() async throws {
        let database = try await tableDatabase("togetherfail")
        try await database.transaction { $0.enqueue(Self.insert(1, "kept")) }
        let atNext = await errorOf {
            try await database.transaction { transaction in
                try transaction.execute(Self.insert(2, "lost"))
                transaction.enqueue(Self.insert(1, "twice"))
                transaction.enqueue(Self.insert(3, "behind"))
                _ = try transaction.query("SELECT 1")
                Issue.record("the body went on")
            }
        }
        #expect((atNext as? PostgresError)?.sqlState == "23505")
        let atCommit = await errorOf {
            try await database.transaction { transaction in
                try transaction.execute(Self.insert(2, "lost"))
                transaction.enqueue(Self.insert(1, "twice"))
            }
        }
        #expect((atCommit as? PostgresError)?.sqlState == "23505")
        let alone = await errorOf { try await database.transaction { $0.enqueue(Self.insert(1, "twice")) } }
        #expect((alone as? PostgresError)?.sqlState == "23505")
        #expect(try await names(database) == ["kept"])
    }

    @Test("A statement that the server cannot prepare fails again when it is sent again, and others go on")
    func unpreparable() async throws {
        let database = try await tableDatabase("togetherprep")
        for _ in 1...2 {
            let failure = await errorOf {
                try await database.transaction { transaction in
                    transaction.enqueue("INSERT INTO public.absent VALUES (1)")
                    transaction.enqueue(Self.insert(1, "behind"))
                    try transaction.execute(Self.insert(2, "behind"))
                }
            }
            #expect((failure as? PostgresError)?.sqlState == "42P01")
        }
        // What stood behind it was never prepared, and is not taken for prepared.
        let runs = Counter()
        try await database.transaction { transaction in
            runs.increment()
            transaction.enqueue(Self.insert(1, "a"))
            try transaction.execute(Self.insert(2, "b"))
        }
        #expect(runs.value == 1)
        #expect(try await names(database) == ["a", "b"])
    }

    @Test("A savepoint holds what was enqueued in it, and leaves alone what was enqueued before")
    func savepoints() async throws {
        let database = try await tableDatabase("togethersave")
        try await database.transaction { transaction in
            transaction.enqueue(Self.insert(1, "before"))
            let failure = thrown {
                try transaction.savepoint {
                    transaction.enqueue(Self.insert(2, "inside"))
                    transaction.enqueue(Self.insert(2, "twice"))
                }
            }
            #expect((failure as? PostgresError)?.sqlState == "23505")
            let own = thrown {
                try transaction.savepoint {
                    // Sent now, it would fail and take the return to the savepoint with it.
                    transaction.enqueue(Self.insert(1, "twice"))
                    throw BarrierNotFull()
                }
            }
            #expect(own is BarrierNotFull)
            try transaction.savepoint { transaction.enqueue(Self.insert(4, "after")) }
        }
        #expect(try await names(database) == ["before", "after"])
    }

    @Test("Conflicts of enqueued statements repeat the transaction")
    func conflicts() async throws {
        let database = try await tableDatabase("togetherconflict")
        try await database.transaction { $0.enqueue(Self.insert(1, "")) }
        let barrier = Barrier(2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["a", "b"] {
                group.addTask {
                    try await database.transaction(isolation: .serializable) { transaction in
                        let before = try transaction.only("SELECT name FROM public.t").get("name", as: String.self)
                        try barrier.wait()
                        transaction.enqueue("UPDATE public.t SET name = \(before + name)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await names(database).first?.count == 2)
    }

    @Test("A connection that had died while it lay idle is replaced, also under enqueued statements alone")
    func idleLoss() async throws {
        let database = try await freshDatabase("togetheridle", pool: PoolConfiguration())
        try await database.transaction { try $0.executeScript("CREATE TABLE public.t (id bigint, name text)") }
        let admin = try await database.dedicated(name: "killer")
        let runs = Counter()
        for _ in 1...2 {
            try await admin.transaction {
                try $0.execute(
                    """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                    """)
            }
            try await database.transaction(attempts: 1) { transaction in
                runs.increment()
                transaction.enqueue(Self.insert(1, "once"))
            }
        }
        #expect(try await names(database) == ["once", "once"])
        await admin.close()
    }

    @Test("XCT-8: a connection lost under COMMIT and what goes with it has an unknown outcome")
    func lossAtCommit() async throws {
        let database = try await tableDatabase("togetherloss")
        let failure = await errorOf {
            try await database.transaction { transaction in
                try transaction.execute(Self.insert(1, "a"))
                transaction.enqueue("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }
        #expect(failure as? PostgresError == .unknownOutcome)
        #expect(try await names(database) == [])
    }
}

/// The error that a synchronous operation throws.
private func thrown<T>(_ operation: () throws -> T) -> (any Error)? {
    do {
        _ = try operation()
        return nil
    } catch {
        return error
    }
}
