import Postgres

/// The table of timers in every service's schema (rule 14). A component of its own, because the shared steps are closed.
enum TimerSchema {
    /// The steps of the component "timers"; `schema` is a trusted name such as `appeal`.
    static func migrations(schema: String) -> [Migration] {
        [
            Migration(
                version: 1, name: "timers",
                sql: """
                    CREATE TABLE \(schema).timer (
                        subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 128),
                        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
                        due_at timestamptz NOT NULL,
                        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                        fired_at timestamptz,
                        failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
                        retry_at timestamptz,
                        PRIMARY KEY (subject, name, due_at)
                    );
                    COMMENT ON COLUMN \(schema).timer.due_at IS 'business time';
                    COMMENT ON COLUMN \(schema).timer.fired_at IS 'business time; set once, in the transaction of the effect';
                    COMMENT ON COLUMN \(schema).timer.retry_at IS 'real time; the subject waits until then after a failure';
                    CREATE INDEX timer_due ON \(schema).timer (due_at, subject, name) WHERE fired_at IS NULL;
                    CREATE INDEX timer_retry ON \(schema).timer (subject)
                        WHERE fired_at IS NULL AND retry_at IS NOT NULL;
                    """)
        ]
    }
}
