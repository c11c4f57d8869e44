import Foundation
import Postgres
import Testing

@Suite("Statements and transactions")
struct StatementTests {
    private func tableDatabase(_ prefix: String) async throws -> Database {
        let database = try await freshDatabase(prefix)
        try await database.transaction {
            try $0.executeScript("CREATE TABLE public.t (id bigint PRIMARY KEY, name text)")
        }
        return database
    }

    private func count(_ database: Database) async throws -> Int {
        try await database.transaction { try $0.only("SELECT count(*) AS n FROM public.t").get("n") }
    }

    @Test("XCT-12: interpolated values never become syntax")
    func injection() async throws {
        let database = try await tableDatabase("inject")
        let hostile = "x'); DROP TABLE public.t; --"
        try await database.transaction { transaction in
            try transaction.execute("INSERT INTO public.t (id, name) VALUES (1, \(hostile))", expecting: 1)
        }
        let name = try await database.transaction { transaction in
            try transaction.only("SELECT name FROM public.t WHERE name = \(hostile)").get("name", as: String.self)
        }
        #expect(name == hostile)
        let column = "odd\"; name"
        let value = try await database.transaction { transaction in
            try transaction.only("SELECT 1 AS \(identifier: column)").get(column, as: Int.self)
        }
        #expect(value == 1)
    }

    @Test("Fragments are joined with their parameters renumbered")
    func fragments() async throws {
        let database = try await tableDatabase("fragments")
        let rows: [SQL] = (1...3).map { "(\(Int64($0)), \("n\($0)"))" }
        let inserted = try await database.transaction { transaction in
            try transaction.execute("INSERT INTO public.t (id, name) VALUES " + SQL.joined(rows, separator: ", "))
        }
        #expect(inserted == 3)
        let filter: SQL = "id > \(1) AND name <> \("n3")"
        let ids = try await database.transaction { transaction in
            try transaction.query("SELECT id FROM public.t WHERE \(filter) OR \(unescaped: "false")") {
                try $0.get("id", as: Int64.self)
            }
        }
        #expect(ids == [2])
    }

    @Test("Affected rows are counted and may be demanded")
    func affected() async throws {
        let database = try await tableDatabase("affected")
        let counts = try await database.transaction { transaction in
            [
                try transaction.execute("INSERT INTO public.t SELECT i, 'a' FROM generate_series(1, 5) AS i"),
                try transaction.execute("UPDATE public.t SET name = 'b' WHERE id <= \(3)"),
                try transaction.execute("DELETE FROM public.t WHERE id = \(99)"),
            ]
        }
        #expect(counts == [5, 3, 0])
        let failure = await errorOf {
            try await database.transaction { transaction in
                try transaction.execute("DELETE FROM public.t")
                try transaction.execute("UPDATE public.t SET name = 'c' WHERE id = 99", expecting: 1)
            }
        }
        #expect(failure as? PostgresError == .unexpectedRowCount(expected: 1, actual: 0))
        #expect(try await count(database) == 5)
        let several = await errorOf { try await database.transaction { try $0.only("SELECT id FROM public.t") } }
        #expect(several as? PostgresError == .unexpectedRowCount(expected: 1, actual: 5))
    }

    @Test("A violated constraint is named, and a foreign error of the body arrives as it is")
    func violations() async throws {
        struct Mine: Error, Equatable {}
        let database = try await tableDatabase("violations")
        let failure = await errorOf {
            try await database.transaction { transaction in
                for _ in 0..<2 { try transaction.execute("INSERT INTO public.t (id) VALUES (1)") }
            }
        }
        let error = try #require(failure as? PostgresError)
        #expect(error.isUniqueViolation())
        #expect(error.isUniqueViolation(constraint: "t_pkey"))
        #expect(!error.isUniqueViolation(constraint: "other"))
        #expect(!error.isTransient)
        let own = await errorOf {
            try await database.transaction { transaction in
                try transaction.execute("INSERT INTO public.t (id) VALUES (2)")
                throw Mine()
            }
        }
        #expect(own as? Mine == Mine())
        #expect(try await count(database) == 0)
    }

    @Test("A body that swallows a statement's error does not seem to have committed")
    func swallowed() async throws {
        let database = try await tableDatabase("swallowed")
        let failure = await errorOf {
            try await database.transaction { transaction in
                try transaction.execute("INSERT INTO public.t (id) VALUES (1)")
                do { try transaction.execute("SELECT 1/0") } catch is PostgresError { return }
            }
        }
        #expect((failure as? PostgresError)?.sqlState == "22012")
        #expect(try await count(database) == 0)
    }

    @Test("A savepoint undoes its own changes only")
    func savepoints() async throws {
        let database = try await tableDatabase("savepoints")
        let called = Counter()
        try await database.transaction { transaction in
            try transaction.execute("INSERT INTO public.t (id) VALUES (1)")
            transaction.afterCommit { called.increment() }
            do {
                try transaction.savepoint {
                    try transaction.execute("INSERT INTO public.t (id) VALUES (2)")
                    transaction.afterCommit { called.increment() }
                    try transaction.execute("INSERT INTO public.t (id) VALUES (1)")
                }
            } catch let error as PostgresError where error.isUniqueViolation() {
                try transaction.savepoint { try transaction.execute("INSERT INTO public.t (id) VALUES (3)") }
            }
        }
        let ids = try await database.transaction { transaction in
            try transaction.query("SELECT id FROM public.t ORDER BY id") { try $0.get("id", as: Int.self) }
        }
        #expect(ids == [1, 3])
        #expect(called.value == 1)
    }

    @Test("Actions after commit are not called after a rollback")
    func afterCommit() async throws {
        let database = try await tableDatabase("aftercommit")
        let called = Counter()
        _ = await errorOf {
            try await database.transaction { transaction in
                transaction.afterCommit { called.increment() }
                try transaction.execute("SELECT 1/0")
            }
        }
        #expect(called.value == 0)
        try await database.transaction { $0.afterCommit { called.increment() } }
        #expect(called.value == 1)
    }

    @Test("A read-only transaction cannot write")
    func readOnly() async throws {
        let database = try await tableDatabase("readonly")
        let failure = await errorOf {
            try await database.transaction(readOnly: true) { try $0.execute("INSERT INTO public.t (id) VALUES (1)") }
        }
        #expect((failure as? PostgresError)?.sqlState == "25006")
    }

    @Test("COPY carries odd characters, NULL and empty text apart, and many rows")
    func copy() async throws {
        let database = try await tableDatabase("copy")
        let odd = ["", "\\N", "\\.", "a\tb", "line\nbreak\r\n", "back\\slash", "直通车 😀", "\u{1}", "'\""]
        let copied = try await database.transaction { transaction in
            try transaction.copyIn("COPY public.t (id, name) FROM STDIN (FORMAT text)") { writer in
                for (index, text) in odd.enumerated() { try writer.row([String(index), text]) }
                try writer.row(["100", nil])
                try writer.raw(Array("101\traw\n".utf8))
                for index in 1_000..<51_000 { try writer.row([String(index), "row \(index)"]) }
            }
        }
        #expect(copied == odd.count + 2 + 50_000)
        let names = try await database.transaction { transaction in
            try transaction.query("SELECT name FROM public.t WHERE id <= 101 ORDER BY id") {
                try $0.get("name", as: String?.self)
            }
        }
        #expect(names == odd + [nil, "raw"])
        #expect(try await count(database) == copied)
    }

    @Test("COPY fails as a whole: an error of the body, of the data, or a statement that is no COPY")
    func copyFailures() async throws {
        struct Mine: Error {}
        let database = try await tableDatabase("copyfail")
        let own = await errorOf {
            try await database.transaction { transaction in
                try transaction.copyIn("COPY public.t (id, name) FROM STDIN") { writer in
                    try writer.row(["1", "a"])
                    throw Mine()
                }
            }
        }
        #expect(own is Mine)
        let bad = await errorOf {
            try await database.transaction { transaction in
                try transaction.copyIn("COPY public.t (id, name) FROM STDIN") { try $0.row(["x", "a"]) }
            }
        }
        #expect((bad as? PostgresError)?.sqlState == "22P02")
        let none = await errorOf { try await database.transaction { try $0.copyIn("SELECT 1") { _ in } } }
        #expect((none as? PostgresError)?.sqlState == "42601")
        let outwards = await errorOf {
            try await database.transaction { try $0.executeScript("COPY public.t TO STDOUT") }
        }
        #expect((outwards as? PostgresError)?.sqlState == "0A000")
        let stray = await errorOf {
            try await database.transaction { try $0.execute("COPY public.t FROM STDIN") }
        }
        #expect(stray is PostgresError)
        #expect(try await count(database) == 0)
    }

    @Test("A schema changed under prepared statements is met by running the transaction again")
    func stalePlans() async throws {
        let database = try await freshDatabase("stale", pool: PoolConfiguration(calls: 1))
        try await database.transaction {
            try $0.executeScript("CREATE TABLE public.s (a bigint); INSERT INTO public.s VALUES (1)")
        }
        let read: @Sendable (Transaction) throws -> Int = { try $0.only("SELECT * FROM public.s").get("a") }
        #expect(try await database.transaction(.calls, read) == 1)
        try await database.transaction(.relay) { try $0.executeScript("ALTER TABLE public.s ADD COLUMN b text") }
        #expect(try await database.transaction(.calls, read) == 1)
    }

    @Test("More distinct statements than are kept prepared")
    func manyStatements() async throws {
        let database = try await freshDatabase("many")
        let sum = try await database.transaction { transaction in
            var sum = 0
            for round in 0..<2 {
                for number in 0..<400 {
                    sum += try transaction.only("SELECT \(unescaped: String(number)) + \(round) AS n").get(
                        "n", as: Int.self)
                }
            }
            return sum
        }
        #expect(sum == 2 * (399 * 400 / 2) + 400)
    }

    @Test("XCT-11: a configuration from a URL never shows its password")
    func configuration() throws {
        let configuration = try PostgresConfiguration(
            url:
                "postgresql://ann:s%40cret@db.example:6432/policy?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=7"
        )
        #expect(configuration.host == "db.example")
        #expect(configuration.port == 6432)
        #expect(configuration.password == "s@cret")
        #expect(configuration.database == "policy")
        #expect(configuration.tls == .init(mode: "verify-full", rootCertificate: "/ca.pem"))
        #expect(configuration.connectTimeout == .seconds(7))
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("cret"), "\(text)")
        }
        #expect(
            configuration.with(user: "bob", database: "x").description
                == "postgresql://bob:***@db.example:6432/x?sslmode=verify-full")
        for bad in [
            "mysql://a@b/c", "postgresql://host/db", "postgresql://u@h:0/d", "postgresql://u@h/d?options=-cx",
            "postgresql://u@h/d?nonsense=1",
        ] {
            #expect(throws: PostgresConfigurationError.self, "\(bad)") { try PostgresConfiguration(url: bad) }
        }
    }
}
