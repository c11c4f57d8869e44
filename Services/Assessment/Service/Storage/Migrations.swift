import AssessmentDomain
import Postgres
import ServiceRuntime

/// The schema `assessment`, step by step; a released step never changes.
enum AssessmentMigrations {
    static let all: [Migration] = [
        Migration(version: 1, name: "tiers_and_indicators", sql: tiersAndIndicators),
        Migration(version: 2, name: "targets", sql: targets),
        Migration(version: 3, name: "values", sql: values),
        Migration(version: 4, name: "consumed_events", sql: consumedEvents),
        Migration(version: 5, name: "schemes", sql: schemes),
        Migration(version: 6, name: "results", sql: results),
        Migration(version: 7, name: "awards", sql: awards),
        Migration(version: 8, name: "past_contributions", sql: pastContributions),
        Migration(version: 9, name: "readings", sql: readings),
    ]

    private static let app = Roles.app(of: AssessmentApp.name)

    private static let tiers = """
        'promotion_office', 'developing_entity', 'investment_group', 'external_investment_department',
                'support_department', 'county', 'functional_zone', 'city_bureau', 'campaign_group', 'task_force',
                'service_line', 'town', 'bank'
        """

    private static let tiersAndIndicators = """
        CREATE TABLE assessment.tier_unit (
            tier text NOT NULL CONSTRAINT tier_unit_tier CHECK (tier IN (
                \(tiers))),
            unit_id text NOT NULL CHECK (char_length(unit_id) BETWEEN 1 AND 64),
            PRIMARY KEY (tier, unit_id)
        );
        CREATE TABLE assessment.indicator (
            id text PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 64),
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
            measure text NOT NULL CHECK (char_length(measure) BETWEEN 1 AND 32),
            decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 6),
            direction text NOT NULL CONSTRAINT indicator_direction CHECK (direction IN ('more', 'less')),
            source text NOT NULL CONSTRAINT indicator_source CHECK (source IN ('events', 'reports', 'both')),
            derivation text CONSTRAINT indicator_derivation CHECK (derivation IN (
                'on_time_reply', 'satisfaction', 'solved_problems', 'start_rate', 'investment_completion',
                'funds_in_place', 'policy_freshness', 'report_punctuality')),
            report_days smallint CHECK (report_days BETWEEN 1 AND 366),
            period text NOT NULL CONSTRAINT indicator_period CHECK (period IN ('month', 'quarter', 'half', 'year')),
            owner_unit text NOT NULL,
            reporting_tiers text[] NOT NULL CHECK (cardinality(reporting_tiers) <= 13),
            seq bigint NOT NULL CHECK (seq >= 1),
            CONSTRAINT indicator_counted CHECK ((source = 'reports') = (derivation IS NULL)),
            CONSTRAINT indicator_reported CHECK ((source = 'events') = (report_days IS NULL))
        );
        """

    /// Contents are messages in the format that `content_format` numbers; what they give stands in rows and columns.
    private static let targets = """
        CREATE TABLE assessment.targets (
            id uuid PRIMARY KEY,
            indicator_id text NOT NULL REFERENCES assessment.indicator,
            year smallint NOT NULL CHECK (year BETWEEN 2000 AND 2100),
            owner_unit text NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL DEFAULT 0 CHECK (event_seq >= 0),
            CONSTRAINT targets_once UNIQUE (indicator_id, year)
        );
        CREATE INDEX targets_newest ON assessment.targets (year DESC, id DESC);

        CREATE TABLE assessment.target_revision (
            targets_id uuid NOT NULL REFERENCES assessment.targets,
            revision integer NOT NULL CHECK (revision >= 1),
            state text NOT NULL CONSTRAINT target_revision_state
                CHECK (state IN ('draft', 'in_review', 'reviewed', 'approved', 'superseded')),
            content_format smallint NOT NULL CHECK (content_format >= 1),
            content bytea NOT NULL,
            total bigint NOT NULL CHECK (total >= 0),
            mismatch_years smallint[] NOT NULL,
            mismatch_stated bigint[] NOT NULL,
            mismatch_found bigint[] NOT NULL,
            acknowledged boolean NOT NULL,
            authors text[] NOT NULL CHECK (cardinality(authors) >= 1),
            reviewed_by text,
            approved_by text,
            reason text NOT NULL CHECK (char_length(reason) <= 512),
            PRIMARY KEY (targets_id, revision),
            CONSTRAINT target_revision_review
                CHECK ((state IN ('reviewed', 'approved', 'superseded')) = (reviewed_by IS NOT NULL)),
            CONSTRAINT target_revision_approval
                CHECK ((state IN ('approved', 'superseded')) = (approved_by IS NOT NULL)),
            CONSTRAINT target_revision_posts CHECK (
                (reviewed_by IS NULL OR NOT reviewed_by = ANY (authors))
                AND (approved_by IS NULL OR (approved_by <> reviewed_by AND NOT approved_by = ANY (authors)))),
            CONSTRAINT target_revision_mismatches CHECK (
                state = 'draft' OR acknowledged OR cardinality(mismatch_years) = 0)
        );
        CREATE UNIQUE INDEX target_revision_in_work ON assessment.target_revision (targets_id)
            WHERE state IN ('draft', 'in_review', 'reviewed');
        CREATE UNIQUE INDEX target_revision_in_force ON assessment.target_revision (targets_id)
            WHERE state = 'approved';

        CREATE TABLE assessment.target_row (
            targets_id uuid NOT NULL,
            revision integer NOT NULL,
            unit_id text NOT NULL,
            target bigint NOT NULL CHECK (target >= 0),
            PRIMARY KEY (targets_id, revision, unit_id),
            FOREIGN KEY (targets_id, revision) REFERENCES assessment.target_revision
        );

        CREATE TABLE assessment.target_step (
            targets_id uuid NOT NULL REFERENCES assessment.targets,
            version bigint NOT NULL CHECK (version >= 1),
            revision integer NOT NULL,
            state text NOT NULL CONSTRAINT target_step_state
                CHECK (state IN ('draft', 'in_review', 'reviewed', 'approved', 'superseded')),
            step text NOT NULL CONSTRAINT target_step_step CHECK (step IN (
                'draft', 'edit', 'acknowledge', 'submit', 'review', 'return', 'approve', 'revise')),
            account text NOT NULL,
            reason text NOT NULL CHECK (char_length(reason) <= 512),
            at timestamptz NOT NULL,
            PRIMARY KEY (targets_id, version)
        );
        CREATE TABLE assessment.target_change (
            targets_id uuid NOT NULL,
            version bigint NOT NULL,
            unit_id text NOT NULL,
            before bigint,
            after bigint,
            PRIMARY KEY (targets_id, version, unit_id),
            FOREIGN KEY (targets_id, version) REFERENCES assessment.target_step,
            CHECK (before IS DISTINCT FROM after)
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON assessment.target_step, assessment.target_change FROM \(app);
        """

    private static let values = """
        CREATE TABLE assessment.reported_value (
            id uuid PRIMARY KEY,
            indicator_id text NOT NULL REFERENCES assessment.indicator,
            unit_id text NOT NULL,
            period text NOT NULL CONSTRAINT reported_value_period
                CHECK (period IN ('month', 'quarter', 'half', 'year')),
            year smallint NOT NULL,
            number smallint NOT NULL CHECK (number BETWEEN 1 AND 12),
            state text NOT NULL CONSTRAINT reported_value_state CHECK (state IN ('reported', 'verified', 'reopened')),
            value bigint NOT NULL,
            origin text NOT NULL CONSTRAINT reported_value_origin
                CHECK (origin IN ('reported', 'late', 'revised', 'verified')),
            late boolean NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL DEFAULT 0 CHECK (event_seq >= 0),
            CONSTRAINT reported_value_once UNIQUE (indicator_id, year, period, number, unit_id)
        );
        CREATE TABLE assessment.value_entry (
            value_id uuid NOT NULL REFERENCES assessment.reported_value,
            number integer NOT NULL CHECK (number >= 1),
            kind text NOT NULL CONSTRAINT value_entry_kind
                CHECK (kind IN ('reported', 'late', 'revised', 'verified', 'reopened')),
            value bigint NOT NULL,
            account text NOT NULL,
            reason text NOT NULL CHECK (char_length(reason) <= 512),
            at timestamptz NOT NULL,
            PRIMARY KEY (value_id, number)
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON assessment.value_entry FROM \(app);
        """

    /// Events are kept as they came, and only ever added to: every figure can be counted from them again (ASM-15).
    private static let consumedEvents = """
        CREATE TABLE assessment.consumed_event (
            place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            source text NOT NULL,
            event_id text NOT NULL,
            topic text NOT NULL,
            type text NOT NULL,
            subject text NOT NULL,
            seq bigint NOT NULL,
            at timestamptz NOT NULL,
            payload bytea NOT NULL,
            CONSTRAINT consumed_event_once UNIQUE (source, event_id)
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON assessment.consumed_event FROM \(app);

        CREATE TABLE assessment.contribution (
            derivation text NOT NULL CONSTRAINT contribution_derivation CHECK (derivation IN (
                'on_time_reply', 'satisfaction', 'solved_problems', 'start_rate', 'investment_completion',
                'funds_in_place', 'policy_freshness', 'report_punctuality')),
            subject text NOT NULL,
            slot text NOT NULL,
            unit_id text NOT NULL,
            on_day date NOT NULL,
            numerator bigint NOT NULL,
            denominator bigint NOT NULL,
            event_place bigint NOT NULL REFERENCES assessment.consumed_event,
            PRIMARY KEY (derivation, subject, slot)
        );
        CREATE INDEX contribution_day ON assessment.contribution (derivation, on_day, unit_id);
        CREATE TABLE assessment.excluded_subject (subject text PRIMARY KEY);
        """

    private static let schemes = """
        CREATE TABLE assessment.scheme (
            id uuid PRIMARY KEY,
            tier text NOT NULL CONSTRAINT scheme_tier CHECK (tier IN (
                \(tiers))),
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL DEFAULT 0 CHECK (event_seq >= 0),
            CONSTRAINT scheme_once UNIQUE (tier)
        );
        CREATE TABLE assessment.scheme_revision (
            scheme_id uuid NOT NULL REFERENCES assessment.scheme,
            revision integer NOT NULL CHECK (revision >= 1),
            state text NOT NULL CONSTRAINT scheme_revision_state
                CHECK (state IN ('draft', 'published', 'superseded')),
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
            content_format smallint NOT NULL CHECK (content_format >= 1),
            content bytea NOT NULL,
            authors text[] NOT NULL CHECK (cardinality(authors) >= 1),
            published_by text,
            PRIMARY KEY (scheme_id, revision),
            CONSTRAINT scheme_revision_publication CHECK ((state = 'draft') = (published_by IS NULL)),
            CONSTRAINT scheme_revision_two_persons CHECK (published_by IS NULL OR NOT published_by = ANY (authors))
        );
        CREATE UNIQUE INDEX scheme_revision_in_work ON assessment.scheme_revision (scheme_id) WHERE state = 'draft';
        CREATE UNIQUE INDEX scheme_revision_in_force ON assessment.scheme_revision (scheme_id)
            WHERE state = 'published';
        """

    /// Inputs are frozen: they are added and never changed. Scores may be put back when they are lost.
    private static let results = """
        CREATE TABLE assessment.result (
            id uuid PRIMARY KEY,
            tier text NOT NULL CONSTRAINT result_tier CHECK (tier IN (
                \(tiers))),
            period text NOT NULL CONSTRAINT result_period CHECK (period IN ('month', 'quarter', 'half', 'year')),
            year smallint NOT NULL,
            number smallint NOT NULL CHECK (number BETWEEN 1 AND 12),
            scheme_id uuid NOT NULL,
            scheme_revision integer NOT NULL,
            state text NOT NULL CONSTRAINT result_state CHECK (state IN ('draft', 'published', 'discarded')),
            units integer NOT NULL CHECK (units >= 1),
            inputs_digest bytea NOT NULL CHECK (octet_length(inputs_digest) = 32),
            scores_digest bytea NOT NULL CHECK (octet_length(scores_digest) = 32),
            computed_by text NOT NULL,
            computed_at timestamptz NOT NULL,
            published_by text,
            published_at timestamptz,
            event_place bigint NOT NULL CHECK (event_place >= 0),
            awards_proposed boolean NOT NULL DEFAULT false,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL DEFAULT 0 CHECK (event_seq >= 0),
            FOREIGN KEY (scheme_id, scheme_revision) REFERENCES assessment.scheme_revision,
            CONSTRAINT result_publication CHECK (
                (state = 'published') = (published_by IS NOT NULL)
                AND (published_by IS NULL) = (published_at IS NULL)),
            CONSTRAINT result_two_persons CHECK (published_by <> computed_by)
        );
        CREATE UNIQUE INDEX result_published_once ON assessment.result (tier, year, period, number)
            WHERE state = 'published';
        CREATE INDEX result_newest ON assessment.result (id DESC);

        CREATE TABLE assessment.result_input (
            result_id uuid NOT NULL REFERENCES assessment.result,
            unit_id text NOT NULL,
            bytes bytea NOT NULL,
            PRIMARY KEY (result_id, unit_id)
        );
        CREATE TABLE assessment.result_score (
            result_id uuid NOT NULL REFERENCES assessment.result,
            place integer NOT NULL CHECK (place >= 1),
            unit_id text NOT NULL,
            rank integer NOT NULL CHECK (rank >= 1),
            score bigint NOT NULL CHECK (score >= 0),
            bytes bytea NOT NULL,
            PRIMARY KEY (result_id, place),
            CONSTRAINT result_score_unit UNIQUE (result_id, unit_id)
        );
        REVOKE DELETE, TRUNCATE ON assessment.result FROM \(app);
        REVOKE UPDATE, DELETE, TRUNCATE ON assessment.result_input, assessment.result_score FROM \(app);
        """

    private static let awards = """
        CREATE TABLE assessment.award_rules (
            tier text PRIMARY KEY CONSTRAINT award_rules_tier CHECK (tier IN (
                \(tiers))),
            content_format smallint NOT NULL CHECK (content_format >= 1),
            content bytea NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1)
        );
        CREATE TABLE assessment.award (
            result_id uuid NOT NULL REFERENCES assessment.result,
            place integer NOT NULL CHECK (place >= 1),
            unit_id text NOT NULL,
            rule_code text NOT NULL,
            kind text NOT NULL CONSTRAINT award_kind CHECK (kind IN ('money', 'yellow_card', 'change_of_leader')),
            fen bigint,
            arithmetic text NOT NULL,
            PRIMARY KEY (result_id, place),
            CONSTRAINT award_money CHECK ((kind = 'money') = (fen IS NOT NULL))
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON assessment.award FROM \(app);
        """

    /// What a later event replaced stays readable, so that a result is traced as it was when it was computed (ASM-15).
    /// A row counted from its event's place up to, and not at, the place of the event that replaced it.
    private static let pastContributions = """
        CREATE TABLE assessment.past_contribution (
            derivation text NOT NULL,
            subject text NOT NULL,
            slot text NOT NULL,
            unit_id text NOT NULL,
            on_day date NOT NULL,
            numerator bigint NOT NULL,
            denominator bigint NOT NULL,
            event_place bigint NOT NULL REFERENCES assessment.consumed_event,
            until_place bigint NOT NULL REFERENCES assessment.consumed_event
        );
        CREATE INDEX past_contribution_day ON assessment.past_contribution (derivation, on_day, unit_id);
        CREATE INDEX past_contribution_subject ON assessment.past_contribution (derivation, subject);
        REVOKE UPDATE, DELETE, TRUNCATE ON assessment.past_contribution FROM \(app);

        ALTER TABLE assessment.excluded_subject DROP CONSTRAINT excluded_subject_pkey;
        ALTER TABLE assessment.excluded_subject ADD COLUMN from_place bigint NOT NULL DEFAULT 0,
            ADD COLUMN until_place bigint;
        CREATE UNIQUE INDEX excluded_subject_now ON assessment.excluded_subject (subject) WHERE until_place IS NULL;
        CREATE INDEX excluded_subject_ever ON assessment.excluded_subject (subject);
        REVOKE DELETE, TRUNCATE ON assessment.excluded_subject FROM \(app);
        """

    /// Events that are kept already were read by the first rules, and no contribution of theirs repeats another.
    private static let readings = """
        ALTER TABLE assessment.consumed_event ADD COLUMN reading smallint NOT NULL DEFAULT 1 CHECK (reading >= 1);
        ALTER TABLE assessment.contribution ADD COLUMN repeats text;
        ALTER TABLE assessment.past_contribution ADD COLUMN repeats text;
        """
}
