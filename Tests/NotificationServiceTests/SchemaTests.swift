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
            ]
            let found = try await stage.bench.administration.checkedWords(in: "notification")
            #expect(found == expected)
            let rules = try await stage.bench.administration.transaction { transaction in
                try RuleRepository.page(after: "", limit: 20, in: transaction)
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
}
