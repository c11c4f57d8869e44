import Foundation
import Postgres

/// What the operation of published events needs besides the tables of messaging: digests, repair, seeding
/// (XCT-7; RELIABILITY rule 11). A component of its own, because the steps of messaging are closed.
public enum EventLogSchema {
    /// The migrations in order; `schema` is a trusted name such as `policy`.
    public static func migrations(schema: String) -> [Migration] {
        [("event_log", steps), ("refill", refill)].enumerated().map { index, step in
            Migration(
                version: index + 1, name: step.0, sql: step.1.replacingOccurrences(of: "{schema}", with: schema))
        }
    }

    // The journal is written in nearly the order of its recorded times, so a block range index finds a day at no cost
    // to the writers. `repairing_since` is set while a partition catches up after a gap; see `AggregateOrder`.
    private static let steps = """
        CREATE INDEX journal_recorded_at ON {schema}.journal USING brin (recorded_at) WITH (pages_per_range = 32);

        CREATE TABLE {schema}.delivered_day (
            cluster text NOT NULL,
            topic text NOT NULL,
            partition integer NOT NULL CHECK (partition >= 0),
            day date NOT NULL,
            last_offset bigint NOT NULL CHECK (last_offset >= 0),
            PRIMARY KEY (cluster, topic, partition, day)
        );

        CREATE TABLE {schema}.digest_day (
            topic text NOT NULL,
            day date NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            cluster text NOT NULL,
            computed_at timestamptz NOT NULL,
            PRIMARY KEY (topic, day),
            UNIQUE (topic, seq)
        );

        CREATE TABLE {schema}.digest_partition (
            topic text NOT NULL,
            day date NOT NULL,
            partition integer NOT NULL CHECK (partition >= 0),
            events bigint NOT NULL CHECK (events >= 1),
            sum bytea NOT NULL CHECK (octet_length(sum) = 32),
            last_offset bigint,
            PRIMARY KEY (topic, day, partition),
            FOREIGN KEY (topic, day) REFERENCES {schema}.digest_day (topic, day)
        );

        ALTER TABLE {schema}.consumer_offset ADD COLUMN repairing_since timestamptz;

        ALTER TABLE {schema}.relay_state ADD COLUMN seed_wanted boolean NOT NULL DEFAULT false;
        """

    // The states that a refill under way has put back; emptied before and after, so nothing is lost with a crash.
    private static let refill = """
        CREATE UNLOGGED TABLE {schema}.refilled_state (
            topic text NOT NULL,
            key text NOT NULL,
            PRIMARY KEY (topic, key)
        );
        """
}
