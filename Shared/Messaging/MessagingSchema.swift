import Postgres

/// The tables of messaging, the same in every service's schema (RELIABILITY: outbox, inbox).
public enum MessagingSchema {
    /// The migrations in order; `schema` is a trusted name such as `policy`.
    public static func migrations(schema: String) -> [Migration] {
        [
            Migration(version: 1, name: "outbox", sql: outbox.replacing("{schema}", with: schema)),
            Migration(version: 2, name: "inbox", sql: inbox.replacing("{schema}", with: schema)),
            Migration(version: 3, name: "partitions", sql: partitions.replacing("{schema}", with: schema)),
        ]
    }

    // `xid` comes first: defaults are evaluated from left to right, so a transaction owns its transaction number before
    // it takes a journal number. The relay relies on that when it decides that a gap in the numbers will never be filled.
    private static let outbox = """
        CREATE SEQUENCE {schema}.journal_id AS bigint CACHE 1;

        CREATE TABLE {schema}.journal (
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            id bigint NOT NULL DEFAULT nextval('{schema}.journal_id'),
            topic text NOT NULL,
            key text NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            type text NOT NULL,
            event_id text NOT NULL,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            traceparent text,
            extra_headers jsonb,
            payload bytea,
            PRIMARY KEY (id)
        ) PARTITION BY RANGE (id);

        CREATE TABLE {schema}.pending (
            journal_id bigint PRIMARY KEY,
            again boolean NOT NULL DEFAULT false
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

        CREATE TABLE {schema}.publication (
            position bigint NOT NULL,
            journal_id bigint NOT NULL,
            PRIMARY KEY (position)
        ) PARTITION BY RANGE (position);

        CREATE TABLE {schema}.relay_state (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            epoch bigint NOT NULL DEFAULT 0,
            position bigint NOT NULL DEFAULT 0,
            clean boolean NOT NULL DEFAULT true,
            leader text NOT NULL DEFAULT '',
            cluster text NOT NULL DEFAULT '',
            since timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        INSERT INTO {schema}.relay_state DEFAULT VALUES;
        """

    private static let inbox = """
        CREATE TABLE {schema}.inbox (
            recorded_at timestamptz NOT NULL,
            source text NOT NULL,
            id text NOT NULL,
            topic text NOT NULL,
            partition integer NOT NULL,
            message_offset bigint NOT NULL,
            received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (recorded_at, source, id)
        ) PARTITION BY RANGE (recorded_at);
        CREATE TABLE {schema}.inbox_other PARTITION OF {schema}.inbox DEFAULT;

        CREATE TABLE {schema}.consumer_offset (
            cluster text NOT NULL,
            consumer_group text NOT NULL,
            topic text NOT NULL,
            partition integer NOT NULL,
            next bigint NOT NULL CHECK (next >= 0),
            PRIMARY KEY (cluster, consumer_group, topic, partition)
        );

        CREATE TABLE {schema}.aggregate_seq (
            topic text NOT NULL,
            key text NOT NULL,
            seq bigint NOT NULL,
            PRIMARY KEY (topic, key)
        );

        CREATE TABLE {schema}.dead_letter (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            topic text NOT NULL,
            partition integer NOT NULL,
            message_offset bigint NOT NULL,
            key bytea,
            class text NOT NULL CHECK (class IN ('envelope', 'undecodable', 'unknown_type', 'rejected', 'failed')),
            reason text NOT NULL,
            attempts integer NOT NULL CHECK (attempts >= 1),
            headers jsonb NOT NULL,
            payload bytea,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            replayed_at timestamptz
        );

        CREATE TABLE {schema}.parked_key (
            topic text NOT NULL,
            key text NOT NULL,
            cause text NOT NULL CHECK (cause IN ('gap', 'dead_letter')),
            since timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (topic, key)
        );

        CREATE TABLE {schema}.parked_message (
            topic text NOT NULL,
            key text NOT NULL,
            seq bigint NOT NULL,
            source text NOT NULL,
            event_id text NOT NULL,
            partition integer NOT NULL,
            message_offset bigint NOT NULL,
            headers jsonb NOT NULL,
            payload bytea,
            parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (topic, key, seq, source, event_id)
        );
        """

    // The running service may not create tables; this function does it for it, with the owner's rights and a fixed path.
    private static let partitions = """
        CREATE FUNCTION {schema}.ensure_partitions() RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $function$
        DECLARE
            width constant bigint := 10000000;
            made integer := 0;
            place bigint;
            week date;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('{schema}.ensure_partitions'));
            SELECT CASE WHEN is_called THEN last_value ELSE 0 END / width INTO place FROM {schema}.journal_id;
            FOR number IN place .. place + 3 LOOP
                IF to_regclass(format('{schema}.journal_%s', number)) IS NULL THEN
                    EXECUTE format(
                        'CREATE TABLE {schema}.journal_%s PARTITION OF {schema}.journal FOR VALUES FROM (%s) TO (%s)',
                        number, number * width, (number + 1) * width);
                    made := made + 1;
                END IF;
            END LOOP;
            SELECT position / width INTO place FROM {schema}.relay_state;
            FOR number IN place .. place + 3 LOOP
                IF to_regclass(format('{schema}.publication_%s', number)) IS NULL THEN
                    EXECUTE format(
                        'CREATE TABLE {schema}.publication_%s PARTITION OF {schema}.publication '
                        'FOR VALUES FROM (%s) TO (%s)', number, number * width, (number + 1) * width);
                    made := made + 1;
                END IF;
            END LOOP;
            FOR number IN -14 .. 4 LOOP
                week := date_trunc('week', now() AT TIME ZONE 'UTC')::date + 7 * number;
                IF to_regclass(format('{schema}.inbox_%s', to_char(week, 'YYYYMMDD'))) IS NULL THEN
                    BEGIN
                        EXECUTE format(
                            'CREATE TABLE {schema}.inbox_%s PARTITION OF {schema}.inbox FOR VALUES FROM (%L) TO (%L)',
                            to_char(week, 'YYYYMMDD'), week::text || ' 00:00:00+00', (week + 7)::text || ' 00:00:00+00');
                        made := made + 1;
                    EXCEPTION WHEN check_violation THEN
                        -- Messages from a clock that runs ahead are in the default partition; they stay there.
                        RAISE WARNING 'inbox week % stays in the default partition', week;
                    END;
                END IF;
            END LOOP;
            RETURN made;
        END
        $function$;
        REVOKE ALL ON FUNCTION {schema}.ensure_partitions() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {schema}.ensure_partitions() TO ztc_{schema}_app;
        SELECT {schema}.ensure_partitions();
        """
}

extension String {
    /// The text with every occurrence of a placeholder replaced.
    fileprivate func replacing(_ placeholder: String, with value: String) -> String {
        split(separator: placeholder, omittingEmptySubsequences: false).joined(separator: value)
    }
}
