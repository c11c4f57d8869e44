import Logging

/// One forward step of a schema. Once released, its text never changes again.
public struct Migration: Sendable, Hashable {
    /// 1, 2, 3, … without gaps.
    public let version: Int
    /// A short name for people.
    public let name: String
    /// Schema-qualified statements without BEGIN or COMMIT.
    public let sql: String

    /// A step from its parts.
    public init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

/// Why a schema cannot be migrated; nothing was changed by the refused step.
public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The given migrations are not numbered 1, 2, 3, …
    case notConsecutive(expected: Int, found: Int)
    /// The text of a migration differs from what was applied.
    case changed(version: Int, name: String)
    /// The schema has a migration that this program does not know: the program is older than the schema.
    case unknownVersion(Int)
    /// The schema has a part that this program does not know: the program is older than the schema.
    case unknownComponent(String)
    /// A migration is recorded although one before it is not.
    case missing(version: Int)
    /// A migration ended the transaction it runs in.
    case endedTransaction(version: Int)

    /// One line that names the migration.
    public var description: String {
        switch self {
        case .notConsecutive(let expected, let found): "expected migration \(expected), found \(found)"
        case .changed(let version, let name): "migration \(version) (\(name)) was changed after it had been applied"
        case .unknownVersion(let version): "the schema has migration \(version), which this program does not know"
        case .unknownComponent(let name): "the schema has the component \(name), which this program does not know"
        case .missing(let version): "migration \(version) is not recorded although later ones are"
        case .endedTransaction(let version): "migration \(version) ended its own transaction"
        }
    }
}

/// Brings a schema to the newest version: forward only, checked by checksum, one migrator at a time (XCT-14).
public struct Migrator: Sendable {
    /// The longest wait for another migrator, and for any lock a migration needs.
    private static let lockWait = Duration.seconds(60)

    private let schema: String
    private let owner: String
    private let component: String
    private let migrations: [Migration]

    /// Migrations of one schema; `owner` is the role that owns its objects and that the login role may set.
    ///
    /// - Parameter component: whose migrations these are; each component of a schema has its own numbers, so that the
    ///   tables that all services share can grow beside those of the service.
    public init(schema: String, owner: String, component: String = "service", migrations: [Migration]) {
        self.schema = schema
        self.owner = owner
        self.component = component
        self.migrations = migrations
    }

    /// Applies what is missing and returns it. See `run(on:logger:)`.
    @discardableResult
    public func run(on database: Database) async throws -> [Migration] {
        try await run(on: database.configuration, logger: database.logger)
    }

    /// Applies what is missing, each step in a transaction of its own with its record, and returns the applied steps.
    ///
    /// Statements have no time limit here. Throws `MigrationError` or `PostgresError`; steps before the failed one
    /// stay applied.
    @discardableResult
    public func run(on configuration: PostgresConfiguration, logger: Logger) async throws -> [Migration] {
        for (index, migration) in migrations.enumerated() where migration.version != index + 1 {
            throw MigrationError.notConsecutive(expected: index + 1, found: migration.version)
        }
        var unhurried = configuration
        unhurried.statementTimeout = .zero
        unhurried.lockTimeout = Self.lockWait
        let connection = try await DedicatedConnection.open(
            unhurried.with(applicationName: "\(configuration.applicationName) migrator"), name: "migrator",
            logger: logger)
        do {
            let applied = try await apply(on: connection, logger: logger)
            await connection.close()
            return applied
        } catch {
            await connection.close()
            throw error
        }
    }

    private func apply(on connection: DedicatedConnection, logger: Logger) async throws -> [Migration] {
        let lockName = "zhitongche.migrations.\(schema)"
        try await connection.transaction { transaction in
            try transaction.execute(
                "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended(\(lockName), 0))", expecting: 1)
        }
        try await prepare(on: connection)
        let recorded = try await connection.transaction { transaction in
            try setRole(transaction)
            let rows = try transaction.query(
                """
                SELECT version, checksum FROM \(identifier: schema).schema_migrations
                WHERE component = \(component) ORDER BY version
                """)
            return try rows.map {
                (version: try $0.get("version", as: Int.self), checksum: try $0.get("checksum", as: String.self))
            }
        }
        for (index, record) in recorded.enumerated() {
            if record.version > migrations.count { throw MigrationError.unknownVersion(record.version) }
            if record.version != index + 1 { throw MigrationError.missing(version: index + 1) }
            let migration = migrations[index]
            let checksum = try await connection.transaction { try Self.checksum(of: migration, $0) }
            guard checksum == record.checksum else {
                throw MigrationError.changed(version: migration.version, name: migration.name)
            }
        }
        let missing = Array(migrations.dropFirst(recorded.count))
        for migration in missing {
            try await connection.transaction { try apply(migration, $0) }
            logger.info(
                "migration applied",
                metadata: [
                    "schema": "\(schema)", "component": "\(component)", "version": "\(migration.version)",
                    "name": "\(migration.name)",
                ])
        }
        return missing
    }

    /// The server computes it, so that no cryptography is needed here.
    private static func checksum(of migration: Migration, _ transaction: Transaction) throws -> String {
        try transaction.only(
            """
            SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\(migration.sql), 'UTF8')), 'hex')
                AS checksum
            """
        ).get("checksum")
    }

    private func apply(_ migration: Migration, _ transaction: Transaction) throws {
        try setRole(transaction)
        let checksum = try Self.checksum(of: migration, transaction)
        try transaction.executeScript(migration.sql)
        // A script that committed would have lost the role of this transaction, even if it began another.
        guard transaction.isStillOpen, try transaction.only("SELECT current_user::text AS role").get("role") == owner
        else { throw MigrationError.endedTransaction(version: migration.version) }
        try transaction.execute(
            """
            INSERT INTO \(identifier: schema).schema_migrations (component, version, name, checksum)
            VALUES (\(component), \(migration.version), \(migration.name), \(checksum))
            """, expecting: 1)
    }

    /// Makes the record of migrations, which nobody but the owner may write (rule 19).
    private func prepare(on connection: DedicatedConnection) async throws {
        try await connection.transaction { transaction in
            let exists = try transaction.only(
                "SELECT pg_catalog.to_regnamespace(\(SQL.quoted(identifier: schema))) IS NOT NULL AS found")
            if try !exists.get("found", as: Bool.self) {
                try transaction.execute("CREATE SCHEMA \(identifier: schema) AUTHORIZATION \(identifier: owner)")
            }
            try setRole(transaction)
            try transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS \(identifier: schema).schema_migrations (
                    component text NOT NULL,
                    version bigint NOT NULL CHECK (version > 0),
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                    PRIMARY KEY (component, version)
                )
                """)
            // Default privileges of the schema have let the service's role write, as they do for every new table.
            let writers = try transaction.query(
                """
                SELECT DISTINCT role.rolname::text AS grantee
                FROM pg_catalog.pg_class AS class
                CROSS JOIN LATERAL pg_catalog.aclexplode(class.relacl) AS granted
                JOIN pg_catalog.pg_roles AS role ON role.oid = granted.grantee
                WHERE class.oid = pg_catalog.to_regclass(\(SQL.quoted(identifier: schema) + ".schema_migrations"))
                  AND granted.grantee <> class.relowner AND granted.privilege_type <> 'SELECT'
                """
            ) { try $0.get("grantee", as: String.self) }
            for writer in writers {
                try transaction.execute(
                    """
                    REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER
                    ON \(identifier: schema).schema_migrations FROM \(identifier: writer)
                    """)
            }
        }
    }

    private func setRole(_ transaction: Transaction) throws {
        try transaction.execute("SET LOCAL ROLE \(identifier: owner)")
    }
}
