import Messaging
import Postgres

/// The tables that the runtime keeps in every service's schema, and how the three sources of migrations become one row.
///
/// The shared steps come first and are closed: a later change of a shared table is a new step that each service lists
/// in its own migrations, so that numbers once given never move.
public enum RuntimeSchema {
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

    /// Whether the database holds exactly these migrations, by their checksums.
    ///
    /// - Throws: ``MigrationError`` naming the first difference, or `PostgresError`.
    static func check(_ migrations: [Migration], schema: String, in transaction: Transaction) throws {
        let recorded = try transaction.query(
            "SELECT version, checksum FROM \(identifier: schema).schema_migrations ORDER BY version"
        ) { (version: try $0.get("version", as: Int.self), checksum: try $0.get("checksum", as: String.self)) }
        let expected = try transaction.query(
            """
            SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex') AS checksum
            FROM unnest(\(migrations.map(\.sql))) WITH ORDINALITY AS given (text, place) ORDER BY place
            """
        ) { try $0.get("checksum", as: String.self) }
        for (index, migration) in migrations.enumerated() {
            guard index < recorded.count else { throw MigrationError.missing(version: migration.version) }
            guard recorded[index].checksum == expected[index] else {
                throw MigrationError.changed(version: migration.version, name: migration.name)
            }
        }
        if let unknown = recorded.dropFirst(migrations.count).first {
            throw MigrationError.unknownVersion(unknown.version)
        }
    }
}
