import Postgres
import ServiceRuntime

/// The schema `project`, step by step; a released step never changes.
enum ProjectMigrations {
    static let all: [Migration] = [
        Migration(version: 1, name: "information", sql: information),
        Migration(version: 2, name: "leads", sql: leads),
        Migration(version: 3, name: "projects", sql: projects),
        Migration(version: 4, name: "progress", sql: progress),
        Migration(version: 5, name: "lights", sql: lights),
        Migration(version: 6, name: "problems", sql: problems),
        Migration(version: 7, name: "pre-assessment", sql: preAssessment),
        Migration(version: 8, name: "signings left out", sql: signings),
        Migration(version: 9, name: "enterprises file information", sql: enterprisesFile),
    ]

    private static let app = Roles.app(of: ProjectApp.name)

    /// The words of an enumeration as a list for CHECK; a test compares the two.
    private static let collectors = """
        'promotion_office', 'developing_entity', 'investment_group', 'external_investment', 'other_department',
        'enterprise'
        """

    /// Every table's `seq` is the version for concurrent edits; `event_seq` counts the events, since readers expect them
    /// without gaps and not every change is an event.
    private static let information = """
        CREATE TABLE project.information (
            id uuid PRIMARY KEY,
            class text NOT NULL CONSTRAINT information_class CHECK (class IN (
                'industry_development', 'investment_promotion', 'project', 'special_activity', 'major_matter')),
            collector text NOT NULL CONSTRAINT information_collector CHECK (collector IN (\(collectors))),
            unit text NOT NULL,
            subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 128),
            content text NOT NULL CHECK (char_length(content) BETWEEN 1 AND 4000),
            state text NOT NULL CONSTRAINT information_state
                CHECK (state IN ('filed', 'sorted', 'disposed', 'fed_back')),
            handling_unit text,
            disposal text,
            feedback text,
            filed_at timestamptz NOT NULL,
            sorted_at timestamptz,
            disposed_at timestamptz,
            fed_back_at timestamptz,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL CHECK (event_seq >= 0),
            CHECK ((state = 'filed') = (sorted_at IS NULL)),
            CHECK ((sorted_at IS NULL) = (handling_unit IS NULL)),
            CHECK ((state IN ('disposed', 'fed_back')) = (disposed_at IS NOT NULL)),
            CHECK ((disposed_at IS NULL) = (disposal IS NULL)),
            CHECK ((state = 'fed_back') = (fed_back_at IS NOT NULL)),
            CHECK ((fed_back_at IS NULL) = (feedback IS NULL))
        );
        CREATE INDEX information_unit ON project.information (unit, id DESC);
        CREATE INDEX information_open ON project.information (id DESC) WHERE state <> 'fed_back';
        """

    /// The first reporter of a lead is protected by the database itself.
    private static let leads = """
        CREATE TABLE project.lead (
            id uuid PRIMARY KEY,
            investor text NOT NULL CHECK (char_length(investor) BETWEEN 1 AND 128),
            investor_key text NOT NULL,
            credit_code text,
            industry text NOT NULL,
            total_fen bigint NOT NULL CHECK (total_fen > 0),
            domestic_fen bigint NOT NULL CHECK (domestic_fen BETWEEN 0 AND total_fen),
            foreign_cents bigint NOT NULL CHECK (foreign_cents >= 0),
            requirements text NOT NULL CHECK (char_length(requirements) <= 2000),
            region text,
            origin text NOT NULL CHECK (char_length(origin) BETWEEN 1 AND 256),
            source text NOT NULL CONSTRAINT lead_source CHECK (source IN (\(collectors))),
            unit text NOT NULL,
            first_reporter text NOT NULL,
            reported_at timestamptz NOT NULL,
            state text NOT NULL CONSTRAINT lead_state CHECK (state IN (
                'reported', 'recommended', 'proposed', 'placed', 'converted', 'merged', 'closed')),
            recommended_units text[] NOT NULL CHECK (cardinality(recommended_units) <= 16),
            proposed_unit text,
            proposed_by text CONSTRAINT lead_proposed_by CHECK (proposed_by IN ('office', 'promotion_office')),
            placed_unit text,
            elsewhere boolean NOT NULL,
            reason text NOT NULL CHECK (char_length(reason) <= 512),
            merged_into uuid REFERENCES project.lead,
            project_id uuid,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL CHECK (event_seq >= 0),
            CHECK ((state = 'proposed') = (proposed_unit IS NOT NULL AND proposed_by IS NOT NULL)),
            CHECK ((state IN ('placed', 'converted')) = (placed_unit IS NOT NULL)),
            CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
            CHECK ((state = 'converted') = (project_id IS NOT NULL))
        );
        CREATE INDEX lead_unit ON project.lead (unit, id DESC);
        CREATE INDEX lead_investor ON project.lead (investor_key, id);
        CREATE INDEX lead_credit_code ON project.lead (credit_code, id) WHERE credit_code IS NOT NULL;

        CREATE FUNCTION project.keep_first_reporter() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the first reporter of a lead never changes' USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER lead_first_reporter BEFORE UPDATE ON project.lead FOR EACH ROW
            WHEN (OLD.first_reporter <> NEW.first_reporter OR OLD.unit <> NEW.unit
                OR OLD.reported_at <> NEW.reported_at OR OLD.source <> NEW.source)
            EXECUTE FUNCTION project.keep_first_reporter();
        REVOKE DELETE, TRUNCATE ON project.lead FROM \(app);
        """

    private static let projects = """
        CREATE TABLE project.project (
            id uuid PRIMARY KEY,
            number text NOT NULL UNIQUE,
            lead_id uuid REFERENCES project.lead,
            registered_at timestamptz NOT NULL,
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
            unit text NOT NULL,
            region text NOT NULL,
            site text NOT NULL CHECK (char_length(site) BETWEEN 1 AND 128),
            investor text NOT NULL CHECK (char_length(investor) BETWEEN 1 AND 128),
            credit_code text,
            enterprise text,
            source text NOT NULL CONSTRAINT project_source CHECK (source IN ('attracted', 'local')),
            nature text NOT NULL CONSTRAINT project_nature
                CHECK (nature IN ('new', 'rebuilt', 'extended', 'renovation')),
            total_fen bigint NOT NULL CHECK (total_fen > 0),
            domestic_fen bigint NOT NULL CHECK (domestic_fen BETWEEN 0 AND total_fen),
            foreign_cents bigint NOT NULL CHECK (foreign_cents >= 0),
            size text NOT NULL CONSTRAINT project_size CHECK (size IN ('micro', 'small', 'medium', 'large')),
            industry text NOT NULL,
            industry_path text NOT NULL,
            industry_group text NOT NULL CHECK (char_length(industry_group) <= 64),
            chain_role text CONSTRAINT project_chain_role CHECK (chain_role IN ('fills', 'builds', 'strengthens')),
            category text CONSTRAINT project_category
                CHECK (category IN ('key', 'growth_driver', 'overall', 'livelihood')),
            own_procedure boolean NOT NULL,
            standings text[] NOT NULL,
            signing_key text NOT NULL,
            stage text NOT NULL CONSTRAINT project_stage CHECK (stage IN (
                'planned', 'negotiating', 'signed', 'started', 'completed', 'in_production')),
            status text NOT NULL CONSTRAINT project_status CHECK (status IN ('active', 'suspended', 'terminated')),
            status_reason text NOT NULL CHECK (char_length(status_reason) <= 512),
            planned_on date,
            negotiating_on date,
            signed_on date,
            started_on date,
            completed_on date,
            in_production_on date,
            library text NOT NULL CONSTRAINT project_library CHECK (library IN ('outside', 'admitted', 'excepted')),
            decision_number text,
            decided_on date,
            cadence text CONSTRAINT project_cadence CHECK (cadence IN ('weekly', 'monthly')),
            reports_from date,
            rule_set text,
            reported_before date,
            completed_fen bigint CHECK (completed_fen >= 0),
            domestic_in_place_fen bigint CHECK (domestic_in_place_fen >= 0),
            foreign_in_place_cents bigint CHECK (foreign_in_place_cents >= 0),
            statistics_on date,
            light text CONSTRAINT project_light CHECK (light IN ('green', 'yellow', 'red')),
            light_reasons text[] NOT NULL,
            red_since date,
            referred boolean NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL CHECK (event_seq >= 0),
            CHECK ((library = 'excepted') = (decision_number IS NOT NULL AND decided_on IS NOT NULL)),
            CHECK ((cadence IS NULL) = (reports_from IS NULL) AND (cadence IS NULL) = (rule_set IS NULL)),
            CHECK ((light IS NOT DISTINCT FROM 'red') = (red_since IS NOT NULL))
        );
        CREATE INDEX project_unit ON project.project (unit, id DESC);
        CREATE INDEX project_region ON project.project (region text_pattern_ops, id DESC);
        CREATE INDEX project_light ON project.project (light, id DESC) WHERE light IS NOT NULL;
        CREATE INDEX project_signing ON project.project (signing_key, signed_on) WHERE signed_on IS NOT NULL;
        REVOKE DELETE, TRUNCATE ON project.project FROM \(app);

        -- Numbers for people: year and a count that has no gaps within it.
        CREATE TABLE project.project_number (
            year integer PRIMARY KEY,
            last bigint NOT NULL CHECK (last >= 1)
        );

        CREATE TABLE project.stage_entry (
            project_id uuid NOT NULL REFERENCES project.project,
            number integer NOT NULL CHECK (number >= 1),
            from_stage text NOT NULL CONSTRAINT stage_entry_from CHECK (from_stage IN (
                'planned', 'negotiating', 'signed', 'started', 'completed', 'in_production')),
            to_stage text NOT NULL CONSTRAINT stage_entry_to CHECK (to_stage IN (
                'planned', 'negotiating', 'signed', 'started', 'completed', 'in_production')),
            entered_on date NOT NULL,
            reason text NOT NULL CHECK (char_length(reason) <= 512),
            recorded_at timestamptz NOT NULL,
            PRIMARY KEY (project_id, number)
        );
        CREATE TABLE project.stage_evidence (
            project_id uuid NOT NULL,
            number integer NOT NULL,
            place smallint NOT NULL,
            kind text NOT NULL CONSTRAINT stage_evidence_kind CHECK (kind IN (
                'negotiation', 'contract', 'registration', 'land', 'start_permit', 'acceptance', 'production')),
            paper text NOT NULL CHECK (char_length(paper) BETWEEN 1 AND 128),
            dated date NOT NULL,
            PRIMARY KEY (project_id, number, place),
            FOREIGN KEY (project_id, number) REFERENCES project.stage_entry
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON project.stage_entry, project.stage_evidence FROM \(app);

        -- Who let a project into the library, or out of it, and by which finding or decision.
        CREATE TABLE project.library_decision (
            project_id uuid NOT NULL REFERENCES project.project,
            number integer NOT NULL CHECK (number >= 1),
            standing text NOT NULL CONSTRAINT library_decision_standing
                CHECK (standing IN ('outside', 'admitted', 'excepted')),
            grounds text NOT NULL,
            decided_by text NOT NULL,
            recorded_at timestamptz NOT NULL,
            PRIMARY KEY (project_id, number)
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON project.library_decision FROM \(app);
        """

    private static let progress = """
        CREATE TABLE project.milestone (
            project_id uuid NOT NULL REFERENCES project.project,
            number integer NOT NULL CHECK (number >= 1),
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
            due_on date NOT NULL,
            unit text NOT NULL,
            post text NOT NULL CHECK (char_length(post) BETWEEN 1 AND 64),
            stage text CONSTRAINT milestone_stage CHECK (stage IN (
                'planned', 'negotiating', 'signed', 'started', 'completed', 'in_production')),
            reached_on date,
            PRIMARY KEY (project_id, number)
        );
        CREATE TABLE project.scheduled_amount (
            project_id uuid NOT NULL REFERENCES project.project,
            month date NOT NULL,
            completed_fen bigint NOT NULL CHECK (completed_fen >= 0),
            PRIMARY KEY (project_id, month)
        );
        CREATE TABLE project.progress_report (
            project_id uuid NOT NULL REFERENCES project.project,
            period_start date NOT NULL,
            period_end date NOT NULL,
            due_on date NOT NULL,
            outcome text NOT NULL CONSTRAINT progress_report_outcome CHECK (outcome IN ('on_time', 'late', 'missing')),
            completed_fen bigint CHECK (completed_fen >= 0),
            domestic_in_place_fen bigint CHECK (domestic_in_place_fen >= 0),
            foreign_in_place_cents bigint CHECK (foreign_in_place_cents >= 0),
            picture text NOT NULL CHECK (char_length(picture) <= 1000),
            correction_note text NOT NULL CHECK (char_length(correction_note) <= 512),
            reported_by text,
            reported_at timestamptz,
            PRIMARY KEY (project_id, period_start),
            CHECK (period_start < period_end),
            CHECK ((outcome = 'missing') = (reported_at IS NULL)),
            CHECK ((reported_at IS NULL) = (completed_fen IS NULL))
        );
        REVOKE DELETE, TRUNCATE ON project.progress_report FROM \(app);
        """

    /// Both sets are data from the first day on: the specification's rules, and those that Yinchuan published.
    private static let lights = """
        CREATE TABLE project.light_rule_set (
            name text PRIMARY KEY,
            seq bigint NOT NULL CHECK (seq >= 1)
        );
        CREATE TABLE project.light_rule (
            rule_set text NOT NULL REFERENCES project.light_rule_set,
            place smallint NOT NULL,
            light text NOT NULL CONSTRAINT light_rule_light CHECK (light IN ('yellow', 'red')),
            measure text NOT NULL CONSTRAINT light_rule_measure CHECK (measure IN (
                'milestone_days', 'investment_share', 'problem_limit', 'overdue_problems', 'points_behind',
                'months_not_started', 'months_not_counted')),
            comparison text NOT NULL CONSTRAINT light_rule_comparison
                CHECK (comparison IN ('above', 'at_least', 'below')),
            numerator bigint NOT NULL CHECK (numerator >= 0),
            denominator bigint NOT NULL CHECK (denominator >= 1),
            PRIMARY KEY (rule_set, place)
        );
        INSERT INTO project.light_rule_set (name, seq) VALUES ('standard', 1), ('yinchuan', 1);
        INSERT INTO project.light_rule (rule_set, place, light, measure, comparison, numerator, denominator) VALUES
            ('standard', 1, 'yellow', 'milestone_days', 'above', 0, 1),
            ('standard', 2, 'red', 'milestone_days', 'above', 30, 1),
            ('standard', 3, 'yellow', 'investment_share', 'below', 9, 10),
            ('standard', 4, 'red', 'investment_share', 'below', 7, 10),
            ('standard', 5, 'yellow', 'problem_limit', 'above', 1, 2),
            ('standard', 6, 'red', 'overdue_problems', 'above', 0, 1),
            ('yinchuan', 1, 'yellow', 'points_behind', 'at_least', 1, 10),
            ('yinchuan', 2, 'red', 'points_behind', 'above', 3, 10),
            ('yinchuan', 3, 'yellow', 'months_not_started', 'at_least', 1, 1),
            ('yinchuan', 4, 'red', 'months_not_started', 'at_least', 3, 1),
            ('yinchuan', 5, 'yellow', 'months_not_counted', 'at_least', 1, 1),
            ('yinchuan', 6, 'red', 'months_not_counted', 'above', 2, 1);

        CREATE TABLE project.light_change (
            project_id uuid NOT NULL REFERENCES project.project,
            number integer NOT NULL CHECK (number >= 1),
            from_light text CHECK (from_light IN ('green', 'yellow', 'red')),
            to_light text CHECK (to_light IN ('green', 'yellow', 'red')),
            rule_set text NOT NULL,
            reasons text[] NOT NULL,
            changed_on date NOT NULL,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (project_id, number),
            CHECK (from_light IS DISTINCT FROM to_light)
        );
        REVOKE UPDATE, DELETE, TRUNCATE ON project.light_change FROM \(app);
        """

    /// What appeal tells about problems of projects. A project that is not registered here may still be named there, so
    /// there is no reference.
    private static let problems = """
        CREATE TABLE project.problem (
            case_id uuid PRIMARY KEY,
            project_id uuid NOT NULL,
            unit text NOT NULL,
            state text NOT NULL CONSTRAINT problem_state CHECK (state IN ('open', 'solved', 'withdrawn')),
            opened_at timestamptz NOT NULL,
            due_at timestamptz,
            ended_at timestamptz,
            CHECK ((state = 'open') = (ended_at IS NULL))
        );
        CREATE INDEX problem_project ON project.problem (project_id, case_id DESC);
        """

    private static let preAssessment = """
        CREATE TABLE project.opinion_bureau (
            unit text PRIMARY KEY,
            aspects text[] NOT NULL CHECK (cardinality(aspects) BETWEEN 1 AND 7),
            active boolean NOT NULL,
            combines boolean NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1)
        );
        CREATE UNIQUE INDEX opinion_bureau_combines ON project.opinion_bureau (combines) WHERE active AND combines;

        CREATE TABLE project.expert (
            id uuid PRIMARY KEY,
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
            employer text NOT NULL CHECK (char_length(employer) BETWEEN 1 AND 128),
            employer_unit text,
            aspects text[] NOT NULL CHECK (cardinality(aspects) BETWEEN 1 AND 7),
            interests text[] NOT NULL CHECK (cardinality(interests) <= 32),
            active boolean NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1)
        );

        CREATE TABLE project.pre_assessment (
            id uuid PRIMARY KEY,
            project_id uuid NOT NULL REFERENCES project.project,
            applicant text NOT NULL,
            combiner text NOT NULL,
            major boolean NOT NULL,
            paper_titles text[] NOT NULL CHECK (cardinality(paper_titles) BETWEEN 1 AND 32),
            paper_numbers text[] NOT NULL CHECK (cardinality(paper_numbers) = cardinality(paper_titles)),
            paper_hashes text[] NOT NULL CHECK (cardinality(paper_hashes) = cardinality(paper_titles)),
            requested_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL,
            state text NOT NULL CONSTRAINT pre_assessment_state CHECK (state IN ('open', 'combined', 'withdrawn')),
            result text CONSTRAINT pre_assessment_result
                CHECK (result IN ('passed', 'conditional', 'refused', 'vetoed')),
            grounds text NOT NULL CHECK (char_length(grounds) <= 4000),
            ended_at timestamptz,
            draw_seed bigint,
            draw_candidates uuid[],
            draw_excluded uuid[],
            draw_drawn uuid[],
            seq bigint NOT NULL CHECK (seq >= 1),
            event_seq bigint NOT NULL CHECK (event_seq >= 0),
            CHECK ((state = 'combined') = (result IS NOT NULL)),
            CHECK ((state = 'open') = (ended_at IS NULL)),
            CHECK ((draw_seed IS NULL) = (draw_drawn IS NULL))
        );
        CREATE INDEX pre_assessment_project ON project.pre_assessment (project_id, id DESC);
        CREATE INDEX pre_assessment_applicant ON project.pre_assessment (applicant, id DESC);
        CREATE UNIQUE INDEX pre_assessment_open_once ON project.pre_assessment (project_id) WHERE state = 'open';

        CREATE TABLE project.bureau_opinion (
            pre_assessment_id uuid NOT NULL REFERENCES project.pre_assessment,
            unit text NOT NULL,
            aspects text[] NOT NULL,
            overdue boolean NOT NULL,
            opinion text CONSTRAINT bureau_opinion_opinion CHECK (opinion IN ('agrees', 'conditional', 'objects')),
            grounds text NOT NULL CHECK (char_length(grounds) <= 4000),
            veto text CONSTRAINT bureau_opinion_veto CHECK (veto IN ('high_energy', 'high_pollution', 'resource')),
            given_at timestamptz,
            PRIMARY KEY (pre_assessment_id, unit),
            CHECK ((opinion IS NULL) = (given_at IS NULL))
        );
        CREATE INDEX bureau_opinion_waiting ON project.bureau_opinion (unit, pre_assessment_id DESC)
            WHERE opinion IS NULL;

        CREATE TABLE project.expert_opinion (
            pre_assessment_id uuid NOT NULL REFERENCES project.pre_assessment,
            place smallint NOT NULL,
            expert_id uuid NOT NULL REFERENCES project.expert,
            opinion text CONSTRAINT expert_opinion_opinion CHECK (opinion IN ('agrees', 'conditional', 'objects')),
            grounds text NOT NULL CHECK (char_length(grounds) <= 4000),
            given_at timestamptz,
            PRIMARY KEY (pre_assessment_id, place),
            UNIQUE (pre_assessment_id, expert_id)
        );
        REVOKE DELETE, TRUNCATE ON project.pre_assessment, project.bureau_opinion, project.expert_opinion FROM \(app);
        """
}
