import Postgres

/// The steps of the schema `enterprise`. Texts of released steps never change.
enum Migrations {
    static let all: [Migration] = [
        Migration(version: 1, name: "registry", sql: registry),
        Migration(version: 2, name: "loads", sql: loads),
        Migration(version: 3, name: "claims", sql: claims),
        Migration(version: 4, name: "matching", sql: matching),
        Migration(version: 5, name: "claimed once", sql: claimedOnce),
        Migration(version: 6, name: "estimates", sql: estimates),
    ]

    // `changed_in` is the number of the transaction that last changed the row. Readers that follow the table ask for
    // everything from the oldest transaction that was still open when they last asked, so they miss nothing even though
    // transactions end in another order than they begin.
    private static let registry = """
        CREATE SEQUENCE enterprise.ordinal AS bigint MINVALUE 1 MAXVALUE 4294967295 NO CYCLE CACHE 1;

        CREATE TABLE enterprise.enterprise (
            ordinal bigint PRIMARY KEY CHECK (ordinal BETWEEN 1 AND 4294967295),
            id uuid NOT NULL UNIQUE,
            credit_code text NOT NULL UNIQUE CHECK (length(credit_code) = 18),
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
            representative_sealed bytea NOT NULL,
            representative_hash bytea NOT NULL CHECK (octet_length(representative_hash) = 32),
            nature text NOT NULL,
            region text NOT NULL CHECK (region ~ '^[0-9]{6}([0-9]{3})?$'),
            address text NOT NULL CHECK (length(address) <= 256),
            industry text NOT NULL CHECK (industry ~ '^[0-9]{2,4}$'),
            founded_on date NOT NULL,
            capital_fen bigint CHECK (capital_fen >= 0),
            status text NOT NULL CONSTRAINT enterprise_status CHECK (status IN ('active', 'revoked', 'cancelled')),
            size text CONSTRAINT enterprise_size CHECK (size IN ('micro', 'small', 'medium', 'large')),
            row_hash bytea NOT NULL CHECK (octet_length(row_hash) = 32),
            seq bigint NOT NULL CHECK (seq >= 1),
            changed_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)
        );
        CREATE INDEX enterprise_changed_in ON enterprise.enterprise (changed_in);
        CREATE INDEX enterprise_region ON enterprise.enterprise (region text_pattern_ops, ordinal);
        CREATE INDEX enterprise_industry ON enterprise.enterprise (industry text_pattern_ops, ordinal);

        CREATE TABLE enterprise.attribute_record (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            ordinal bigint NOT NULL REFERENCES enterprise.enterprise (ordinal),
            attribute text NOT NULL CHECK (length(attribute) <= 96),
            kind text NOT NULL CONSTRAINT attribute_record_kind CHECK (
                kind IN ('boolean', 'integer', 'decimal', 'money', 'ratio', 'date', 'text', 'set')),
            value text NOT NULL,
            is_figure boolean NOT NULL,
            valid_from date NOT NULL,
            valid_until date CHECK (valid_until > valid_from),
            source text NOT NULL CHECK (length(source) BETWEEN 1 AND 64),
            recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX attribute_record_newest
            ON enterprise.attribute_record (ordinal, attribute, valid_from DESC, id DESC);

        CREATE TABLE enterprise.list (
            list text PRIMARY KEY CHECK (length(list) BETWEEN 1 AND 64),
            maintained_since timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE TABLE enterprise.list_membership (
            list text NOT NULL REFERENCES enterprise.list (list),
            ordinal bigint NOT NULL REFERENCES enterprise.enterprise (ordinal),
            joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            joined_reason text NOT NULL,
            left_at timestamptz,
            left_reason text,
            CHECK ((left_at IS NULL) = (left_reason IS NULL))
        );
        CREATE UNIQUE INDEX list_membership_present
            ON enterprise.list_membership (list, ordinal) WHERE left_at IS NULL;
        CREATE INDEX list_membership_ordinal ON enterprise.list_membership (ordinal) WHERE left_at IS NULL;

        CREATE TABLE enterprise.chosen_tag (
            ordinal bigint NOT NULL REFERENCES enterprise.enterprise (ordinal),
            tag text NOT NULL CHECK (length(tag) BETWEEN 3 AND 96),
            PRIMARY KEY (ordinal, tag)
        );
        """

    // Staged rows need not survive a crash: they live and die within one transaction.
    private static let loads = """
        CREATE TABLE enterprise.load (
            load_id text PRIMARY KEY CHECK (length(load_id) BETWEEN 1 AND 64),
            source text NOT NULL CHECK (length(source) BETWEEN 1 AND 64),
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            progressed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            finished_at timestamptz,
            committed_line bigint NOT NULL DEFAULT 1,
            rows bigint NOT NULL DEFAULT 0,
            created bigint NOT NULL DEFAULT 0,
            changed bigint NOT NULL DEFAULT 0,
            unchanged bigint NOT NULL DEFAULT 0,
            rejected bigint NOT NULL DEFAULT 0,
            needs_match boolean NOT NULL DEFAULT false,
            CHECK (rows = created + changed + unchanged + rejected)
        );
        CREATE TABLE enterprise.load_error (
            load_id text NOT NULL REFERENCES enterprise.load (load_id),
            line bigint NOT NULL,
            column_name text NOT NULL,
            reason_zh text NOT NULL,
            reason_en text NOT NULL,
            PRIMARY KEY (load_id, line)
        );
        CREATE UNLOGGED TABLE enterprise.load_staging (
            load_id text NOT NULL,
            line bigint NOT NULL,
            is_new boolean NOT NULL,
            ordinal bigint NOT NULL,
            id uuid,
            credit_code text NOT NULL,
            name text NOT NULL,
            representative_sealed bytea NOT NULL,
            representative_hash bytea NOT NULL,
            nature text NOT NULL,
            region text NOT NULL,
            address text NOT NULL,
            industry text NOT NULL,
            founded_on date NOT NULL,
            capital_fen bigint,
            status text NOT NULL,
            size text,
            row_hash bytea NOT NULL,
            employees bigint,
            revenue_fen bigint,
            assets_fen bigint,
            figures_from date,
            figures_until date
        );
        CREATE INDEX load_staging_load ON enterprise.load_staging (load_id);
        """

    private static let claims = """
        CREATE TABLE enterprise.claim (
            id uuid PRIMARY KEY,
            account_id text NOT NULL,
            credit_code text NOT NULL,
            ordinal bigint REFERENCES enterprise.enterprise (ordinal),
            state text NOT NULL CONSTRAINT claim_state CHECK (state IN ('verified', 'refused')),
            decided_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CHECK ((state = 'verified') = (ordinal IS NOT NULL))
        );
        CREATE INDEX claim_refused_by_account ON enterprise.claim (account_id, recorded_at) WHERE state = 'refused';
        CREATE INDEX claim_refused_by_code ON enterprise.claim (credit_code, recorded_at) WHERE state = 'refused';
        """

    // An audience lies in blocks of 65,536 ordinals, so that one enterprise more or less rewrites one block.
    private static let matching = """
        CREATE TABLE enterprise.point_replica (
            point_id text PRIMARY KEY,
            revision integer NOT NULL CHECK (revision >= 1),
            state text NOT NULL CONSTRAINT point_replica_state CHECK (state IN ('published', 'withdrawn', 'expired')),
            title text NOT NULL,
            content bytea NOT NULL,
            published_at timestamptz NOT NULL,
            event_seq bigint NOT NULL
        );
        CREATE TABLE enterprise.match_queue (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL CONSTRAINT match_queue_kind CHECK (kind IN ('point', 'enterprises', 'all')),
            ref text NOT NULL,
            ordinals bytea,
            queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CHECK ((kind = 'enterprises') = (ordinals IS NOT NULL))
        );
        CREATE TABLE enterprise.audience (
            point_id text PRIMARY KEY REFERENCES enterprise.point_replica (point_id),
            revision integer NOT NULL,
            generation bigint NOT NULL CHECK (generation >= 1),
            seq bigint NOT NULL CHECK (seq >= 1),
            is_dissolved boolean NOT NULL,
            matched_at timestamptz NOT NULL
        );
        CREATE TABLE enterprise.audience_block (
            point_id text NOT NULL REFERENCES enterprise.audience (point_id),
            verdict text NOT NULL CONSTRAINT audience_block_verdict CHECK (verdict IN ('met', 'notMet', 'unknown')),
            block integer NOT NULL,
            members bytea NOT NULL,
            PRIMARY KEY (point_id, verdict, block)
        );
        CREATE TABLE enterprise.matched_day (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            day date NOT NULL
        );
        """

    // An enterprise belongs to the account that claimed it first; where others followed, their claims count as refused.
    private static let claimedOnce = """
        UPDATE enterprise.claim AS later SET state = 'refused', ordinal = NULL
        WHERE state = 'verified' AND EXISTS (
            SELECT 1 FROM enterprise.claim AS earlier
            WHERE earlier.state = 'verified' AND earlier.ordinal = later.ordinal
              AND (earlier.recorded_at, earlier.id) < (later.recorded_at, later.id));
        CREATE UNIQUE INDEX claim_verified_once ON enterprise.claim (ordinal) WHERE state = 'verified';
        """

    // The estimates that subscribers were told, in blocks of 4,096 ordinals. An audience from before this step has none
    // and gets a new generation when it is matched the next time.
    private static let estimates = """
        CREATE TABLE enterprise.audience_estimate (
            point_id text NOT NULL REFERENCES enterprise.audience (point_id),
            block integer NOT NULL CHECK (block >= 0),
            estimates bytea NOT NULL CHECK (octet_length(estimates) = 32768),
            PRIMARY KEY (point_id, block)
        );
        """
}
