import Postgres

// Steps behind the first ones.
extension Migrations {
    /// What was demanded of a unit ends with a word as it began with one, and banks hear of their questions. An
    /// installation that made a rule of one of these names for itself keeps it as it is.
    static let closings = Migration(
        version: 8, name: "orders and rectifications closed, banks",
        sql: """
            ALTER TABLE notification.rule DROP CONSTRAINT rule_event;
            ALTER TABLE notification.rule ADD CONSTRAINT rule_event CHECK (event IN (
                    'audienceClosed', 'audienceMemberChanged', 'caseReplied', 'caseRefused', 'casePaused',
                    'caseResolved', 'reminderDue', 'supervisionIssued', 'supervisionListed', 'caseAssigned',
                    'supervisionReferred', 'supervisionReturned', 'rectificationOpened', 'rectificationReturned',
                    'supervisionClosed', 'rectificationClosed', 'lightChanged', 'reportMissed', 'projectReferred',
                    'opinionOverdue', 'preAssessmentCombined', 'resultScores'));
            INSERT INTO notification.rule
                (rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq)
            VALUES
                ('appeal-supervision-closed', 'supervisionClosed', 'appeal.supervision', ARRAY['inbox'],
                 '督办已销号：事项{{number}}', 'Order closed: case {{number}}',
                 '事项{{number}}的督办已销号，无需再回复。',
                 'The order for case {{number}} was closed; nothing more is asked of your unit.', true, 1),
                ('appeal-rectification-closed', 'rectificationClosed', 'appeal.rectification', ARRAY['inbox'],
                 '整改已通过：事项{{number}}', 'Rectification accepted: case {{number}}',
                 '事项{{number}}的整改已通过，整改结束。',
                 'What your unit did about case {{number}} was accepted.', true, 1)
            ON CONFLICT (rule_id) DO NOTHING;

            ALTER TABLE notification.direct_notice
                DROP CONSTRAINT direct_notice_posts,
                ADD CONSTRAINT direct_notice_posts
                    CHECK (posts <@ ARRAY['handler', 'unit-leader', 'supervisor', 'bank']);
            """)
}
