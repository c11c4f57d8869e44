import Logging
import Messaging
import Postgres

/// A part of a schema whose steps are numbered on their own, so that it can grow without moving the others' numbers.
public struct SchemaComponent: Sendable, Hashable {
    /// The name under which its steps are recorded.
    public let name: String
    /// Its steps, numbered 1, 2, 3, …
    public let migrations: [Migration]

    /// A part of a schema.
    public init(name: String, migrations: [Migration]) {
        self.name = name
        self.migrations = migrations
    }
}

/// The tables that the runtime keeps in every service's schema, and how the sources of migrations become one order.
///
/// The shared steps of the component "service" come first there and are closed. What all services gained later is a
/// component of its own (``components(of:)``), so that numbers once given never move.
public enum RuntimeSchema {
    /// Everything that a service's schema is made of, in the order in which it is applied.
    public static func components(of definition: ServiceDefinition) -> [SchemaComponent] {
        [
            SchemaComponent(name: "service", migrations: migrations(of: definition)),
            SchemaComponent(name: "eventlog", migrations: EventLogSchema.migrations(schema: definition.name)),
            SchemaComponent(name: "audit", migrations: AuditSchema.migrations(schema: definition.name)),
            SchemaComponent(name: "deadletters", migrations: DeadLetterSchema.migrations(schema: definition.name)),
            SchemaComponent(name: "retention", migrations: RetentionSchema.migrations(schema: definition.name)),
            SchemaComponent(name: "timers", migrations: TimerSchema.migrations(schema: definition.name)),
        ]
    }

    /// Brings a service's schema to this program's version.
    ///
    /// - Returns: the steps that were applied.
    /// - Throws: ``MigrationError`` or `PostgresError`; steps before the failed one stay applied.
    @discardableResult
    public static func migrate(
        _ definition: ServiceDefinition, on login: PostgresConfiguration, logger: Logger
    ) async throws -> [Migration] {
        var applied: [Migration] = []
        for component in components(of: definition) {
            applied += try await Migrator(
                schema: definition.name, owner: Roles.owner(of: definition.name), component: component.name,
                migrations: component.migrations
            ).run(on: login, logger: logger)
        }
        return applied
    }

    /// Messaging's steps, the runtime's, then the service's own, numbered 1, 2, 3, …
    public static func migrations(of definition: ServiceDefinition) -> [Migration] {
        let steps =
            MessagingSchema.migrations(schema: definition.name) + shared(schema: definition.name)
            + definition.migrations
        return steps.enumerated().map { index, step in
            Migration(version: index + 1, name: step.name, sql: step.sql)
        }
    }

    private static func shared(schema: String) -> [Migration] {
        let app = Roles.app(of: schema)
        return [
            Migration(
                version: 1, name: "runtime",
                sql: """
                    CREATE TABLE \(schema).request_identifier (
                        subject text NOT NULL,
                        method text NOT NULL,
                        identifier text NOT NULL CHECK (length(identifier) BETWEEN 1 AND 64),
                        request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
                        answer bytea,
                        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                        PRIMARY KEY (subject, method, identifier)
                    );
                    CREATE INDEX request_identifier_created_at ON \(schema).request_identifier (created_at);

                    CREATE TABLE \(schema).audit_entry (
                        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                        business_at timestamptz,
                        subject text NOT NULL,
                        subject_kind text NOT NULL
                            CHECK (subject_kind IN ('staff', 'enterprise', 'service', 'anonymous')),
                        unit text NOT NULL,
                        enterprise text NOT NULL,
                        method text NOT NULL,
                        object text NOT NULL,
                        outcome text NOT NULL CHECK (outcome IN ('done', 'denied')),
                        reason text NOT NULL,
                        detail text NOT NULL CHECK (length(detail) <= 2000),
                        request_identifier text NOT NULL,
                        trace_id text NOT NULL,
                        remote text NOT NULL
                    );
                    REVOKE UPDATE, DELETE, TRUNCATE ON \(schema).audit_entry FROM \(app);

                    CREATE TABLE \(schema).business_clock (
                        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
                        shift_us bigint NOT NULL DEFAULT 0
                    );
                    INSERT INTO \(schema).business_clock DEFAULT VALUES;
                    REVOKE INSERT, DELETE, TRUNCATE ON \(schema).business_clock FROM \(app);
                    """)
        ]
    }

    /// Whether the database holds exactly these components, by the checksums of their steps.
    ///
    /// - Throws: ``MigrationError`` naming the first difference, or `PostgresError`.
    static func check(_ components: [SchemaComponent], schema: String, in transaction: Transaction) throws {
        let recorded = try transaction.query(
            """
            SELECT component, version, checksum FROM \(identifier: schema).schema_migrations
            ORDER BY component, version
            """
        ) { row in
            (
                component: try row.get("component", as: String.self), version: try row.get("version", as: Int.self),
                checksum: try row.get("checksum", as: String.self)
            )
        }
        for component in components {
            let steps = recorded.filter { $0.component == component.name }
            let expected = try checksums(of: component.migrations, in: transaction)
            for (index, migration) in component.migrations.enumerated() {
                guard index < steps.count else { throw MigrationError.missing(version: migration.version) }
                guard steps[index].checksum == expected[index] else {
                    throw MigrationError.changed(version: migration.version, name: migration.name)
                }
            }
            if let unknown = steps.dropFirst(component.migrations.count).first {
                throw MigrationError.unknownVersion(unknown.version)
            }
        }
        let known = Set(components.map(\.name))
        if let unknown = recorded.first(where: { !known.contains($0.component) }) {
            throw MigrationError.unknownComponent(unknown.component)
        }
    }

    private static func checksums(of migrations: [Migration], in transaction: Transaction) throws -> [String] {
        try transaction.query(
            """
            SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex') AS checksum
            FROM unnest(\(migrations.map(\.sql))) WITH ORDINALITY AS given (text, place) ORDER BY place
            """
        ) { try $0.get("checksum", as: String.self) }
    }
}
