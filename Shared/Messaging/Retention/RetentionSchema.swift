import Postgres

/// Dropping what is past its time, partition by partition (RELIABILITY rules 2 and 8). A component of its own, because
/// the steps of messaging are closed.
public enum RetentionSchema {
    /// The steps of the component "retention"; `schema` is a trusted name such as `policy`.
    public static func migrations(schema: String) -> [Migration] {
        let text = dropping.split(separator: "{schema}", omittingEmptySubsequences: false).joined(separator: schema)
        return [Migration(version: 1, name: "dropping", sql: text)]
    }

    // The running service may not drop tables; this function does it with the owner's rights and its own bounds, so
    // that whoever has the service's password cannot drop what the rules keep. One partition a call, so that the lock on
    // the parent is short. A partition of the journal covers ten million numbers, and numbers and recorded times are
    // given in the same moment, so its newest times are among its highest numbers.
    private static let dropping = """
        CREATE TABLE {schema}.dropped_partition (
            name text PRIMARY KEY,
            low text NOT NULL,
            high text NOT NULL,
            dropped_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {schema}.dropped_partition FROM ztc_{schema}_app;

        CREATE FUNCTION {schema}.drop_old_partition(journal_days integer, inbox_days integer) RETURNS text
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s' AS $function$
        DECLARE
            width constant bigint := 10000000;
            journal_end constant timestamptz := clock_timestamp() - make_interval(days => greatest(journal_days, 90));
            inbox_end constant timestamptz := clock_timestamp() - make_interval(days => greatest(inbox_days, 98));
            part record;
            newest timestamptz;
            bound bigint;
            lowest bigint;
            highest bigint;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('{schema}.ensure_partitions'));

            -- The journal: only the oldest one may go, and only when a later one is being written.
            SELECT class.relname AS name, substring(class.relname FROM '^journal_([0-9]+)$')::bigint AS number INTO part
            FROM pg_inherits JOIN pg_class AS class ON class.oid = inhrelid
            WHERE inhparent = '{schema}.journal'::regclass AND class.relname ~ '^journal_[0-9]+$'
            ORDER BY number LIMIT 1;
            bound := (part.number + 1) * width;
            IF bound <= (SELECT last_value FROM {schema}.journal_id) THEN
                EXECUTE format(
                    'SELECT max(recorded_at) FROM ('
                    'SELECT recorded_at FROM {schema}.%I ORDER BY id DESC LIMIT 10000) AS last', part.name)
                INTO newest;
                IF coalesce(newest < journal_end, true)
                    AND NOT EXISTS (SELECT FROM {schema}.pending WHERE journal_id < bound)
                THEN
                    -- Whoever was writing to it has ended then, and nobody can put rows of it on the pending list again.
                    LOCK TABLE {schema}.journal IN ACCESS EXCLUSIVE MODE;
                    EXECUTE format(
                        'SELECT max(recorded_at) FROM ('
                        'SELECT recorded_at FROM {schema}.%I ORDER BY id DESC LIMIT 10000) AS last', part.name)
                    INTO newest;
                    IF coalesce(newest < journal_end, true)
                        AND NOT EXISTS (SELECT FROM {schema}.pending WHERE journal_id < bound)
                    THEN
                        EXECUTE format('DROP TABLE {schema}.%I', part.name);
                        INSERT INTO {schema}.dropped_partition (name, low, high)
                        VALUES (part.name, (bound - width)::text, bound::text);
                        RETURN part.name;
                    END IF;
                END IF;
            END IF;

            -- Places of publication: when all their events are gone and later places have been given.
            SELECT min(substring(class.relname FROM '^journal_([0-9]+)$')::bigint) * width INTO lowest
            FROM pg_inherits JOIN pg_class AS class ON class.oid = inhrelid
            WHERE inhparent = '{schema}.journal'::regclass AND class.relname ~ '^journal_[0-9]+$';
            SELECT class.relname AS name, substring(class.relname FROM '^publication_([0-9]+)$')::bigint AS number
            INTO part
            FROM pg_inherits JOIN pg_class AS class ON class.oid = inhrelid
            WHERE inhparent = '{schema}.publication'::regclass AND class.relname ~ '^publication_[0-9]+$'
            ORDER BY number LIMIT 1;
            bound := (part.number + 1) * width;
            IF lowest > 0 AND bound <= (SELECT position FROM {schema}.relay_state) THEN
                EXECUTE format('SELECT max(journal_id) FROM {schema}.%I', part.name) INTO highest;
                IF coalesce(highest < lowest, true) THEN
                    EXECUTE format('DROP TABLE {schema}.%I', part.name);
                    INSERT INTO {schema}.dropped_partition (name, low, high)
                    VALUES (part.name, (bound - width)::text, bound::text);
                    RETURN part.name;
                END IF;
            END IF;

            -- Weeks of the inbox, by their names.
            SELECT class.relname AS name, to_date(right(class.relname, 8), 'YYYYMMDD') AS week INTO part
            FROM pg_inherits JOIN pg_class AS class ON class.oid = inhrelid
            WHERE inhparent = '{schema}.inbox'::regclass AND class.relname ~ '^inbox_[0-9]{8}$'
            ORDER BY class.relname LIMIT 1;
            IF (part.week + 7)::timestamp AT TIME ZONE 'UTC' < inbox_end THEN
                EXECUTE format('DROP TABLE {schema}.%I', part.name);
                INSERT INTO {schema}.dropped_partition (name, low, high)
                VALUES (part.name, part.week::text, (part.week + 7)::text)
                ON CONFLICT (name) DO UPDATE SET dropped_at = EXCLUDED.dropped_at;
                RETURN part.name;
            END IF;
            RETURN NULL;
        END
        $function$;
        REVOKE ALL ON FUNCTION {schema}.drop_old_partition(integer, integer) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {schema}.drop_old_partition(integer, integer) TO ztc_{schema}_app;
        """
}
