import Domain
import NotificationDomain
import Testing

@Suite("NTF-3 templates and rules")
struct RuleTests {
    private static func template(_ text: String, variables: Set<TemplateVariable> = [.title, .verdict]) throws
        -> Template
    {
        try Template(text, variables: variables, limit: 100, field: "body.zh")
    }

    @Test("variables are found with and without spaces, and filled in one pass")
    func variables() throws {
        let template = try Self.template("《{{ title }}》：{{verdict}}；{{title}}")
        #expect(template.variables == [.title, .verdict])
        let text = template.rendered(escaping: .plainText) { $0 == .title ? "{{verdict}}" : "好" }
        #expect(text == "《{{verdict}}》：好；{{verdict}}")
    }

    @Test("NTF-9 markup is escaped where a channel has markup")
    func markup() throws {
        let text = try Self.template("{{title}}").rendered(escaping: .markup) { _ in #"<a href="x">R&D's</a>"# }
        #expect(text == "&lt;a href=&quot;x&quot;&gt;R&amp;D&#39;s&lt;/a&gt;")
        #expect(Channel.email.escaping == .markup)
        #expect(Channel.inbox.escaping == .plainText)
    }

    @Test(
        "what cannot be filled is refused with the field named",
        arguments: [
            ("{{phone}}", DomainError("body.zh", .unknown("variable {{phone}}"))),
            ("{{estimate}}", DomainError("body.zh", .unknown("variable {{estimate}}"))),
            ("{{}}", DomainError("body.zh", .unknown("variable {{}}"))),
            ("{{ti{{tle}}", DomainError("body.zh", .unknown("variable {{ti{{tle}}"))),
            ("{{title", DomainError("body.zh", .malformed(expected: "closed by }} after every {{"))),
            ("title}}", DomainError("body.zh", .malformed(expected: "opened by {{ before every }}"))),
            ("a\u{0}b", DomainError("body.zh", .malformed(expected: "text without control characters"))),
            (String(repeating: "长", count: 101), DomainError("body.zh", .outOfRange("at most 100 characters"))),
        ])
    func refused(text: String, error: DomainError) {
        #expect(throws: error) { try Self.template(text) }
    }

    private static func rule(
        id: String = "policy-matched", event: String = NotifiableEvent.audienceClosed.typeName,
        kind: String = "policy.matched", channels: [Channel] = [.inbox],
        title: BilingualText = BilingualText("标题", ""), body: BilingualText = BilingualText("{{title}}", "")
    ) throws -> Rule {
        try Rule(id: id, eventType: event, kind: kind, channels: channels, title: title, body: body, isEnabled: true)
    }

    @Test("a rule with every part in order is made")
    func valid() throws {
        let rule = try Self.rule()
        #expect(rule.event == .audienceClosed)
        #expect(rule.fillsInbox)
        #expect(rule.body.chinese.variables == [.title])
    }

    @Test("every part at fault is named by its field")
    func fields() {
        func field(_ make: @autoclosure () throws -> Rule) -> String? {
            do {
                _ = try make()
                return nil
            } catch {
                return (error as? DomainError)?.field
            }
        }
        #expect(field(try Self.rule(id: "Policy")) == "rule_id")
        #expect(field(try Self.rule(id: "a--b")) == "rule_id")
        #expect(field(try Self.rule(id: "")) == "rule_id")
        #expect(field(try Self.rule(event: "zhitongche.policy.v1.PointPublished")) == "event_type")
        #expect(field(try Self.rule(kind: "policy matched")) == "kind")
        #expect(field(try Self.rule(channels: [])) == "channels")
        #expect(field(try Self.rule(channels: [.inbox, .inbox])) == "channels[1]")
        #expect(field(try Self.rule(channels: [.inbox, .sms])) == "channels[1]")
        #expect(field(try Self.rule(channels: [.inbox, .email])) == nil)
        #expect(field(try Self.rule(channels: [.email])) == "channels")
        #expect(field(try Self.rule(title: BilingualText(" ", "x"))) == "title.zh")
        #expect(field(try Self.rule(title: BilingualText("x", "{{x}}"))) == "title.en")
        #expect(field(try Self.rule(body: BilingualText("{{x}}", ""))) == "body.zh")
    }
}
