import Postgres
import ServiceRuntime

/// The schema `appeal`, step by step; a released step never changes.
enum AppealMigrations {
    static let all: [Migration] = [
        Migration(version: 1, name: "rules", sql: rules),
        Migration(version: 2, name: "cases", sql: cases),
        Migration(version: 3, name: "supervision", sql: supervision),
        Migration(version: 4, name: "case_lists", sql: caseLists),
        Migration(version: 5, name: "case_titles", sql: caseTitles),
    ]

    private static let app = Roles.app(of: AppealApp.name)

    /// The rules of the documents as dated data; a test compares them with `DeadlineRule.documents()`. A rule that is in
    /// force never changes, since clocks run by it; a new one ends it on a later day.
    private static let rules = """
        CREATE TABLE appeal.deadline_rule (
            id text NOT NULL CHECK (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(id) <= 64),
            matter text CHECK (length(matter) BETWEEN 1 AND 64),
            category text CHECK (length(category) BETWEEN 1 AND 64),
            is_for_higher_level boolean NOT NULL,
            clock text CONSTRAINT deadline_rule_clock CHECK (clock IN ('handling', 'reply', 'solution', 'legal')),
            amount integer NOT NULL CHECK (amount BETWEEN 0 AND 3650),
            count text NOT NULL CONSTRAINT deadline_rule_count
                CHECK (count IN ('natural', 'working', 'months', 'before_each_month')),
            outer_days integer CHECK (outer_days BETWEEN amount AND 3650),
            is_absolute boolean NOT NULL,
            after text,
            source text NOT NULL CHECK (length(source) BETWEEN 1 AND 256),
            valid_from date NOT NULL,
            valid_until date CHECK (valid_until > valid_from),
            PRIMARY KEY (id, valid_from)
        );
        INSERT INTO appeal.deadline_rule
            (id, matter, category, is_for_higher_level, clock, amount,
                count, outer_days, is_absolute, after, source, valid_from)
        VALUES
            ('appeal-reply', 'appeal', NULL, false, 'reply', 3,
                'natural', 15, false, NULL, 'taian-2020, policy research group', '2020-01-01'),
            ('appeal-higher-level', 'appeal', NULL, true, 'legal', 15,
                'natural', NULL, true, NULL, 'taian-2020, policy research group', '2020-01-01'),
            ('finance-application-reply', NULL, 'finance-application', false, 'reply', 1,
                'natural', NULL, false, NULL, 'taian-2020, finance group', '2020-01-01'),
            ('credit-enhancement-answer', NULL, 'credit-enhancement', false, 'reply', 3,
                'natural', NULL, false, NULL, 'taian-2020, finance group', '2020-01-01'),
            ('credit-enhancement-solution', NULL, 'credit-enhancement', false, 'solution', 7,
                'natural', NULL, false, NULL, 'taian-2020, finance group', '2020-01-01'),
            ('easy-credit', NULL, 'easy-credit', false, 'solution', 6,
                'working', NULL, false, NULL, 'taian-2020, finance group', '2020-01-01'),
            ('property-registration-immediate', NULL, 'property-registration-immediate', false, 'solution', 0,
                'working', NULL, false, NULL, 'taian-2020, resource group', '2020-01-01'),
            ('epidemic-credit-approval', NULL, 'epidemic-credit-approval', false, 'solution', 3,
                'natural', NULL, false, NULL, 'taian-2020, finance group', '2020-01-01'),
            ('property-registration-mortgage', NULL, 'property-registration-mortgage', false, 'solution', 1,
                'working', NULL, false, NULL, 'taian-2020, resource group', '2020-01-01'),
            ('property-registration-other', NULL, 'property-registration-other', false, 'solution', 3,
                'working', NULL, false, NULL, 'taian-2020, resource group', '2020-01-01'),
            ('pre-assessment-opinion', 'pre-assessment', NULL, false, NULL, 2,
                'working', NULL, false, NULL, 'lanshan-2019', '2019-01-01'),
            ('problem-list-measures', 'problem', NULL, false, 'reply', 3,
                'working', NULL, false, NULL, 'lanshan-2019', '2019-01-01'),
            ('problem-collection', 'problem', NULL, false, NULL, 0,
                'before_each_month', NULL, false, NULL, 'lanshan-2019', '2019-01-01'),
            ('land-supply-and-start', 'project', NULL, false, NULL, 2,
                'months', NULL, false, 'land-approval', 'taian-2020, resource group', '2020-01-01'),
            ('idle-land-recovery', 'project', NULL, false, NULL, 24,
                'months', NULL, false, 'land-idle', 'taian-2020, resource group', '2020-01-01');
        REVOKE DELETE, TRUNCATE ON appeal.deadline_rule FROM \(app);

        CREATE TABLE appeal.number_counter (
            prefix text NOT NULL,
            year integer NOT NULL,
            last integer NOT NULL CHECK (last >= 1),
            PRIMARY KEY (prefix, year)
        );
        """

    /// A case's row holds its current round; the trail, the ledger of pauses and the record of replies hold what was.
    /// `unit` is who has it, `case_unit` everybody who ever had it: those on the chain may go on reading.
    private static let cases = """
        CREATE TABLE appeal.case_file (
            id uuid PRIMARY KEY,
            number text NOT NULL UNIQUE,
            kind text NOT NULL CONSTRAINT case_file_kind
                CHECK (kind IN ('appeal', 'enquiry', 'problem', 'complaint')),
            state text NOT NULL CONSTRAINT case_file_state CHECK (state IN (
                'submitted', 'refused', 'accepted', 'assigned', 'in_handling', 'waiting_for_applicant',
                'waiting_for_higher_level', 'replied', 'resolved', 'rated', 'written_off', 'withdrawn')),
            category text NOT NULL CHECK (length(category) BETWEEN 1 AND 64),
            title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 128),
            body text NOT NULL CHECK (char_length(body) BETWEEN 1 AND 8000),
            enterprise_id uuid,
            applicant_unit text,
            account text NOT NULL,
            is_anonymous boolean NOT NULL,
            named_unit text,
            complained_unit text,
            region text NOT NULL,
            industry text,
            project_id uuid,
            submitted_at timestamptz NOT NULL,
            desk text CONSTRAINT case_file_desk CHECK (desk IN ('dispatcher', 'office')),
            unit text,
            is_binding boolean NOT NULL,
            reason text NOT NULL,
            right_place text NOT NULL,
            question text NOT NULL,
            reply text,
            replied_at timestamptz,
            is_on_time boolean,
            resolved_at timestamptz,
            mark smallint CHECK (mark BETWEEN 1 AND 5),
            rating_words text,
            rated_at timestamptz,
            returns integer NOT NULL CHECK (returns >= 0),
            decision text NOT NULL,
            round integer NOT NULL CHECK (round >= 1),
            round_start date NOT NULL,
            route text NOT NULL CONSTRAINT case_file_route CHECK (route IN ('ordinary', 'higher_level')),
            reply_rule text NOT NULL,
            reply_rule_from date NOT NULL,
            legal_rule text,
            legal_rule_from date,
            solution_rule text,
            solution_rule_from date,
            promised_days integer CHECK (promised_days >= 0),
            extension text NOT NULL CONSTRAINT case_file_extension
                CHECK (extension IN ('none', 'requested', 'approved', 'rejected')),
            extension_days integer NOT NULL,
            extension_by text NOT NULL,
            overdue text[] NOT NULL CONSTRAINT case_file_overdue
                CHECK (overdue <@ ARRAY['handling', 'reply', 'solution', 'legal']),
            reply_due_on date,
            solution_due_on date,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL CHECK (event_seq >= 1),
            FOREIGN KEY (reply_rule, reply_rule_from) REFERENCES appeal.deadline_rule,
            FOREIGN KEY (legal_rule, legal_rule_from) REFERENCES appeal.deadline_rule,
            FOREIGN KEY (solution_rule, solution_rule_from) REFERENCES appeal.deadline_rule,
            CONSTRAINT case_file_applicant CHECK ((enterprise_id IS NULL) <> (applicant_unit IS NULL)),
            CONSTRAINT case_file_complaint CHECK (
                (kind = 'complaint') = (complained_unit IS NOT NULL)
                AND (unit IS NULL OR complained_unit IS NULL OR unit <> complained_unit))
        );
        CREATE INDEX case_file_newest ON appeal.case_file (submitted_at DESC, id DESC);
        CREATE INDEX case_file_enterprise ON appeal.case_file (enterprise_id, submitted_at DESC, id DESC);
        CREATE INDEX case_file_state ON appeal.case_file (state, submitted_at DESC, id DESC);
        CREATE INDEX case_file_project ON appeal.case_file (project_id) WHERE project_id IS NOT NULL;
        CREATE INDEX case_file_complained ON appeal.case_file (complained_unit) WHERE complained_unit IS NOT NULL;
        REVOKE DELETE, TRUNCATE ON appeal.case_file FROM \(app);

        CREATE TABLE appeal.case_unit (
            case_id uuid NOT NULL REFERENCES appeal.case_file,
            unit text NOT NULL,
            PRIMARY KEY (case_id, unit)
        );
        CREATE INDEX case_unit_unit ON appeal.case_unit (unit, case_id);

        CREATE TABLE appeal.case_step (
            case_id uuid NOT NULL REFERENCES appeal.case_file,
            place integer NOT NULL CHECK (place >= 1),
            kind text NOT NULL CONSTRAINT case_step_kind CHECK (kind IN (
                'submitted', 'edited', 'commented', 'accepted', 'refused', 'assigned', 'transferred', 'returned',
                'taken_up', 'applicant_asked', 'information_supplied', 'escalated', 'decided', 'promised',
                'extension_requested', 'extension_approved', 'extension_rejected', 'replied', 'resolved', 'rated',
                'reopened', 'written_off', 'withdrawn', 'became_overdue')),
            at timestamptz NOT NULL,
            account text NOT NULL,
            unit text NOT NULL,
            to_unit text,
            state text NOT NULL,
            body text NOT NULL,
            round integer NOT NULL,
            PRIMARY KEY (case_id, place)
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON appeal.case_step FROM \(app);

        CREATE TABLE appeal.case_pause (
            case_id uuid NOT NULL REFERENCES appeal.case_file,
            line integer NOT NULL CHECK (line >= 1),
            paused_on date NOT NULL,
            resumed_on date CHECK (resumed_on >= paused_on),
            reason text NOT NULL,
            account text NOT NULL,
            PRIMARY KEY (case_id, line)
        );
        CREATE UNIQUE INDEX case_pause_one_open ON appeal.case_pause (case_id) WHERE resumed_on IS NULL;
        REVOKE DELETE, TRUNCATE ON appeal.case_pause FROM \(app);

        CREATE FUNCTION appeal.keep_pause() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog AS $$
        BEGIN
            IF OLD.resumed_on IS NOT NULL OR to_jsonb(NEW) - 'resumed_on' <> to_jsonb(OLD) - 'resumed_on' THEN
                RAISE EXCEPTION 'a line of the ledger is ended once and never changes' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER keep_pause BEFORE UPDATE ON appeal.case_pause
            FOR EACH ROW EXECUTE FUNCTION appeal.keep_pause();

        CREATE TABLE appeal.reply_record (
            case_id uuid NOT NULL REFERENCES appeal.case_file,
            round integer NOT NULL CHECK (round >= 1),
            unit text NOT NULL,
            is_complaint boolean NOT NULL,
            replied_at timestamptz NOT NULL,
            is_on_time boolean NOT NULL,
            mark smallint CHECK (mark BETWEEN 1 AND 5),
            words text,
            rated_at timestamptz,
            PRIMARY KEY (case_id, round),
            CHECK ((mark IS NULL) = (rated_at IS NULL) AND (mark IS NULL) = (words IS NULL))
        );
        COMMENT ON TABLE appeal.reply_record IS 'the archive per unit: what it replied and how it was rated, if it was';
        CREATE INDEX reply_record_unit ON appeal.reply_record (unit, replied_at);
        CREATE INDEX reply_record_rated ON appeal.reply_record (unit, rated_at DESC, case_id DESC, round DESC)
            WHERE mark IS NOT NULL;
        REVOKE DELETE, TRUNCATE ON appeal.reply_record FROM \(app);
        """

    private static let supervision = """
        CREATE TABLE appeal.supervision (
            id uuid PRIMARY KEY,
            number text NOT NULL UNIQUE,
            case_id uuid NOT NULL REFERENCES appeal.case_file,
            unit text NOT NULL,
            issued_at timestamptz NOT NULL,
            level text NOT NULL CONSTRAINT supervision_level CHECK (level IN ('order', 'listed', 'referred')),
            ground text NOT NULL CONSTRAINT supervision_ground CHECK (ground IN ('overdue', 'grave', 'neglect')),
            demand text NOT NULL CHECK (char_length(demand) <= 2000),
            state text NOT NULL CONSTRAINT supervision_state CHECK (state IN ('open', 'answered', 'closed')),
            answer text NOT NULL CHECK (char_length(answer) <= 8000),
            closed_at timestamptz,
            due_on date NOT NULL,
            is_overdue boolean NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            CHECK ((state = 'closed') = (closed_at IS NOT NULL))
        );
        CREATE UNIQUE INDEX supervision_one_open ON appeal.supervision (case_id) WHERE state <> 'closed';
        CREATE INDEX supervision_case ON appeal.supervision (case_id);
        CREATE INDEX supervision_newest ON appeal.supervision (issued_at DESC, id DESC);
        CREATE INDEX supervision_unit ON appeal.supervision (unit, issued_at DESC, id DESC);
        REVOKE DELETE, TRUNCATE ON appeal.supervision FROM \(app);

        CREATE TABLE appeal.rectification (
            id uuid PRIMARY KEY,
            case_id uuid NOT NULL,
            round integer NOT NULL,
            unit text NOT NULL,
            mark smallint NOT NULL CHECK (mark BETWEEN 1 AND 2),
            opened_at timestamptz NOT NULL,
            due_on date NOT NULL,
            state text NOT NULL CONSTRAINT rectification_state CHECK (state IN ('open', 'answered', 'closed')),
            measures text NOT NULL CHECK (char_length(measures) <= 8000),
            is_overdue boolean NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            UNIQUE (case_id, round),
            FOREIGN KEY (case_id, round) REFERENCES appeal.reply_record
        );
        CREATE INDEX rectification_newest ON appeal.rectification (opened_at DESC, id DESC);
        CREATE INDEX rectification_unit ON appeal.rectification (unit, opened_at DESC, id DESC);
        REVOKE DELETE, TRUNCATE ON appeal.rectification FROM \(app);
        """

    /// Every list is a walk over an index in its own order, however many cases there are. `has_left` tells the units
    /// that only read a case from the one that has it, whose cases the indexes of `case_file` hold with their state.
    private static let caseLists = """
        ALTER TABLE appeal.case_unit ADD COLUMN submitted_at timestamptz, ADD COLUMN has_left boolean;
        UPDATE appeal.case_unit AS u SET submitted_at = c.submitted_at, has_left = c.unit IS DISTINCT FROM u.unit
        FROM appeal.case_file AS c WHERE c.id = u.case_id;
        ALTER TABLE appeal.case_unit ALTER COLUMN submitted_at SET NOT NULL, ALTER COLUMN has_left SET NOT NULL;
        CREATE INDEX case_unit_left ON appeal.case_unit (unit, submitted_at DESC, case_id DESC) WHERE has_left;
        CREATE INDEX case_file_unit ON appeal.case_file (unit, submitted_at DESC, id DESC) INCLUDE (kind);
        CREATE INDEX case_file_unit_state ON appeal.case_file (unit, state, submitted_at DESC, id DESC) INCLUDE (kind);
        CREATE INDEX case_file_unit_kind ON appeal.case_file (unit, kind, submitted_at DESC, id DESC);
        CREATE INDEX case_file_unit_overdue ON appeal.case_file (unit, submitted_at DESC, id DESC)
            WHERE cardinality(overdue) > 0;
        CREATE INDEX case_file_region ON appeal.case_file (region, submitted_at DESC, id DESC);
        CREATE INDEX case_file_region_complaint ON appeal.case_file (region, submitted_at DESC, id DESC)
            WHERE kind = 'complaint';
        """
}
