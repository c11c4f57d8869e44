import CommonContracts
import Foundation
import GRPCCore
import Messaging
import NotificationContracts
import NotificationDomain
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import NotificationService

@Suite("NTF-3 rules as data")
struct RuleCallTests {
    private static func request(
        _ change: (inout Zhitongche_Notification_V1_Rule) -> Void = { _ in }
    ) -> Zhitongche_Notification_V1_SetRuleRequest {
        .with {
            $0.requestID = UUIDv7.make()
            $0.rule = .with {
                $0.ruleID = "policy-matched"
                $0.eventType = "zhitongche.enterprise.v1.AudienceClosed"
                $0.kind = "policy.matched"
                $0.channels = [.inbox]
                $0.title.zh = "新政策：{{title}}"
                $0.body.zh = "{{verdict}}"
                $0.enabled = true
                $0.version = 1
            }
            change(&$0.rule)
        }
    }

    @Test("an administrator changes a rule, new notices follow it, and old ones stay as they were")
    func change() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let administrator = try await stage.administrator()
            let options = stage.bench.options
            let readers = try await stage.introduce([1])
            try await stage.newAudience().publish(generation: 1, [.init(.met, [(1, 0)])])
            try await stage.inbox(readers[1]!, client, reaches: 1)

            let request = Self.request()
            let set = try await client.setRule(request, metadata: administrator, options: options)
            #expect(set.rule.version == 2 && set.rule.title.en.isEmpty)
            #expect(try await client.setRule(request, metadata: administrator, options: options) == set)
            try await stage.newAudience().publish(generation: 1, title: "贷款贴息", [.init(.met, [(1, 0)])])
            let messages = try await stage.inbox(readers[1]!, client, reaches: 2)
            #expect(messages.map(\.title.zh) == ["新政策：贷款贴息", "政策匹配：研发补贴"])

            let disabled = Self.request {
                $0.enabled = false
                $0.version = 2
            }
            _ = try await client.setRule(disabled, metadata: administrator, options: options)
            let silent = stage.newAudience()
            try await silent.publish(generation: 1, [.init(.met, [(1, 0)])])
            try await silent.publish(change: 1, generation: 1, verdict: .unknown)
            // The member's rule is still enabled, and nobody told this member before.
            let last = try await stage.inbox(readers[1]!, client, reaches: 3)
            #expect(last[0].body.zh.hasPrefix("因贵企业信息更新"))
        }
    }

    @Test("versions guard against lost edits; a new rule is added; pages are in the order of slugs")
    func versions() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let administrator = try await stage.administrator()
            let options = stage.bench.options
            do {
                _ = try await client.setRule(Self.request { $0.version = 7 }, metadata: administrator, options: options)
                Issue.record("a stale version was accepted")
            } catch let error as RPCError {
                #expect(error.code == .aborted)
                #expect(Problem(error)?.metadata["current_version"] == "1")
            }
            await denied(.aborted) {
                _ = try await client.setRule(Self.request { $0.version = 0 }, metadata: administrator, options: options)
            }
            await denied(.notFound) {
                _ = try await client.setRule(
                    Self.request {
                        $0.ruleID = "unheard-of"
                        $0.version = 3
                    }, metadata: administrator, options: options)
            }
            let made = try await client.setRule(
                Self.request {
                    $0.ruleID = "a-new-rule"
                    $0.version = 0
                    $0.kind = "policy.digest"
                }, metadata: administrator, options: options)
            #expect(made.rule.version == 1)
            let first = try await client.listRules(
                .with { $0.pageSize = 2 }, metadata: administrator, options: options)
            #expect(first.rules.map(\.ruleID) == ["a-new-rule", "appeal-assigned"])
            let second = try await client.listRules(
                .with { $0.pageToken = first.nextPageToken }, metadata: administrator, options: options)
            // One rule for each event came with the service; two of all stood on the first page.
            #expect(second.rules.count == NotifiableEvent.allCases.count - 1)
            #expect(second.rules.first?.ruleID == "appeal-listed")
            #expect(second.rules.last?.ruleID == "project-report-missed")
            #expect(second.nextPageToken.isEmpty)
        }
    }

    @Test("XCT-12 what is wrong with a rule is refused with the field named")
    func refused() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let administrator = try await stage.administrator()
            let cases: [(String, (inout Zhitongche_Notification_V1_Rule) -> Void)] = [
                ("rule.title.zh", { $0.title.zh = "{{phone}}" }),
                ("rule.title.en", { $0.title.en = "{{title" }),
                ("rule.body.zh", { $0.body.zh = "" }),
                ("rule.body.en", { $0.body.en = "{{secret}}" }),
                ("rule.event_type", { $0.eventType = "zhitongche.policy.v1.PointPublished" }),
                ("rule.channels", { $0.channels = [] }),
                ("rule.channels[1]", { $0.channels = [.inbox, .sms] }),
                ("rule.channels[0]", { $0.channels = [.unspecified] }),
                ("rule.kind", { $0.kind = "Policy" }),
                ("rule.rule_id", { $0.ruleID = "" }),
                ("rule.version", { $0.version = -1 }),
            ]
            for (field, change) in cases {
                await denied(.invalidArgument, field: field) {
                    _ = try await client.setRule(
                        Self.request(change), metadata: administrator, options: stage.bench.options)
                }
            }
            await denied(.invalidArgument, field: "rule") {
                _ = try await client.setRule(
                    .with { $0.requestID = UUIDv7.make() }, metadata: administrator, options: stage.bench.options)
            }
        }
    }

    @Test("XCT-10 users of enterprises, services and strangers may not read or change rules or caught messages")
    func access() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let directory = stage.bench.directory
            let user = try await stage.bench.metadata(
                directory.enterpriseUser(UUIDv7.make(), enterprise: UUIDv7.make()))
            let policy = try await stage.bench.metadata(directory.service("policy"))
            let options = stage.bench.options
            for metadata in [user, policy] {
                await denied(.permissionDenied) {
                    _ = try await client.setRule(Self.request(), metadata: metadata, options: options)
                }
                await denied(.permissionDenied) {
                    _ = try await client.listRules(.init(), metadata: metadata, options: options)
                }
                await denied(.permissionDenied) {
                    _ = try await client.listCaughtMessages(.init(), metadata: metadata, options: options)
                }
                await denied(.permissionDenied) {
                    _ = try await client.sendVerificationCode(.init(), metadata: metadata, options: options)
                }
            }
            await denied(.permissionDenied) {
                _ = try await client.sendVerificationCode(
                    .init(), metadata: stage.administrator(), options: options)
            }
            await denied(.unauthenticated) { _ = try await client.listRules(.init(), options: options) }
            await denied(.unauthenticated) { _ = try await client.sendVerificationCode(.init(), options: options) }
        }
    }
}

/// A provider whose answers are lost at will, as those of a gateway over a network are.
final class FickleProvider: MessageProvider {
    struct Script: Sendable {
        /// What happens to each message handed over: it is taken or not, and the answer arrives or not.
        var takes = true
        var answers = true
        var refuses: String?
        var knowsOutcome = true
    }

    struct State: Sendable {
        var script: Script?
        var handedOver: [OutgoingMessage] = []
        var taken: Set<String> = []
    }

    struct AnswerLost: Error {}

    /// One provider for the tests of a process, told apart by the messages' keys.
    static let shared = FickleProvider()

    private let state = Mutex<[String: State]>([:])
    /// Scripts of mails, whose keys a test does not know before.
    private let addresses = Mutex<[String: Script]>([:])

    func play(_ script: Script, toAddress address: String) { addresses.withLock { $0[address] = script } }

    func handedOver(toAddress address: String) -> [OutgoingMessage] {
        state.withLock { $0.values.flatMap(\.handedOver).filter { $0.address == address } }
    }

    private func lines(_ states: [String: State], _ key: String) -> Script {
        let address = states[key]?.handedOver.first?.address
        return states[key]?.script ?? address.flatMap { address in addresses.withLock { $0[address] } } ?? Script()
    }

    func play(_ script: Script, for key: String) { state.withLock { $0[key, default: State()].script = script } }

    func handedOver(_ key: String) -> [OutgoingMessage] { state.withLock { $0[key]?.handedOver ?? [] } }

    func send(_ message: OutgoingMessage) async throws -> DeliveryAttempt.Outcome {
        let script = state.withLock { states in
            states[message.key, default: State()].handedOver.append(message)
            let script = lines(states, message.key)
            if script.takes { states[message.key]?.taken.insert(message.key) }
            return script
        }
        guard script.answers else { throw AnswerLost() }
        return script.refuses.map { .refused($0) } ?? .sent
    }

    func outcome(of key: String) async throws -> DeliveryAttempt.Outcome? {
        let (script, isTaken) = state.withLock { (lines($0, key), $0[key]?.taken.contains(key) ?? false) }
        guard script.knowsOutcome else { throw AnswerLost() }
        return isTaken ? .sent : nil
    }
}

/// Notification with a provider that is not the catcher.
enum FickleApp: ServiceApp {
    static let definition = NotificationApp.definition
    static func build(_ runtime: Runtime) throws -> ServiceComponents {
        NotificationApp.components(runtime, provider: FickleProvider.shared)
    }
}

@Suite("NTF-2, NTF-6 verification codes")
struct DeliveryTests {
    private static func request(
        _ id: String = UUIDv7.make(), phone: String = "13800138000", code: String = "246810",
        expiresIn seconds: TimeInterval = 300
    ) -> Zhitongche_Notification_V1_SendVerificationCodeRequest {
        .with {
            $0.requestID = id
            $0.phone = phone
            $0.code = code
            $0.expiresAt = Google_Protobuf_Timestamp(date: Date().addingTimeInterval(seconds))
        }
    }

    private static func attempt<App: ServiceApp>(_ id: String, _ stage: Stage<App>) async throws -> String {
        try await stage.bench.administration.transaction { transaction in
            try transaction.only("SELECT state FROM notification.delivery_attempt WHERE request_id = \(id)").get(
                "state")
        }
    }

    @Test("a code is caught once, however often its request is repeated, and listed for the administrator")
    func caught() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: ["ZTC_NOTIFICATION_DEVELOPMENT": "true"])
        try await stage.run { _, client in
            let directory = try await stage.bench.metadata(stage.bench.directory.service("directory"))
            let options = stage.bench.options
            let request = Self.request()
            for _ in 0..<3 { _ = try await client.sendVerificationCode(request, metadata: directory, options: options) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let twin = Self.request(phone: "13900139000", code: "000111")
                for _ in 0..<4 {
                    group.addTask {
                        _ = try await client.sendVerificationCode(twin, metadata: directory, options: options)
                    }
                }
                try await group.waitForAll()
            }
            await denied(.invalidArgument, field: "request_id") {
                var other = request
                other.code = "999999"
                _ = try await client.sendVerificationCode(other, metadata: directory, options: options)
            }
            let administrator = try await stage.administrator()
            let all = try await client.listCaughtMessages(.init(), metadata: administrator, options: options)
            #expect(all.messages.map(\.address) == ["13900139000", "13800138000"])
            #expect(all.messages.allSatisfy { $0.channel == .sms })
            #expect(all.messages[1].text.contains("246810"))
            let one = try await client.listCaughtMessages(
                .with { $0.address = "13900139000" }, metadata: administrator, options: options)
            #expect(one.messages.map(\.text).count == 1 && one.messages[0].text.contains("000111"))
            let first = try await client.listCaughtMessages(
                .with { $0.pageSize = 1 }, metadata: administrator, options: options)
            let second = try await client.listCaughtMessages(
                .with {
                    $0.pageSize = 1
                    $0.pageToken = first.nextPageToken
                }, metadata: administrator, options: options)
            #expect(first.messages + second.messages == all.messages)
            #expect(second.nextPageToken.isEmpty)
            #expect(try await Self.attempt(request.requestID, stage) == "sent")
        }
    }

    private static func addresses<App: ServiceApp>(_ table: String, _ stage: Stage<App>) async throws -> [String] {
        try await stage.bench.administration.transaction { transaction in
            try transaction.query(
                "SELECT address FROM \(unescaped: "notification.\(table)") ORDER BY address"
            ) { try $0.get("address") }
        }
    }

    @Test("a phone is masked once its attempt is over, and a day after the code's validity everything is deleted")
    func forgotten() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { handle, client in
            let directory = try await stage.bench.metadata(stage.bench.directory.service("directory"))
            let options = stage.bench.options
            let (old, late, fresh) = (
                Self.request(), Self.request(phone: "13900139000", expiresIn: -1), Self.request(phone: "13700137111")
            )
            for request in [old, fresh] {
                _ = try await client.sendVerificationCode(request, metadata: directory, options: options)
            }
            await denied(.failedPrecondition) {
                _ = try await client.sendVerificationCode(late, metadata: directory, options: options)
            }
            let masked = ["*******7111", "*******8000", "*******9000"]
            #expect(try await Self.addresses("delivery_attempt", stage) == masked)
            #expect(try await Self.addresses("caught_message", stage) == ["13700137111", "13800138000"])
            for (table, key) in [("delivery_attempt", "request_id"), ("caught_message", "message_key")] {
                try await stage.bench.administration.transaction { transaction in
                    for (id, hours) in [(old.requestID, Int64(25)), (fresh.requestID, 23)] {
                        try transaction.execute(
                            """
                            UPDATE \(unescaped: "notification.\(table)")
                            SET expires_at = clock_timestamp() - \(hours) * interval '1 hour'
                            WHERE \(identifier: key) = \(id)
                            """, expecting: 1)
                    }
                }
            }
            handle.runtime.wake(worker: ForgetMessages.worker)
            let left = try await eventually {
                [
                    try await Self.addresses("delivery_attempt", stage),
                    try await Self.addresses("caught_message", stage),
                ]
            } is: {
                $0[0].count == 2 && $0[1].count == 1
            }
            #expect(left == [["*******7111", "*******9000"], ["13700137111"]])
            await denied(.failedPrecondition) {
                _ = try await client.sendVerificationCode(old, metadata: directory, options: options)
            }
            #expect(try await Self.addresses("caught_message", stage) == ["13700137111"])
        }
    }

    @Test("what was caught is shown in development mode only, whatever the caller's roles")
    func production() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: ["ZTC_NOTIFICATION_DEVELOPMENT": "false"])
        try await stage.run { _, client in
            await denied(.failedPrecondition) {
                _ = try await client.listCaughtMessages(
                    .init(), metadata: stage.administrator(), options: stage.bench.options)
            }
        }
    }

    @Test("an expired code is not sent; malformed requests name their field")
    func refused() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let directory = try await stage.bench.metadata(stage.bench.directory.service("directory"))
            let options = stage.bench.options
            let late = Self.request(expiresIn: -1)
            do {
                _ = try await client.sendVerificationCode(late, metadata: directory, options: options)
                Issue.record("an expired code was sent")
            } catch let error as RPCError {
                #expect(error.code == .failedPrecondition)
                #expect(Problem(error)?.reason == .codeInvalid)
            }
            #expect(try await Self.attempt(late.requestID, stage) == "expired")
            #expect(try await stage.count("caught_message") == 0)
            for (field, request) in [
                ("phone", Self.request(phone: "1380013800")), ("phone", Self.request(phone: "23800138000")),
                ("code", Self.request(code: "12345a")), ("request_id", Self.request("")),
            ] {
                await denied(.invalidArgument, field: field) {
                    _ = try await client.sendVerificationCode(request, metadata: directory, options: options)
                }
            }
            var timeless = Self.request()
            timeless.clearExpiresAt()
            let withoutTime = timeless
            await denied(.invalidArgument, field: "expires_at") {
                _ = try await client.sendVerificationCode(withoutTime, metadata: directory, options: options)
            }
        }
    }

    @Test("an attempt whose outcome is unknown is inquired after and never handed over blindly a second time")
    func unknown() async throws {
        let stage = try await Stage.make(FickleApp.self, environment: ["ZTC_NOTIFICATION_DEVELOPMENT": "true"])
        try await stage.run { _, client in
            let provider = FickleProvider.shared
            let directory = try await stage.bench.metadata(stage.bench.directory.service("directory"))
            let options = stage.bench.options

            let lost = Self.request()
            let id = lost.requestID
            provider.play(.init(answers: false, knowsOutcome: false), for: id)
            for _ in 0..<3 {
                await denied(.unavailable) {
                    _ = try await client.sendVerificationCode(lost, metadata: directory, options: options)
                }
                #expect(try await Self.attempt(id, stage) == "unknown")
            }
            #expect(provider.handedOver(id).count == 1)
            // The provider can be asked again and says that it took the message.
            provider.play(.init(), for: id)
            _ = try await client.sendVerificationCode(lost, metadata: directory, options: options)
            #expect(provider.handedOver(id).count == 1)
            #expect(try await Self.attempt(id, stage) == "sent")

            // The provider is certain that it never got the message: only then is it handed over again.
            let dropped = Self.request()
            provider.play(.init(takes: false, answers: false), for: dropped.requestID)
            await denied(.unavailable) {
                _ = try await client.sendVerificationCode(dropped, metadata: directory, options: options)
            }
            provider.play(.init(), for: dropped.requestID)
            // Another call might still be handing it over, whatever the first one heard.
            for state in ["unknown", "sending"] {
                try await stage.bench.administration.transaction { transaction in
                    try transaction.execute(
                        """
                        UPDATE notification.delivery_attempt SET state = \(state), changed_at = clock_timestamp()
                        WHERE request_id = \(dropped.requestID)
                        """, expecting: 1)
                }
                await denied(.unavailable) {
                    _ = try await client.sendVerificationCode(dropped, metadata: directory, options: options)
                }
                #expect(provider.handedOver(dropped.requestID).count == 1)
                #expect(try await Self.attempt(dropped.requestID, stage) == state)
            }
            try await stage.bench.administration.transaction { transaction in
                try transaction.execute(
                    """
                    UPDATE notification.delivery_attempt SET changed_at = changed_at - interval '1 minute'
                    WHERE request_id = \(dropped.requestID)
                    """, expecting: 1)
            }
            _ = try await client.sendVerificationCode(dropped, metadata: directory, options: options)
            #expect(provider.handedOver(dropped.requestID).map(\.key) == [dropped.requestID, dropped.requestID])

            let refused = Self.request()
            provider.play(.init(takes: false, refuses: "blocked"), for: refused.requestID)
            for _ in 0..<2 {
                await denied(.failedPrecondition) {
                    _ = try await client.sendVerificationCode(refused, metadata: directory, options: options)
                }
            }
            #expect(provider.handedOver(refused.requestID).count == 1)
            await denied(.failedPrecondition) {
                _ = try await client.listCaughtMessages(.init(), metadata: stage.administrator(), options: options)
            }
        }
    }
}
