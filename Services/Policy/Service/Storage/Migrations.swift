import Postgres
import ServiceRuntime

/// The schema `policy`, step by step; a released step never changes.
enum PolicyMigrations {
    static let all: [Migration] = [
        Migration(version: 1, name: "documents", sql: documents),
        Migration(version: 2, name: "points", sql: points),
        Migration(version: 3, name: "search", sql: search),
    ]

    private static let app = Roles.app(of: PolicyApp.name)

    private static let documents = """
        CREATE TABLE policy.document (
            id uuid PRIMARY KEY,
            number text NOT NULL CHECK (char_length(number) BETWEEN 1 AND 64),
            title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 256),
            owner_unit text NOT NULL,
            issuing_units text[] NOT NULL CHECK (cardinality(issuing_units) BETWEEN 1 AND 16),
            level text NOT NULL CONSTRAINT document_level
                CHECK (level IN ('national', 'provincial', 'city', 'county')),
            kind text NOT NULL CONSTRAINT document_kind CHECK (kind IN (
                'supportive', 'restrictive_environment', 'restrictive_energy', 'restrictive_safety')),
            issued_on date NOT NULL,
            valid_from date,
            valid_until date,
            body text NOT NULL CHECK (char_length(body) <= 200000),
            entered_at timestamptz NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            CONSTRAINT document_number_once UNIQUE (owner_unit, number),
            CONSTRAINT document_validity
                CHECK (valid_until IS NULL OR (valid_from IS NOT NULL AND valid_from < valid_until))
        );
        CREATE INDEX document_newest ON policy.document (issued_on DESC, id DESC);
        CREATE INDEX document_units ON policy.document USING gin (issuing_units);

        CREATE TABLE policy.document_relation (
            document_id uuid NOT NULL REFERENCES policy.document,
            place smallint NOT NULL,
            kind text NOT NULL CONSTRAINT document_relation_kind
                CHECK (kind IN ('implements', 'amends', 'replaces', 'repeals')),
            other_id uuid NOT NULL REFERENCES policy.document,
            PRIMARY KEY (document_id, place),
            CHECK (document_id <> other_id)
        );
        CREATE INDEX document_relation_other ON policy.document_relation (other_id);
        """

    /// The versions' own columns hold what is listed and filtered; condition, benefit and audience are bytes in the
    /// format that `content_format` numbers. Events have a sequence of their own, since readers expect it without gaps
    /// and not every change is an event.
    private static let points = """
        CREATE TABLE policy.point (
            id uuid PRIMARY KEY,
            document_id uuid NOT NULL REFERENCES policy.document,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL DEFAULT 0 CHECK (event_seq >= 0)
        );
        CREATE INDEX point_document ON policy.point (document_id);

        CREATE TABLE policy.point_revision (
            point_id uuid NOT NULL REFERENCES policy.point,
            revision integer NOT NULL CHECK (revision >= 1),
            state text NOT NULL CONSTRAINT point_revision_state CHECK (state IN (
                'draft', 'in_review', 'published', 'withdrawn', 'expired', 'superseded')),
            drafted_by text NOT NULL,
            editors text[] NOT NULL,
            published_by text,
            published_at timestamptz,
            reason text NOT NULL CHECK (char_length(reason) <= 512),
            expired_on date,
            title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 128),
            summary text NOT NULL CHECK (char_length(summary) BETWEEN 1 AND 1000),
            clause text NOT NULL CHECK (char_length(clause) <= 4000),
            responsible_unit text NOT NULL,
            contact_post text NOT NULL CHECK (char_length(contact_post) <= 128),
            level text NOT NULL CONSTRAINT point_revision_level
                CHECK (level IN ('national', 'provincial', 'city', 'county')),
            kind text NOT NULL CONSTRAINT point_revision_kind CHECK (kind IN (
                'supportive', 'restrictive_environment', 'restrictive_energy', 'restrictive_safety')),
            tags text[] NOT NULL CHECK (cardinality(tags) <= 64),
            mode text NOT NULL CONSTRAINT point_revision_mode
                CHECK (mode IN ('application', 'automatic', 'information')),
            materials text[] NOT NULL CHECK (cardinality(materials) <= 32),
            steps text[] NOT NULL CHECK (cardinality(steps) <= 32),
            funding text NOT NULL CHECK (char_length(funding) <= 256),
            working_days smallint NOT NULL CHECK (working_days BETWEEN 0 AND 365),
            valid_from date,
            valid_until date,
            content_format smallint NOT NULL CHECK (content_format >= 1),
            condition bytea,
            benefit bytea NOT NULL,
            audience bytea NOT NULL,
            PRIMARY KEY (point_id, revision),
            CONSTRAINT point_revision_validity
                CHECK (valid_until IS NULL OR (valid_from IS NOT NULL AND valid_from < valid_until)),
            CONSTRAINT point_revision_publication CHECK (
                (state IN ('draft', 'in_review')) = (published_at IS NULL)
                AND (published_at IS NULL) = (published_by IS NULL)),
            CONSTRAINT point_revision_expiry CHECK ((state = 'expired') = (expired_on IS NOT NULL)),
            CONSTRAINT point_revision_two_persons CHECK (
                published_by IS NULL OR (published_by <> drafted_by AND NOT published_by = ANY (editors)))
        );
        CREATE UNIQUE INDEX point_revision_one_in_work ON policy.point_revision (point_id)
            WHERE state IN ('draft', 'in_review');
        CREATE UNIQUE INDEX point_revision_one_in_force ON policy.point_revision (point_id)
            WHERE state = 'published';
        CREATE INDEX point_revision_newest ON policy.point_revision (state, point_id DESC, revision DESC);
        CREATE INDEX point_revision_unit ON policy.point_revision (responsible_unit, state);
        CREATE INDEX point_revision_tags ON policy.point_revision USING gin (tags);
        CREATE INDEX point_revision_due ON policy.point_revision (valid_until, point_id)
            WHERE state = 'published' AND valid_until IS NOT NULL;

        CREATE FUNCTION policy.keep_published_version() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog AS $$
        DECLARE
            ending text[] := ARRAY['state', 'reason', 'expired_on'];
        BEGIN
            IF OLD.state NOT IN ('draft', 'in_review') THEN
                IF TG_OP = 'DELETE' THEN
                    RAISE EXCEPTION 'a published version is never deleted' USING ERRCODE = 'restrict_violation';
                END IF;
                IF OLD.state <> 'published' OR NEW.state NOT IN ('withdrawn', 'expired', 'superseded')
                    OR to_jsonb(NEW) - ending <> to_jsonb(OLD) - ending
                THEN
                    RAISE EXCEPTION 'a published version never changes' USING ERRCODE = 'restrict_violation';
                END IF;
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER keep_published_version BEFORE UPDATE OR DELETE ON policy.point_revision
            FOR EACH ROW EXECUTE FUNCTION policy.keep_published_version();
        REVOKE DELETE, TRUNCATE ON policy.point_revision, policy.point, policy.document FROM \(app);
        """

    /// What is found: one row per point in force, derived from its version. A gram's weight
    /// stands at its place in `weights`. `format` numbers the way in which
    /// the texts were taken apart; rows of another format are renewed in the background.
    private static let search = """
        CREATE TABLE policy.point_index (
            point_id uuid PRIMARY KEY REFERENCES policy.point,
            revision integer NOT NULL,
            published_at timestamptz NOT NULL,
            level_rank smallint NOT NULL,
            tags text[] NOT NULL,
            title text NOT NULL,
            summary text NOT NULL,
            clause text NOT NULL,
            grams text[] NOT NULL,
            weights smallint[] NOT NULL,
            format smallint NOT NULL,
            CHECK (cardinality(grams) = cardinality(weights)),
            FOREIGN KEY (point_id, revision) REFERENCES policy.point_revision
        );
        CREATE INDEX point_index_grams ON policy.point_index USING gin (grams);
        CREATE INDEX point_index_tags ON policy.point_index USING gin (tags);
        CREATE INDEX point_index_format ON policy.point_index (format);
        CREATE INDEX point_index_newest ON policy.point_index (published_at DESC, point_id DESC);
        """
}
