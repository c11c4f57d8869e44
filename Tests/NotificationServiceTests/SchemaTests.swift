import Domain
import NotificationDomain
import Postgres
import ServiceRuntime
import ServiceTestSupport
import Testing

@testable import NotificationService

@Suite("Schema of notification")
struct SchemaTests {
    @Test("every CHECK list names exactly the cases of its enumeration, and the seeded rules are rules of the domain")
    func checks() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, _ in
            let expected = [
                "rule_event": words(of: NotifiableEvent.self), "rule_channels": words(of: Channel.self),
                "audience_state": words(of: Audience.State.Name.self),
                "audience_chunk_verdict": words(of: Verdict.self),
                "audience_override_verdict": words(of: Verdict.self), "notice_state": words(of: Notice.State.Name.self),
                "delivery_attempt_channel": words(of: Channel.self),
                "delivery_attempt_state": words(of: DeliveryAttempt.State.Name.self),
                "caught_message_channel": words(of: Channel.self), "direct_notice_posts": words(of: Post.self),
                "direct_notice_light": words(of: ShownLight.self),
                "direct_notice_result": words(of: ShownResult.self),
            ]
            let found = try await stage.bench.administration.checkedWords(in: "notification")
            #expect(found == expected)
            let rules = try await stage.bench.administration.transaction { transaction in
                try RuleRepository.page(after: "", limit: 50, in: transaction)
            }
            // Every event has a rule from the beginning, and all of them act.
            #expect(Set(rules.map(\.rule.event)) == Set(NotifiableEvent.allCases))
            #expect(rules.count == NotifiableEvent.allCases.count)
            #expect(rules.allSatisfy { $0.rule.fillsInbox })
            let matched = rules.filter { $0.rule.kind == "policy.matched" }
            #expect(matched.map(\.rule.id) == ["policy-matched", "policy-matched-member"])
            #expect(matched.map(\.rule.event) == [.audienceClosed, .audienceMemberChanged])
        }
    }

    @Test("NTF-3, XCT-14 a rule that an installation made for itself stays as it is when one of its name is delivered")
    func ownRule() async throws {
        let schema = try await EarlierSchema.make(NotificationApp.self, before: 8)
        try await schema.administration.transaction { tx in
            try tx.execute(
                """
                INSERT INTO notification.rule
                    (rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq)
                VALUES ('appeal-supervision-closed', 'caseResolved', 'own.kind', ARRAY['inbox'], '标题', 'Title',
                    '正文', 'Body', false, 4)
                """, expecting: 1)
        }
        try await schema.migrate()
        let rules = try await schema.administration.transaction {
            try $0.query(
                "SELECT rule_id, event, kind, seq FROM notification.rule WHERE rule_id LIKE 'appeal-%-closed' ORDER BY 1"
            ) {
                "\(try $0.get("rule_id", as: String.self)) \(try $0.get("event", as: String.self)) "
                    + "\(try $0.get("kind", as: String.self)) \(try $0.get("seq", as: Int64.self))"
            }
        }
        #expect(
            rules == [
                "appeal-rectification-closed rectificationClosed appeal.rectification 1",
                "appeal-supervision-closed caseResolved own.kind 4",
            ])
    }
}
