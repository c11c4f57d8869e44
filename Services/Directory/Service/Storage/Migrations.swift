import Postgres

/// The directory's own steps; a released step never changes again.
enum Migrations {
    static let all = [
        Migration(version: 1, name: "regions_and_units", sql: regionsAndUnits),
        Migration(version: 2, name: "roles", sql: roles),
        Migration(version: 3, name: "accounts", sql: accounts),
        Migration(version: 4, name: "sessions", sql: sessions),
        Migration(version: 5, name: "default_roles", sql: defaultRoles),
        Migration(version: 6, name: "collected_audit", sql: collectedAudit),
        Migration(version: 7, name: "subscriber_role", sql: subscriberRole),
        Migration(version: 8, name: "operator_role", sql: operatorRole),
        Migration(version: 9, name: "code_addresses", sql: codeAddresses),
        Migration(version: 10, name: "appeal_roles", sql: appealRoles),
        Migration(version: 11, name: "project_rights", sql: projectRights),
        Migration(version: 12, name: "assessment_roles", sql: assessmentRoles),
        Migration(version: 13, name: "bank_role", sql: bankRole),
        Migration(version: 14, name: "enterprise_information", sql: enterpriseInformation),
    ]

    // Seeded roles may do what cases need. Roles that were announced are announced anew; those that an administrator
    // removed stay away.
    private static let appealRoles = """
        WITH granted (role_id, action, scope) AS (VALUES
            ('handler', 'appeal.case.submit', 'own_unit_and_below'),
            ('handler', 'appeal.case.read', 'own_unit_and_below'),
            ('handler', 'appeal.case.handle', 'own_unit_and_below'),
            ('handler', 'appeal.complaint.read', 'own_unit_and_below'),
            ('handler', 'appeal.supervision.read', 'all'),
            ('handler', 'appeal.rating.read', 'own_unit_and_below'),
            ('unit-leader', 'appeal.case.read', 'own_unit_and_below'),
            ('unit-leader', 'appeal.complaint.read', 'own_unit_and_below'),
            ('unit-leader', 'appeal.supervision.read', 'all'),
            ('unit-leader', 'appeal.rating.read', 'own_unit_and_below'),
            ('dispatcher', 'appeal.case.dispatch', 'region'),
            ('dispatcher', 'appeal.case.read', 'region'),
            ('dispatcher', 'appeal.complaint.dispatch', 'region'),
            ('dispatcher', 'appeal.complaint.read', 'region'),
            ('dispatcher', 'appeal.supervision.read', 'all'),
            ('supervisor', 'appeal.case.office', 'region'),
            ('supervisor', 'appeal.case.read', 'region'),
            ('supervisor', 'appeal.complaint.office', 'region'),
            ('supervisor', 'appeal.complaint.read', 'region'),
            ('supervisor', 'appeal.supervision.read', 'all'),
            ('supervisor', 'appeal.rating.read', 'region'),
            ('assessor', 'appeal.supervision.read', 'all'),
            ('assessor', 'appeal.rating.read', 'all'),
            ('administrator', 'appeal.rule.write', 'all'),
            ('enterprise-user', 'appeal.case.submit', 'own_enterprise'),
            ('enterprise-user', 'appeal.case.read', 'own_enterprise'),
            ('enterprise-administrator', 'appeal.case.submit', 'own_enterprise'),
            ('enterprise-administrator', 'appeal.case.read', 'own_enterprise')
        ), added AS (
            INSERT INTO directory.role_permission (role_id, place, action, scope)
            SELECT granted.role_id,
                coalesce((SELECT max(held.place) + 1 FROM directory.role_permission AS held
                    WHERE held.role_id = granted.role_id), 0)
                    + row_number() OVER (PARTITION BY granted.role_id ORDER BY granted.action) - 1,
                granted.action, granted.scope
            FROM granted JOIN directory.role ON role.id = granted.role_id
            WHERE NOT EXISTS (
                SELECT FROM directory.role_permission AS held
                WHERE held.role_id = granted.role_id AND held.action = granted.action AND held.scope = granted.scope)
            RETURNING role_id
        )
        UPDATE directory.role SET announced = false, seq = seq + CASE WHEN announced THEN 1 ELSE 0 END
        WHERE id IN (SELECT role_id FROM added);
        """

    // What the posts do with information, leads and projects. Who admits projects to the library and who enters the
    // decision that excepts one are two posts. The places leave room for what a role got before.
    private static let projectRights = """
        INSERT INTO directory.role (id, name, second_factor, announced, seq) VALUES
            ('decision-recorder', '领导小组决定录入', true, false, 1);
        INSERT INTO directory.role_permission (role_id, place, action, scope) VALUES
            ('handler', 40, 'project.information.file', 'own_unit_and_below'),
            ('handler', 41, 'project.information.handle', 'own_unit_and_below'),
            ('handler', 42, 'project.information.read', 'own_unit_and_below'),
            ('handler', 43, 'project.lead.report', 'own_unit_and_below'),
            ('handler', 44, 'project.lead.place', 'own_unit_and_below'),
            ('handler', 45, 'project.lead.read', 'own_unit_and_below'),
            ('handler', 46, 'project.write', 'own_unit_and_below'),
            ('handler', 47, 'project.read', 'region'),
            ('handler', 48, 'project.plan', 'own_unit_and_below'),
            ('handler', 49, 'project.report', 'own_unit_and_below'),
            ('handler', 50, 'project.assessment.request', 'own_unit_and_below'),
            ('handler', 51, 'project.assessment.opine', 'own_unit_and_below'),
            ('handler', 52, 'project.assessment.combine', 'own_unit_and_below'),
            ('handler', 53, 'project.assessment.read', 'own_unit_and_below'),
            ('handler', 54, 'project.rate.read', 'region'),
            ('unit-leader', 40, 'project.information.read', 'own_unit_and_below'),
            ('unit-leader', 41, 'project.lead.read', 'own_unit_and_below'),
            ('unit-leader', 42, 'project.read', 'region'),
            ('unit-leader', 43, 'project.assessment.read', 'own_unit_and_below'),
            ('unit-leader', 44, 'project.rate.read', 'region'),
            ('dispatcher', 40, 'project.information.*', 'all'),
            ('dispatcher', 41, 'project.lead.*', 'all'),
            ('dispatcher', 42, 'project.read', 'all'),
            ('dispatcher', 43, 'project.library.admit', 'all'),
            ('dispatcher', 44, 'project.assessment.read', 'all'),
            ('dispatcher', 45, 'project.rate.read', 'all'),
            ('decision-recorder', 0, 'project.library.except', 'all'),
            ('decision-recorder', 1, 'project.read', 'all'),
            ('supervisor', 40, 'project.read', 'all'),
            ('supervisor', 41, 'project.information.read', 'all'),
            ('supervisor', 42, 'project.lead.read', 'all'),
            ('supervisor', 43, 'project.assessment.read', 'all'),
            ('supervisor', 44, 'project.rate.read', 'all'),
            ('assessor', 40, 'project.read', 'all'),
            ('assessor', 41, 'project.rate.read', 'all'),
            ('administrator', 40, 'project.bureau.write', 'all'),
            ('administrator', 41, 'project.expert.write', 'all'),
            ('administrator', 42, 'project.rules.write', 'all'),
            ('administrator', 43, 'project.assessment.read', 'all'),
            ('administrator', 44, 'project.read', 'all');
        UPDATE directory.role SET announced = false, seq = seq + 1
        WHERE id IN ('handler', 'unit-leader', 'dispatcher', 'supervisor', 'assessor', 'administrator');
        """

    private static let codeAddresses = """
        ALTER TABLE directory.one_time_code
            ADD COLUMN address_index bytea CHECK (octet_length(address_index) = 32);
        CREATE INDEX one_time_code_address ON directory.one_time_code (address_index, created_at);
        """

    private static let regionsAndUnits = """
        CREATE TABLE directory.region (
            code text PRIMARY KEY CHECK (code ~ '^([0-9]{6}|[0-9]{9})$'),
            place bigint NOT NULL UNIQUE CHECK (place BETWEEN 100000000 AND 999999999),
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            parent text REFERENCES directory.region (code),
            seq bigint NOT NULL CHECK (seq >= 1),
            CHECK (parent <> code)
        );
        CREATE INDEX region_parent ON directory.region (parent, code);

        CREATE TABLE directory.unit (
            id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' AND length(id) BETWEEN 2 AND 64),
            kind text NOT NULL CONSTRAINT unit_kind CHECK (kind IN (
                'leading_group', 'leading_group_office', 'bureau', 'task_force', 'service_line', 'campaign_group',
                'developing_entity', 'investment_group', 'promotion_office', 'outside_body')),
            parent_id text REFERENCES directory.unit (id),
            region text NOT NULL REFERENCES directory.region (code),
            responsibilities text[] NOT NULL CHECK (cardinality(responsibilities) <= 64),
            subject text NOT NULL CHECK ((subject = '') = (kind NOT IN ('task_force', 'service_line'))),
            responsible_unit_id text REFERENCES directory.unit (id)
                CHECK (responsible_unit_id IS NULL OR kind IN ('task_force', 'service_line', 'campaign_group')),
            contact_post text NOT NULL,
            starts_on date NOT NULL,
            ends_on date CHECK (ends_on > starts_on),
            announced_from date NOT NULL CHECK (announced_from >= starts_on),
            planned_from date CHECK (planned_from > announced_from),
            seq bigint NOT NULL CHECK (seq >= 1),
            CHECK (parent_id <> id),
            CHECK (responsible_unit_id <> id),
            CHECK (planned_from IS NULL OR ends_on IS NULL)
        );
        CREATE INDEX unit_parent ON directory.unit (parent_id, id);
        CREATE INDEX unit_region ON directory.unit (region, id);
        CREATE INDEX unit_planned ON directory.unit (planned_from) WHERE planned_from IS NOT NULL;

        CREATE TABLE directory.unit_name (
            unit_id text NOT NULL REFERENCES directory.unit (id),
            valid_from date NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
            short_name text NOT NULL CHECK (length(short_name) <= 64),
            PRIMARY KEY (unit_id, valid_from)
        );

        CREATE TABLE directory.unit_successor (
            unit_id text NOT NULL REFERENCES directory.unit (id),
            successor_id text NOT NULL REFERENCES directory.unit (id),
            place integer NOT NULL CHECK (place >= 0),
            PRIMARY KEY (unit_id, successor_id),
            CHECK (unit_id <> successor_id)
        );
        """

    private static let roles = """
        CREATE TABLE directory.role (
            id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' AND length(id) BETWEEN 2 AND 64),
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            second_factor boolean NOT NULL,
            announced boolean NOT NULL,
            seq bigint NOT NULL CHECK (seq >= 1)
        );

        CREATE TABLE directory.role_permission (
            role_id text NOT NULL REFERENCES directory.role (id),
            place integer NOT NULL CHECK (place BETWEEN 0 AND 255),
            action text NOT NULL CHECK (action ~ '^[a-z][a-z0-9]*([.-][a-z0-9]+)*([.][*])?$'),
            scope text NOT NULL CONSTRAINT role_permission_scope CHECK (
                scope IN ('own_enterprise', 'own_unit', 'own_unit_and_below', 'region', 'all')),
            PRIMARY KEY (role_id, place),
            UNIQUE (role_id, action, scope)
        );
        """

    private static let accounts = """
        CREATE TABLE directory.account (
            id uuid PRIMARY KEY,
            kind text NOT NULL CONSTRAINT account_kind CHECK (kind IN ('staff', 'enterprise', 'service')),
            status text NOT NULL CONSTRAINT account_status CHECK (status IN ('pending', 'active', 'disabled')),
            login text UNIQUE CHECK (login ~ '^[a-z][a-z0-9]*([.-][a-z0-9]+)*$' AND length(login) BETWEEN 3 AND 64),
            display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 64),
            unit_id text REFERENCES directory.unit (id),
            phone_index bytea CHECK (octet_length(phone_index) = 32),
            phone_sealed bytea,
            password_hash text,
            totp_sealed bytea,
            totp_last_step bigint,
            not_before timestamptz,
            seq bigint NOT NULL CHECK (seq >= 1),
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CHECK ((login IS NULL) = (kind = 'enterprise')),
            CHECK (unit_id IS NULL OR kind = 'staff'),
            CHECK ((phone_index IS NULL) = (phone_sealed IS NULL)),
            CHECK (kind <> 'enterprise' OR phone_index IS NOT NULL),
            CHECK ((password_hash IS NULL) = (kind = 'service')),
            CHECK (totp_last_step IS NULL OR totp_sealed IS NOT NULL),
            CHECK (status <> 'pending' OR kind = 'enterprise')
        );
        CREATE UNIQUE INDEX account_phone ON directory.account (phone_index) WHERE status <> 'pending';
        CREATE INDEX account_unit ON directory.account (unit_id, id);
        CREATE INDEX account_pending ON directory.account (created_at) WHERE status = 'pending';

        CREATE TABLE directory.account_role (
            account_id uuid NOT NULL REFERENCES directory.account (id),
            role_id text NOT NULL REFERENCES directory.role (id),
            place integer NOT NULL CHECK (place BETWEEN 0 AND 31),
            PRIMARY KEY (account_id, role_id)
        );

        CREATE TABLE directory.account_enterprise (
            account_id uuid NOT NULL REFERENCES directory.account (id),
            enterprise_id uuid NOT NULL,
            place integer NOT NULL CHECK (place >= 0),
            PRIMARY KEY (account_id, enterprise_id)
        );

        CREATE TABLE directory.login_guard (
            subject bytea PRIMARY KEY CHECK (octet_length(subject) = 32),
            failures integer NOT NULL CHECK (failures BETWEEN 0 AND 5),
            locked_until timestamptz,
            changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX login_guard_changed_at ON directory.login_guard (changed_at);

        CREATE TABLE directory.one_time_code (
            id uuid PRIMARY KEY,
            purpose text NOT NULL CONSTRAINT one_time_code_purpose CHECK (purpose IN ('registration', 'login')),
            phone_index bytea NOT NULL CHECK (octet_length(phone_index) = 32),
            account_id uuid REFERENCES directory.account (id),
            code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
            failed integer NOT NULL CHECK (failed BETWEEN 0 AND 5),
            used_at timestamptz,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
            CHECK (purpose <> 'registration' OR account_id IS NOT NULL)
        );
        CREATE INDEX one_time_code_phone ON directory.one_time_code (phone_index, created_at);
        CREATE INDEX one_time_code_account ON directory.one_time_code (account_id);
        CREATE INDEX one_time_code_created_at ON directory.one_time_code (created_at);
        """

    private static let sessions = """
        CREATE TABLE directory.session (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL REFERENCES directory.account (id),
            enterprise_id uuid,
            second_factor boolean NOT NULL,
            opened_at timestamptz NOT NULL,
            ended_at timestamptz,
            ended_by text CONSTRAINT session_ended_by CHECK (ended_by IN ('logout', 'reuse', 'password', 'status')),
            CHECK ((ended_at IS NULL) = (ended_by IS NULL))
        );
        CREATE INDEX session_account ON directory.session (account_id) WHERE ended_at IS NULL;
        CREATE INDEX session_opened_at ON directory.session (opened_at);

        CREATE TABLE directory.refresh_token (
            token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
            session_id uuid NOT NULL REFERENCES directory.session (id) ON DELETE CASCADE,
            issued_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        );
        CREATE INDEX refresh_token_session ON directory.refresh_token (session_id);

        CREATE TABLE directory.signing_key (
            id text PRIMARY KEY,
            public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
            private_key_sealed bytea NOT NULL,
            created_at timestamptz NOT NULL,
            signs_from timestamptz NOT NULL,
            accepted_until timestamptz CHECK (accepted_until > signs_from)
        );
        CREATE UNIQUE INDEX signing_key_newest ON directory.signing_key ((true)) WHERE accepted_until IS NULL;

        CREATE TABLE directory.key_set (
            serial bigint PRIMARY KEY CHECK (serial >= 1),
            key_set bytea NOT NULL,
            signature bytea NOT NULL CHECK (octet_length(signature) = 64),
            root_key_id text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        """

    // For bureaus that subscribe: they page through the history of events and compare digests (XCT-7).
    private static let subscriberRole = """
        INSERT INTO directory.role (id, name, second_factor, announced, seq) VALUES
            ('subscriber', '事件订阅', false, false, 1);
        INSERT INTO directory.role_permission (role_id, place, action, scope) VALUES
            ('subscriber', 0, 'events.read', 'all');
        """

    private static let defaultRoles = """
        INSERT INTO directory.role (id, name, second_factor, announced, seq) VALUES
            ('handler', '经办', false, false, 1),
            ('reviewer', '审核', false, false, 1),
            ('publisher', '发布', true, false, 1),
            ('unit-leader', '单位负责人', false, false, 1),
            ('dispatcher', '调度', false, false, 1),
            ('supervisor', '督办', false, false, 1),
            ('assessor', '考核', false, false, 1),
            ('data-steward', '数据管理', false, false, 1),
            ('administrator', '管理员', true, false, 1),
            ('auditor', '审计', false, false, 1),
            ('enterprise-user', '企业用户', false, false, 1),
            ('enterprise-administrator', '企业管理员', false, false, 1);

        INSERT INTO directory.role_permission (role_id, place, action, scope) VALUES
            ('handler', 0, 'policy.document.write', 'own_unit_and_below'),
            ('handler', 1, 'policy.point.draft', 'own_unit_and_below'),
            ('handler', 2, 'policy.point.read', 'own_unit_and_below'),
            ('handler', 3, 'enterprise.read', 'region'),
            ('handler', 4, 'enterprise.audience.read', 'all'),
            ('handler', 5, 'enterprise.audience.preview', 'all'),
            ('handler', 6, 'enterprise.match.read', 'region'),
            ('reviewer', 0, 'policy.point.review', 'own_unit_and_below'),
            ('reviewer', 1, 'policy.point.read', 'own_unit_and_below'),
            ('reviewer', 2, 'enterprise.audience.preview', 'all'),
            ('reviewer', 3, 'enterprise.audience.read', 'all'),
            ('publisher', 0, 'policy.point.publish', 'own_unit_and_below'),
            ('publisher', 1, 'policy.point.review', 'own_unit_and_below'),
            ('publisher', 2, 'policy.point.read', 'own_unit_and_below'),
            ('publisher', 3, 'enterprise.audience.preview', 'all'),
            ('publisher', 4, 'enterprise.audience.read', 'all'),
            ('publisher', 5, 'enterprise.match.read', 'all'),
            ('unit-leader', 0, 'policy.point.read', 'own_unit_and_below'),
            ('unit-leader', 1, 'enterprise.read', 'region'),
            ('dispatcher', 0, 'policy.point.read', 'all'),
            ('supervisor', 0, 'policy.point.read', 'all'),
            ('assessor', 0, 'policy.point.read', 'all'),
            ('data-steward', 0, 'enterprise.load', 'all'),
            ('data-steward', 1, 'enterprise.attributes.write', 'all'),
            ('data-steward', 2, 'enterprise.list.write', 'all'),
            ('data-steward', 3, 'enterprise.read', 'all'),
            ('administrator', 0, 'directory.*', 'all'),
            ('administrator', 1, 'notification.rule.write', 'all'),
            ('administrator', 2, 'notification.rule.read', 'all'),
            ('administrator', 3, 'notification.caught.read', 'all'),
            ('auditor', 0, 'audit.read', 'all'),
            ('auditor', 1, 'directory.account.read', 'all'),
            ('enterprise-user', 0, 'enterprise.read', 'own_enterprise'),
            ('enterprise-user', 1, 'enterprise.match.read', 'own_enterprise'),
            ('enterprise-user', 2, 'enterprise.tags.choose', 'own_enterprise'),
            ('enterprise-administrator', 0, 'enterprise.read', 'own_enterprise'),
            ('enterprise-administrator', 1, 'enterprise.match.read', 'own_enterprise'),
            ('enterprise-administrator', 2, 'enterprise.tags.choose', 'own_enterprise');
        """

    // Numbers and places are not unique: a batch that does not follow the chain is kept as evidence. Every auditor's
    // `audit.read` was seeded with the roles.
    private static let collectedAudit = """
        CREATE TABLE directory.collected_batch (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            service text NOT NULL,
            number bigint NOT NULL,
            first_place bigint NOT NULL,
            last_place bigint NOT NULL,
            previous_head bytea NOT NULL CHECK (octet_length(previous_head) = 32),
            header bytea NOT NULL,
            head bytea NOT NULL CHECK (octet_length(head) = 32),
            sealed_at timestamptz NOT NULL,
            event_id text NOT NULL,
            fault text NOT NULL,
            received_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX collected_batch_service ON directory.collected_batch (service, id);
        CREATE INDEX collected_batch_fault ON directory.collected_batch (service) WHERE fault <> '';

        CREATE TABLE directory.collected_entry (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            batch_id bigint NOT NULL REFERENCES directory.collected_batch (id),
            service text NOT NULL,
            place bigint NOT NULL,
            line bytea NOT NULL,
            recorded_at timestamptz NOT NULL,
            subject text NOT NULL,
            unit text NOT NULL,
            enterprise text NOT NULL,
            method text NOT NULL,
            object text NOT NULL,
            outcome text NOT NULL
        );
        CREATE INDEX collected_entry_batch ON directory.collected_entry (batch_id, place);
        CREATE INDEX collected_entry_time ON directory.collected_entry (recorded_at, id);
        CREATE INDEX collected_entry_subject ON directory.collected_entry (subject, recorded_at, id);
        CREATE INDEX collected_entry_unit ON directory.collected_entry (unit, recorded_at, id);
        CREATE INDEX collected_entry_object ON directory.collected_entry (object, recorded_at, id);
        REVOKE UPDATE, DELETE, TRUNCATE ON directory.collected_batch, directory.collected_entry
            FROM ztc_directory_app;
        """

    // Who sets, reports, verifies and publishes what units are assessed by (ASM-1 to ASM-10). The leading group decides
    // about what the office prepared, so it is a role of its own. Places go on behind those that a role has, and a
    // changed role is announced again.
    private static let assessmentRoles = """
        INSERT INTO directory.role (id, name, second_factor, announced, seq) VALUES
            ('leading-group', '领导小组', true, false, 1);
        INSERT INTO directory.role_permission (role_id, place, action, scope)
        SELECT given.role_id,
            (SELECT coalesce(max(p.place), -1) FROM directory.role_permission AS p WHERE p.role_id = given.role_id)
                + row_number() OVER (PARTITION BY given.role_id ORDER BY given.place),
            given.action, given.scope
        FROM (VALUES
            (1, 'handler', 'assessment.target.draft', 'own_unit_and_below'),
            (2, 'handler', 'assessment.value.report', 'own_unit_and_below'),
            (3, 'handler', 'assessment.value.read', 'own_unit_and_below'),
            (4, 'handler', 'assessment.result.trace', 'own_unit_and_below'),
            (1, 'reviewer', 'assessment.value.verify', 'own_unit_and_below'),
            (2, 'reviewer', 'assessment.value.read', 'all'),
            (1, 'unit-leader', 'assessment.value.read', 'own_unit_and_below'),
            (2, 'unit-leader', 'assessment.result.trace', 'own_unit_and_below'),
            (1, 'supervisor', 'assessment.value.read', 'all'),
            (1, 'assessor', 'assessment.tier.write', 'all'),
            (2, 'assessor', 'assessment.indicator.write', 'all'),
            (3, 'assessor', 'assessment.target.review', 'all'),
            (4, 'assessor', 'assessment.value.read', 'all'),
            (5, 'assessor', 'assessment.scheme.write', 'all'),
            (6, 'assessor', 'assessment.result.compute', 'all'),
            (7, 'assessor', 'assessment.result.trace', 'all'),
            (8, 'assessor', 'assessment.award.write', 'all'),
            (9, 'assessor', 'assessment.award.read', 'all'),
            (1, 'leading-group', 'assessment.target.approve', 'all'),
            (2, 'leading-group', 'assessment.value.read', 'all'),
            (3, 'leading-group', 'assessment.scheme.publish', 'all'),
            (4, 'leading-group', 'assessment.result.publish', 'all'),
            (5, 'leading-group', 'assessment.result.trace', 'all'),
            (6, 'leading-group', 'assessment.award.read', 'all')
        ) AS given (place, role_id, action, scope);
        UPDATE directory.role SET seq = seq + CASE WHEN announced THEN 1 ELSE 0 END, announced = false
        WHERE id IN ('handler', 'reviewer', 'unit-leader', 'supervisor', 'assessor');
        """

    // Whoever runs the installation sees what waits and decides about what failed, in every service, and nothing else.
    private static let operatorRole = """
        INSERT INTO directory.role (id, name, second_factor, announced, seq) VALUES
            ('operator', '系统运维', true, false, 1);
        INSERT INTO directory.role_permission (role_id, place, action, scope) VALUES
            ('operator', 0, 'operations.read', 'all'),
            ('operator', 1, 'operations.act', 'all');
        """
}
