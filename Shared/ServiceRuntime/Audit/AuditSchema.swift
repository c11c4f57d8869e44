import Messaging
import Postgres

/// The tables of the audit's chain in every service's schema (DIR-8, RELIABILITY rule 20). A component of its own,
/// because the runtime's shared steps are closed.
public enum AuditSchema {
    /// The migrations in order; `schema` is a trusted name such as `policy`.
    public static func migrations(schema: String) -> [Migration] {
        [Migration(version: 1, name: "audit_chain", sql: chain(schema, Roles.app(of: schema)))]
    }

    // A trigger marks every new row as waiting, so that whoever inserts cannot forget it; rows commit out of the order
    // of their numbers, and a mark is seen exactly when its row is. What was there before the chain waits as well.
    private static func chain(_ schema: String, _ app: String) -> String {
        """
        CREATE TABLE \(schema).audit_unsealed (
            entry_id bigint PRIMARY KEY
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

        CREATE TABLE \(schema).audit_batch (
            number bigint PRIMARY KEY CHECK (number >= 1),
            first_place bigint NOT NULL UNIQUE CHECK (first_place >= 1),
            last_place bigint NOT NULL UNIQUE CHECK (last_place >= first_place),
            previous_head bytea NOT NULL UNIQUE CHECK (octet_length(previous_head) = 32),
            header bytea NOT NULL,
            head bytea NOT NULL CHECK (octet_length(head) = 32),
            sealed_at timestamptz NOT NULL
        );

        CREATE TABLE \(schema).audit_seal (
            place bigint PRIMARY KEY CHECK (place >= 1),
            batch bigint NOT NULL REFERENCES \(schema).audit_batch (number),
            entry_id bigint NOT NULL UNIQUE REFERENCES \(schema).audit_entry (id),
            bytes bytea NOT NULL
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON \(schema).audit_batch, \(schema).audit_seal FROM \(app);

        CREATE FUNCTION \(schema).audit_entry_waits() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            INSERT INTO \(schema).audit_unsealed (entry_id) VALUES (NEW.id);
            RETURN NULL;
        END
        $body$;
        CREATE TRIGGER audit_entry_waits AFTER INSERT ON \(schema).audit_entry
            FOR EACH ROW EXECUTE FUNCTION \(schema).audit_entry_waits();
        INSERT INTO \(schema).audit_unsealed (entry_id) SELECT id FROM \(schema).audit_entry;
        """
    }
}
