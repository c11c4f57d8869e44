import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Roles and migrations", .serialized)
struct SchemaTests {
    private static let services = ["alpha", "beta"]
    private static let migrations = [
        Migration(
            version: 1, name: "things", sql: "CREATE TABLE alpha.things (id bigserial PRIMARY KEY, name text NOT NULL);"
        ),
        Migration(
            version: 2, name: "audit",
            sql: "CREATE TABLE alpha.audit (id bigint); REVOKE UPDATE, DELETE ON alpha.audit FROM ztc_alpha_app;"),
    ]

    private func password(_ role: String) -> String { "pw'\\ of \(role)" }

    private func bootstrapped(_ prefix: String) async throws -> Database {
        let admin = try await freshDatabase(prefix)
        try await Roles.bootstrap(admin: admin, services: Self.services, passwords: password)
        return admin
    }

    private func login(_ role: String, _ admin: Database) -> Database {
        Database(configuration: admin.configuration.with(user: role, password: password(role)), logger: testLogger)
    }

    private func migrator(_ migrations: [Migration] = migrations) -> Migrator {
        Migrator(schema: "alpha", owner: Roles.owner(of: "alpha"), migrations: migrations)
    }

    private func refusal(_ database: Database, _ sql: SQL) async -> String? {
        (await errorOf { try await database.transaction { try $0.execute(sql) } } as? PostgresError)?.sqlState
    }

    @Test("XCT-14: migrations apply once, in order, by the owner")
    func fresh() async throws {
        let admin = try await bootstrapped("migrate")
        let database = login(Roles.migrator(of: "alpha"), admin)
        #expect(try await migrator(Array(Self.migrations.prefix(1))).run(on: database).map(\.version) == [1])
        #expect(try await migrator().run(on: database).map(\.version) == [2])
        #expect(try await migrator().run(on: database).isEmpty)
        let owner = try await admin.transaction { transaction in
            try transaction.only("SELECT tableowner::text AS o FROM pg_catalog.pg_tables WHERE tablename = 'things'")
                .get("o", as: String.self)
        }
        #expect(owner == Roles.owner(of: "alpha"))
    }

    @Test("XCT-14: changed, unknown, missing and misnumbered migrations are refused by name")
    func refused() async throws {
        let admin = try await bootstrapped("refused")
        let database = login(Roles.migrator(of: "alpha"), admin)
        try await migrator().run(on: database)
        let changed = [Self.migrations[0], Migration(version: 2, name: "audit", sql: "SELECT 1")]
        #expect(
            await errorOf { try await migrator(changed).run(on: database) } as? MigrationError
                == .changed(version: 2, name: "audit"))
        let older = Array(Self.migrations.prefix(1))
        #expect(await errorOf { try await migrator(older).run(on: database) } as? MigrationError == .unknownVersion(2))
        let gap = [Self.migrations[1]]
        #expect(
            await errorOf { try await migrator(gap).run(on: database) } as? MigrationError
                == .notConsecutive(expected: 1, found: 2))
        try await admin.transaction {
            try $0.execute("DELETE FROM alpha.schema_migrations WHERE version = 1", expecting: 1)
        }
        #expect(await errorOf { try await migrator().run(on: database) } as? MigrationError == .missing(version: 1))
    }

    @Test("XCT-14: a failing migration leaves nothing of itself, and one that commits is refused")
    func failing() async throws {
        let admin = try await bootstrapped("failing")
        let database = login(Roles.migrator(of: "alpha"), admin)
        let broken = Migration(version: 3, name: "broken", sql: "CREATE TABLE alpha.half (id int); SELECT 1/0;")
        let failure = await errorOf { try await migrator(Self.migrations + [broken]).run(on: database) }
        #expect((failure as? PostgresError)?.sqlState == "22012")
        let committing = Migration(version: 3, name: "committing", sql: "COMMIT")
        #expect(
            await errorOf { try await migrator(Self.migrations + [committing]).run(on: database) } as? MigrationError
                == .endedTransaction(version: 3))
        let state = try await admin.transaction { transaction in
            try transaction.only(
                """
                SELECT (SELECT count(*) FROM alpha.schema_migrations) AS applied,
                       pg_catalog.to_regclass('alpha.half') IS NULL AS absent
                """)
        }
        #expect(try state.get("applied", as: Int.self) == 2)
        #expect(try state.get("absent", as: Bool.self))
    }

    @Test("XCT-14: concurrent migrators share the work without an error")
    func concurrent() async throws {
        let admin = try await bootstrapped("concurrent")
        let slow = [
            Migration(
                version: 1, name: "slow", sql: "SELECT pg_catalog.pg_sleep(0.2); CREATE TABLE alpha.once (id int);")
        ]
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { try await migrator(slow).run(on: login(Roles.migrator(of: "alpha"), admin)).count }
            }
            return try await group.reduce(0, +)
        }
        #expect(applied == 1)
    }

    @Test("Rule 19: each role can do exactly its part")
    func privileges() async throws {
        let admin = try await bootstrapped("roles")
        try await migrator().run(on: login(Roles.migrator(of: "alpha"), admin))
        let app = login(Roles.app(of: "alpha"), admin)
        let other = login(Roles.app(of: "beta"), admin)
        let migratorLogin = login(Roles.migrator(of: "alpha"), admin)
        let auditor = login(Roles.auditor, admin)
        #expect(await refusal(app, "INSERT INTO alpha.things (name) VALUES ('a')") == nil)
        #expect(await refusal(app, "UPDATE alpha.things SET name = 'b'") == nil)
        #expect(await refusal(app, "DELETE FROM alpha.things") == nil)
        #expect(await refusal(app, "SELECT version FROM alpha.schema_migrations") == nil)
        #expect(await refusal(app, "SELECT public.similarity('abc', 'abd')") == nil)
        let denied = "42501"
        #expect(
            await refusal(app, "INSERT INTO alpha.schema_migrations (version, name, checksum) VALUES (9, '', '')")
                == denied)
        #expect(await refusal(app, "DELETE FROM alpha.schema_migrations") == denied)
        #expect(await refusal(app, "UPDATE alpha.schema_migrations SET checksum = ''") == denied)
        #expect(await refusal(app, "CREATE TABLE alpha.mine (id int)") == denied)
        #expect(await refusal(app, "CREATE TABLE public.mine (id int)") == denied)
        #expect(await refusal(app, "DROP TABLE alpha.things") == denied)
        #expect(await refusal(app, "TRUNCATE alpha.things") == denied)
        #expect(await refusal(app, "UPDATE alpha.audit SET id = 1") == denied)
        #expect(await refusal(app, "SET LOCAL ROLE ztc_alpha_owner") == denied)
        #expect(await refusal(other, "SELECT id FROM alpha.things") == denied)
        #expect(await refusal(other, "SELECT version FROM alpha.schema_migrations") == denied)
        #expect(await refusal(migratorLogin, "SELECT id FROM alpha.things") == denied)
        #expect(await refusal(migratorLogin, "SET LOCAL ROLE ztc_beta_owner") == denied)
        #expect(await refusal(auditor, "SELECT id FROM alpha.things") == nil)
        #expect(await refusal(auditor, "DELETE FROM alpha.things") == denied)
        let owner = await errorOf { try await login(Roles.owner(of: "alpha"), admin).transaction { _ in } }
        #expect((owner as? PostgresError)?.isUnavailable == true)
        let wrong = Database(
            configuration: admin.configuration.with(user: Roles.app(of: "alpha"), password: "wrong"), logger: testLogger
        )
        #expect((await errorOf { try await wrong.transaction { _ in } } as? PostgresError)?.isUnavailable == true)
    }

    @Test("Rule 19: making roles again, at once, and from several databases changes nothing and fails nowhere")
    func repeated() async throws {
        let databases = try await [freshDatabase("again"), freshDatabase("again")]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<6 {
                let admin = databases[index % 2]
                group.addTask { try await Roles.bootstrap(admin: admin, services: Self.services, passwords: password) }
            }
            try await group.waitForAll()
        }
        try await migrator().run(on: login(Roles.migrator(of: "alpha"), databases[0]))
        try await Roles.bootstrap(admin: databases[0], services: Self.services, passwords: password)
        let app = login(Roles.app(of: "alpha"), databases[0])
        #expect(await refusal(app, "DELETE FROM alpha.schema_migrations") == "42501")
        #expect(await refusal(app, "UPDATE alpha.audit SET id = 1") == "42501")
    }

    @Test("docs/operating.md, a password is lost: roles made again with another password log in by it alone")
    func lostPassword() async throws {
        let admin = try await bootstrapped("lost")
        let app = login(Roles.app(of: "alpha"), admin)
        try await app.transaction { try $0.execute("SELECT 1") }
        try await Roles.bootstrap(admin: admin, services: Self.services, passwords: { "another of \($0)" })
        // What stands goes on; new connections need the new password.
        try await app.transaction { try $0.execute("SELECT 1") }
        let late = await errorOf {
            try await login(Roles.app(of: "alpha"), admin).transaction { try $0.execute("SELECT 1") }
        }
        #expect((late as? PostgresError)?.isUnavailable == true)
        let role = Roles.app(of: "alpha")
        let renewed = Database(
            configuration: admin.configuration.with(user: role, password: "another of \(role)"), logger: testLogger)
        try await renewed.transaction { try $0.execute("SELECT 1") }
        // The cluster's roles are shared with the other tests.
        try await Roles.bootstrap(admin: admin, services: Self.services, passwords: password)
    }

    @Test(
        "Names that are no service names are refused",
        arguments: ["", "Alpha", "a-b", "1a", "a\"; DROP", String(repeating: "a", count: 41)])
    func names(name: String) async throws {
        let admin = try await freshDatabase("names")
        #expect(
            await errorOf { try await Roles.bootstrap(admin: admin, services: [name], passwords: password) }
                is Roles.InvalidServiceName)
    }
}
