import Domain
import NotificationDomain
import Postgres
import ServiceRuntime
import Testing

@testable import NotificationService

@Suite("Schema of notification")
struct SchemaTests {
    private static let constraints: [(String, Set<String>)] = [
        ("rule_event", Set(NotifiableEvent.allCases.map(\.rawValue))),
        ("rule_channels", Set(Channel.allCases.map(\.rawValue))),
        ("audience_state", Set(Audience.State.Name.allCases.map(\.rawValue))),
        ("audience_chunk_verdict", Set(Verdict.allCases.map(\.rawValue))),
        ("audience_override_verdict", Set(Verdict.allCases.map(\.rawValue))),
        ("notice_state", Set(Notice.State.Name.allCases.map(\.rawValue))),
        ("delivery_attempt_channel", Set(Channel.allCases.map(\.rawValue))),
        ("delivery_attempt_state", Set(DeliveryAttempt.State.Name.allCases.map(\.rawValue))),
        ("caught_message_channel", Set(Channel.allCases.map(\.rawValue))),
        ("direct_notice_posts", Set(Post.allCases.map(\.rawValue))),
        ("direct_notice_light", Set(ShownLight.allCases.map(\.rawValue))),
    ]

    @Test("every CHECK list names exactly the cases of its enumeration, and the seeded rules are rules of the domain")
    func checks() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, _ in
            for (constraint, cases) in Self.constraints {
                let text: String = try await stage.bench.administration.transaction { transaction in
                    try transaction.only(
                        "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = \(constraint)"
                    ).get("text")
                }
                let listed = Set(text.matches(of: /'([A-Za-z-]+)'::text/).map { String($0.output.1) })
                #expect(listed == cases, "\(constraint)")
            }
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
