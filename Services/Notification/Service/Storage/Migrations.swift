import Postgres

/// The tables of notification's own; those of messaging and runtime come before.
enum Migrations {
    static let all: [Migration] = [
        Migration(
            version: 1, name: "rules, audiences and inbox",
            sql: """
                CREATE TABLE notification.rule (
                    rule_id text PRIMARY KEY CHECK (length(rule_id) BETWEEN 1 AND 64),
                    event text NOT NULL CONSTRAINT rule_event CHECK (event IN ('audienceClosed', 'audienceMemberChanged')),
                    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
                    channels text[] NOT NULL
                        CONSTRAINT rule_channels CHECK (channels <@ ARRAY['inbox', 'sms', 'email']),
                    title_zh text NOT NULL,
                    title_en text NOT NULL,
                    body_zh text NOT NULL,
                    body_en text NOT NULL,
                    is_enabled boolean NOT NULL,
                    seq bigint NOT NULL CHECK (seq >= 1),
                    CHECK (cardinality(channels) >= 1)
                );

                INSERT INTO notification.rule
                    (rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq)
                VALUES
                    ('policy-matched', 'audienceClosed', 'policy.matched', ARRAY['inbox'],
                     '政策匹配：{{title}}', 'Policy match: {{title}}',
                     '新政策“{{title}}”与贵企业的匹配结果：{{verdict}}；预计可享受：{{estimate}}。',
                     'The policy “{{title}}” was checked for your enterprise: {{verdict}}. '
                         || 'Estimated benefit: {{estimate}}.',
                     true, 1),
                    ('policy-matched-member', 'audienceMemberChanged', 'policy.matched', ARRAY['inbox'],
                     '政策匹配：{{title}}', 'Policy match: {{title}}',
                     '因贵企业信息更新，政策“{{title}}”的匹配结果变为：{{verdict}}；预计可享受：{{estimate}}。',
                     'After a change of your enterprise''s data the policy “{{title}}” now reads: {{verdict}}. '
                         || 'Estimated benefit: {{estimate}}.',
                     true, 1);

                CREATE TABLE notification.enterprise (
                    enterprise_id uuid PRIMARY KEY,
                    ordinal bigint NOT NULL UNIQUE CHECK (ordinal BETWEEN 0 AND 4294967295)
                );

                CREATE TABLE notification.audience (
                    point_id uuid PRIMARY KEY,
                    state text NOT NULL CONSTRAINT audience_state CHECK (state IN ('gathering', 'current', 'dissolved')),
                    generation bigint NOT NULL CHECK (generation >= 0),
                    revision integer NOT NULL CHECK (revision >= 0),
                    members bigint NOT NULL CHECK (members >= 0),
                    title text NOT NULL
                );

                CREATE TABLE notification.audience_chunk (
                    point_id uuid NOT NULL REFERENCES notification.audience,
                    generation bigint NOT NULL,
                    chunk integer NOT NULL CHECK (chunk >= 0),
                    verdict text NOT NULL CONSTRAINT audience_chunk_verdict CHECK (verdict IN ('met', 'notMet', 'unknown')),
                    first_ordinal bigint NOT NULL,
                    last_ordinal bigint NOT NULL CHECK (last_ordinal >= first_ordinal),
                    members bytea NOT NULL,
                    PRIMARY KEY (point_id, generation, chunk)
                );
                CREATE INDEX audience_chunk_range
                    ON notification.audience_chunk (point_id, generation, first_ordinal, last_ordinal);

                CREATE TABLE notification.audience_override (
                    point_id uuid NOT NULL REFERENCES notification.audience,
                    generation bigint NOT NULL,
                    ordinal bigint NOT NULL CHECK (ordinal BETWEEN 0 AND 4294967295),
                    verdict text CONSTRAINT audience_override_verdict CHECK (verdict IN ('met', 'notMet', 'unknown')),
                    estimated_fen bigint NOT NULL CHECK (estimated_fen >= 0),
                    PRIMARY KEY (point_id, generation, ordinal)
                );
                COMMENT ON COLUMN notification.audience_override.verdict IS 'NULL: the enterprise has left';

                CREATE TABLE notification.notice (
                    notice_id uuid PRIMARY KEY,
                    rule_id text NOT NULL REFERENCES notification.rule,
                    kind text NOT NULL,
                    point_id uuid NOT NULL REFERENCES notification.audience,
                    revision integer NOT NULL CHECK (revision >= 1),
                    subject text NOT NULL,
                    title_zh text NOT NULL,
                    title_en text NOT NULL,
                    body_zh text NOT NULL,
                    body_en text NOT NULL,
                    state text NOT NULL CONSTRAINT notice_state CHECK (state IN ('visible', 'ended')),
                    recipients bigint NOT NULL CHECK (recipients >= 0),
                    visible_at timestamptz NOT NULL,
                    written_by bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)
                );
                COMMENT ON COLUMN notification.notice.written_by IS
                    'the transaction that made it, by which replicas find new notices without missing late commits';
                CREATE INDEX notice_newest ON notification.notice (visible_at DESC, notice_id DESC) WHERE state = 'visible';
                CREATE INDEX notice_point ON notification.notice (point_id);
                CREATE INDEX notice_written_by ON notification.notice (written_by);

                CREATE TABLE notification.notice_seq (
                    notice_id uuid PRIMARY KEY REFERENCES notification.notice,
                    seq bigint NOT NULL CHECK (seq >= 1)
                ) WITH (fillfactor = 50);
                COMMENT ON TABLE notification.notice_seq IS
                    'apart from the notice, since every first reading moves it and the notice is wide';

                CREATE TABLE notification.notice_addressees (
                    notice_id uuid NOT NULL REFERENCES notification.notice,
                    chunk integer NOT NULL CHECK (chunk >= 0),
                    first_ordinal bigint NOT NULL,
                    last_ordinal bigint NOT NULL CHECK (last_ordinal >= first_ordinal),
                    ordinals bytea NOT NULL,
                    PRIMARY KEY (notice_id, chunk)
                );

                CREATE TABLE notification.notice_read (
                    account_id uuid NOT NULL,
                    notice_id uuid NOT NULL REFERENCES notification.notice,
                    opened_at timestamptz NOT NULL,
                    PRIMARY KEY (account_id, notice_id)
                );
                """),
        Migration(
            version: 2, name: "deliveries",
            sql: """
                CREATE TABLE notification.delivery_attempt (
                    request_id text PRIMARY KEY CHECK (length(request_id) BETWEEN 1 AND 64),
                    channel text NOT NULL CONSTRAINT delivery_attempt_channel CHECK (channel IN ('inbox', 'sms', 'email')),
                    address text NOT NULL,
                    state text NOT NULL CONSTRAINT delivery_attempt_state
                        CHECK (state IN ('prepared', 'sending', 'sent', 'refused', 'unknown', 'expired')),
                    reason text NOT NULL DEFAULT '',
                    expires_at timestamptz NOT NULL,
                    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
                );

                CREATE TABLE notification.caught_message (
                    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                    message_key text NOT NULL UNIQUE,
                    channel text NOT NULL CONSTRAINT caught_message_channel CHECK (channel IN ('inbox', 'sms', 'email')),
                    address text NOT NULL,
                    text text NOT NULL,
                    caught_at timestamptz NOT NULL DEFAULT clock_timestamp()
                );
                CREATE INDEX caught_message_address ON notification.caught_message (address, id DESC);
                """),
        Migration(
            version: 3, name: "messages are forgotten",
            sql: """
                -- The default serves what was caught before, and replicas of the version before.
                ALTER TABLE notification.caught_message
                    ADD COLUMN expires_at timestamptz NOT NULL DEFAULT clock_timestamp();
                CREATE INDEX caught_message_expires_at ON notification.caught_message (expires_at);
                CREATE INDEX delivery_attempt_expires_at ON notification.delivery_attempt (expires_at);
                UPDATE notification.delivery_attempt
                SET address = repeat('*', greatest(length(address) - 4, 0)) || right(address, 4)
                WHERE state IN ('sent', 'refused', 'expired');
                """),
        Migration(
            version: 4, name: "mail",
            sql: """
                CREATE TABLE notification.account (
                    account_id uuid PRIMARY KEY,
                    is_active boolean NOT NULL,
                    enterprise_ids uuid[] NOT NULL
                );
                COMMENT ON TABLE notification.account IS 'for which enterprises an account may be told something';

                CREATE TABLE notification.contact (
                    account_id uuid PRIMARY KEY,
                    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
                    in_english boolean NOT NULL,
                    confirmed_at timestamptz NOT NULL
                );

                CREATE TABLE notification.contact_code (
                    contact_id uuid PRIMARY KEY,
                    account_id uuid NOT NULL,
                    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
                    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
                    failed integer NOT NULL DEFAULT 0 CHECK (failed BETWEEN 0 AND 5),
                    used_at timestamptz,
                    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
                );
                CREATE INDEX contact_code_account ON notification.contact_code (account_id, created_at);
                CREATE INDEX contact_code_email ON notification.contact_code (lower(email), created_at);
                CREATE INDEX contact_code_created_at ON notification.contact_code (created_at);

                CREATE TABLE notification.mail_subscription (
                    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
                    account_id uuid NOT NULL REFERENCES notification.contact ON DELETE CASCADE,
                    enterprise_id uuid NOT NULL,
                    PRIMARY KEY (kind, account_id, enterprise_id)
                );
                CREATE INDEX mail_subscription_account ON notification.mail_subscription (account_id, enterprise_id);

                CREATE TABLE notification.mail_round (
                    notice_id uuid PRIMARY KEY REFERENCES notification.notice,
                    after_account uuid,
                    after_enterprise uuid,
                    CHECK ((after_account IS NULL) = (after_enterprise IS NULL))
                );
                COMMENT ON TABLE notification.mail_round IS
                    'notices whose subscribers are still to be gone through, and how far that is';

                ALTER TABLE notification.delivery_attempt
                    ADD COLUMN account_id uuid,
                    ADD COLUMN subject text NOT NULL DEFAULT '',
                    ADD COLUMN text text NOT NULL DEFAULT '',
                    ADD COLUMN tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
                    ADD COLUMN next_at timestamptz NOT NULL DEFAULT clock_timestamp();
                CREATE INDEX delivery_attempt_due ON notification.delivery_attempt (next_at)
                    WHERE channel = 'email' AND state IN ('prepared', 'sending', 'unknown');
                CREATE INDEX delivery_attempt_account ON notification.delivery_attempt (account_id)
                    WHERE state = 'prepared';
                COMMENT ON COLUMN notification.delivery_attempt.text IS 'emptied once the attempt is over';

                ALTER TABLE notification.caught_message ADD COLUMN subject text NOT NULL DEFAULT '';

                -- Who gets a mail is the reader's choice, so the rules that came with the service allow it.
                UPDATE notification.rule SET channels = ARRAY['inbox', 'email']
                WHERE rule_id IN ('policy-matched', 'policy-matched-member') AND seq = 1;
                """),
        Migration(
            version: 5, name: "direct notices",
            sql: """
                ALTER TABLE notification.rule DROP CONSTRAINT rule_event;
                ALTER TABLE notification.rule ADD CONSTRAINT rule_event CHECK (event IN (
                        'audienceClosed', 'audienceMemberChanged', 'caseReplied', 'caseRefused', 'casePaused',
                        'caseResolved', 'reminderDue', 'supervisionIssued', 'supervisionListed'));
                INSERT INTO notification.rule
                    (rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq)
                VALUES
                    ('appeal-replied', 'caseReplied', 'appeal.replied', ARRAY['inbox'],
                     '事项{{number}}已答复', 'Your case {{number}} was answered',
                     '您提交的事项{{number}}已答复，请查看并评价。',
                     'Your case {{number}} was answered; please read and rate the answer.', true, 1),
                    ('appeal-refused', 'caseRefused', 'appeal.refused', ARRAY['inbox'],
                     '事项{{number}}未予受理', 'Your case {{number}} was refused',
                     '您提交的事项{{number}}未予受理，请查看原因和应当前往的部门。',
                     'Your case {{number}} was refused; see the reason and the right place to go.', true, 1),
                    ('appeal-question', 'casePaused', 'appeal.question', ARRAY['inbox'],
                     '事项{{number}}需补充材料', 'Your case {{number}} needs something from you',
                     '您提交的事项{{number}}需要补充材料，补充前暂停计时。',
                     'Your case {{number}} waits for your answer; its clock stands still until then.', true, 1),
                    ('appeal-resolved', 'caseResolved', 'appeal.resolved', ARRAY['inbox'],
                     '事项{{number}}已办结', 'Your case {{number}} was resolved',
                     '您提交的事项{{number}}已办结，请评价。',
                     'Your case {{number}} was resolved; please rate it.', true, 1),
                    ('appeal-reminder', 'reminderDue', 'appeal.reminder', ARRAY['inbox'],
                     '催办：事项{{number}}', 'Reminder: case {{number}}',
                     '事项{{number}}的期限为{{due}}，请按期办理。',
                     'The limit of case {{number}} is {{due}}.', true, 1),
                    ('appeal-supervision', 'supervisionIssued', 'appeal.supervision', ARRAY['inbox'],
                     '督办：事项{{number}}', 'Supervision: case {{number}}',
                     '事项{{number}}已下达督办单，请于{{due}}前回复。',
                     'A supervision order was issued for case {{number}}; answer by {{due}}.', true, 1),
                    ('appeal-listed', 'supervisionListed', 'appeal.supervision', ARRAY['inbox'],
                     '挂牌督办：事项{{number}}', 'Listed supervision: case {{number}}',
                     '事项{{number}}已挂牌督办，请于{{due}}前回复。',
                     'Case {{number}} was put on the supervision list; answer by {{due}}.', true, 1);

                CREATE TABLE notification.direct_notice (
                    notice_id uuid PRIMARY KEY,
                    rule_id text NOT NULL REFERENCES notification.rule,
                    kind text NOT NULL,
                    enterprise_id uuid,
                    unit text,
                    posts text[] NOT NULL CONSTRAINT direct_notice_posts
                        CHECK (posts <@ ARRAY['handler', 'unit-leader', 'supervisor']),
                    number text NOT NULL,
                    due_on date,
                    title_zh text NOT NULL,
                    title_en text NOT NULL,
                    body_zh text NOT NULL,
                    body_en text NOT NULL,
                    visible_at timestamptz NOT NULL,
                    seq bigint NOT NULL CHECK (seq >= 1),
                    written_by bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
                    CHECK ((enterprise_id IS NULL) <> (unit IS NULL) AND (unit IS NULL) = (cardinality(posts) = 0))
                );
                COMMENT ON TABLE notification.direct_notice IS
                    'notices to one enterprise or to posts of one unit, a row each';
                CREATE INDEX direct_notice_enterprise
                    ON notification.direct_notice (enterprise_id, visible_at DESC, notice_id DESC);
                CREATE INDEX direct_notice_unit ON notification.direct_notice (unit, visible_at DESC, notice_id DESC);
                CREATE INDEX direct_notice_written_by ON notification.direct_notice (written_by);

                CREATE TABLE notification.direct_notice_read (
                    account_id uuid NOT NULL,
                    notice_id uuid NOT NULL REFERENCES notification.direct_notice,
                    opened_at timestamptz NOT NULL,
                    PRIMARY KEY (account_id, notice_id)
                );
                """),
        Migration(
            version: 6, name: "projects and results",
            sql: """
                ALTER TABLE notification.rule DROP CONSTRAINT rule_event;
                ALTER TABLE notification.rule ADD CONSTRAINT rule_event CHECK (event IN (
                        'audienceClosed', 'audienceMemberChanged', 'caseReplied', 'caseRefused', 'casePaused',
                        'caseResolved', 'reminderDue', 'supervisionIssued', 'supervisionListed', 'lightChanged',
                        'reportMissed', 'projectReferred', 'opinionOverdue', 'resultScores'));
                INSERT INTO notification.rule
                    (rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq)
                VALUES
                    ('project-light', 'lightChanged', 'project.light', ARRAY['inbox'],
                     '项目{{number}}亮{{light}}', 'Project {{number}}: {{light}} light',
                     '项目{{number}}的进度已亮{{light}}，请查看原因并按计划推进。',
                     'The light of project {{number}} is {{light}} now; see the reasons and keep to the plan.', true, 1),
                    ('project-report-missed', 'reportMissed', 'project.reminder', ARRAY['inbox'],
                     '项目{{number}}进度未按期填报', 'A report on project {{number}} is overdue',
                     '项目{{number}}的进度报告应于{{due}}前填报，现已逾期，请尽快补报。',
                     'The progress report on project {{number}} was due on {{due}}; please hand it in.', true, 1),
                    ('project-referred', 'projectReferred', 'project.supervision', ARRAY['inbox'],
                     '项目{{number}}转入督办', 'Project {{number}} goes to supervision',
                     '项目{{number}}连续两个月亮红灯，已转入督办。',
                     'Project {{number}} was red for two months and goes to supervision.', true, 1),
                    ('project-opinion-overdue', 'opinionOverdue', 'project.reminder', ARRAY['inbox'],
                     '预评估意见逾期未反馈', 'An opinion on a pre-assessment is overdue',
                     '有项目预评估意见应于{{due}}前反馈，现已逾期，请尽快反馈。',
                     'An opinion on a project was due on {{due}}; please give it.', true, 1),
                    ('assessment-result', 'resultScores', 'assessment.result', ARRAY['inbox'],
                     '{{period}}考核结果已公布', 'Results of {{period}} are published',
                     '{{period}}考核结果已公布：贵单位得分{{score}}，排名第{{rank}}。',
                     'The results of {{period}} are published: your unit scored {{score}} and ranks {{rank}}.', true, 1);

                ALTER TABLE notification.direct_notice
                    ADD COLUMN light text CONSTRAINT direct_notice_light CHECK (light IN ('green', 'yellow', 'red')),
                    ADD COLUMN period_zh text,
                    ADD COLUMN period_en text,
                    ADD COLUMN score text,
                    ADD COLUMN rank integer CHECK (rank >= 1),
                    ADD CONSTRAINT direct_notice_standing CHECK (num_nonnulls(period_zh, period_en, score, rank) IN (0, 4));
                """),
        Migration(
            version: 7, name: "assignments, rectifications and pre-assessments",
            sql: """
                ALTER TABLE notification.rule DROP CONSTRAINT rule_event;
                ALTER TABLE notification.rule ADD CONSTRAINT rule_event CHECK (event IN (
                        'audienceClosed', 'audienceMemberChanged', 'caseReplied', 'caseRefused', 'casePaused',
                        'caseResolved', 'reminderDue', 'supervisionIssued', 'supervisionListed', 'caseAssigned',
                        'supervisionReferred', 'supervisionReturned', 'rectificationOpened', 'rectificationReturned',
                        'lightChanged', 'reportMissed', 'projectReferred', 'opinionOverdue', 'preAssessmentCombined',
                        'resultScores'));
                INSERT INTO notification.rule
                    (rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq)
                VALUES
                    ('appeal-assigned', 'caseAssigned', 'appeal.assigned', ARRAY['inbox'],
                     '新事项{{number}}', 'New case {{number}}',
                     '事项{{number}}已交由贵单位办理，答复期限：{{due}}。',
                     'Case {{number}} was assigned to your unit; last day for the reply: {{due}}.', true, 1),
                    ('appeal-referred', 'supervisionReferred', 'appeal.supervision', ARRAY['inbox'],
                     '移送问责：事项{{number}}', 'Accountability: case {{number}}',
                     '事项{{number}}的督办已移送问责，回复期限：{{due}}。',
                     'The order for case {{number}} was referred to accountability; answer by {{due}}.', true, 1),
                    ('appeal-supervision-returned', 'supervisionReturned', 'appeal.supervision', ARRAY['inbox'],
                     '督办回复被退回：事项{{number}}', 'Answer sent back: case {{number}}',
                     '事项{{number}}的督办回复被退回，请于{{due}}前重新回复。',
                     'Your answer to the order for case {{number}} was sent back; answer anew by {{due}}.', true, 1),
                    ('appeal-rectification', 'rectificationOpened', 'appeal.rectification', ARRAY['inbox'],
                     '限期整改：事项{{number}}', 'Rectification: case {{number}}',
                     '事项{{number}}评价不满意，请于{{due}}前完成整改并反馈。',
                     'Case {{number}} got a low mark; put it right and report by {{due}}.', true, 1),
                    ('appeal-rectification-returned', 'rectificationReturned', 'appeal.rectification', ARRAY['inbox'],
                     '整改被退回：事项{{number}}', 'Rectification sent back: case {{number}}',
                     '事项{{number}}的整改未通过，请于{{due}}前继续整改并反馈。',
                     'What was done about case {{number}} is not enough; put it right by {{due}}.', true, 1),
                    ('project-pre-assessment', 'preAssessmentCombined', 'project.preassessment', ARRAY['inbox'],
                     '项目预评估结果：{{result}}', 'Pre-assessment: {{result}}',
                     '贵单位申请的项目预评估已有结果：{{result}}。请查看各单位意见。',
                     'The pre-assessment that your unit applied for was {{result}}; see all opinions.', true, 1)
                ON CONFLICT (rule_id) DO NOTHING;

                ALTER TABLE notification.direct_notice
                    ADD COLUMN result text CONSTRAINT direct_notice_result
                        CHECK (result IN ('passed', 'conditional', 'refused', 'vetoed'));
                """),
        closings,
    ]
}
