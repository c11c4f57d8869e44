import CommonContracts
import DirectoryContracts
import Foundation
import GRPCCore
import Messaging
import NotificationContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import NotificationService

typealias Contact = Zhitongche_Notification_V1_Contact

/// A mail that the catcher kept.
struct Mail: Sendable, Equatable {
    let subject: String
    let text: String
}

extension Stage {
    /// The mails caught for an address, in their order.
    func mails(to email: String) async throws -> [Mail] {
        try await bench.administration.transaction { transaction in
            try transaction.query(
                """
                SELECT subject, text FROM notification.caught_message
                WHERE address = \(email) AND channel = 'email' ORDER BY id
                """
            ) { Mail(subject: try $0.get("subject"), text: try $0.get("text")) }
        }
    }

    /// The code in the newest mail to an address; waits until there are so many.
    func code(to email: String, mails count: Int = 1) async throws -> String {
        let mails = try await eventually {
            try await self.mails(to: email)
        } is: {
            $0.count == count
        }
        return String(try #require(mails[count - 1].text.firstMatch(of: /[0-9]{6}/)).output)
    }

    func state(
        _ email: String, _ metadata: Metadata, _ client: Client, id: String = UUIDv7.make()
    ) async throws -> String {
        let request = Zhitongche_Notification_V1_StateContactRequest.with {
            $0.requestID = id
            $0.email = email
        }
        return try await client.stateContact(request, metadata: metadata, options: bench.options).contactID
    }

    @discardableResult
    func confirm(
        _ contact: String, _ code: String, _ metadata: Metadata, _ client: Client, id: String = UUIDv7.make()
    ) async throws -> Contact {
        let request = Zhitongche_Notification_V1_ConfirmContactRequest.with {
            $0.requestID = id
            $0.contactID = contact
            $0.code = code
        }
        return try await client.confirmContact(request, metadata: metadata, options: bench.options).contact
    }

    @discardableResult
    func subscribe(_ kinds: [String], _ metadata: Metadata, _ client: Client) async throws -> Contact {
        let request = Zhitongche_Notification_V1_SetSubscriptionsRequest.with {
            $0.requestID = UUIDv7.make()
            $0.subscriptions = kinds.map { kind in
                .with {
                    $0.kind = kind
                    $0.channels = [.email]
                }
            }
        }
        return try await client.setSubscriptions(request, metadata: metadata, options: bench.options).contact
    }

    func contact(_ metadata: Metadata, _ client: Client) async throws -> Contact {
        try await client.getContact(.init(), metadata: metadata, options: bench.options).contact
    }

    /// Another code, so that it is wrong for certain.
    func wrong(_ code: String) -> String { code == "000000" ? "000001" : "000000" }
}

@Suite("NTF-2, NTF-4 contacts of accounts")
struct ContactCallTests {
    private static let email = "wang@example.cn"
    private static let environment = ["ZTC_NOTIFICATION_CODE_PAUSE": "0"]

    private static func refusedAsInvalidCode(_ call: () async throws -> Void) async {
        do {
            try await call()
            Issue.record("the code was accepted")
        } catch let error as RPCError {
            #expect(error.code == .failedPrecondition)
            #expect(Problem(error)?.reason == .codeInvalid)
        } catch {
            Issue.record("unexpected: \(error)")
        }
    }

    @Test("an address counts once its code came back, for the account that stated it, and the code counts once")
    func confirmed() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: Self.environment)
        try await stage.run { _, client in
            let (owner, stranger) = (Reader(ordinal: 1), Reader(ordinal: 2))
            let (own, strange) = (try await stage.metadata(of: owner), try await stage.metadata(of: stranger))
            let request = UUIDv7.make()
            let contact = try await stage.state("wang@Example.CN", own, client, id: request)
            #expect(try await stage.state("wang@Example.CN", own, client, id: request) == contact)
            let code = try await stage.code(to: Self.email)
            #expect(try await stage.contact(own, client) == Contact())
            await denied(.failedPrecondition) { try await stage.subscribe(["policy.matched"], own, client) }

            await Self.refusedAsInvalidCode { try await stage.confirm(contact, code, strange, client) }
            await Self.refusedAsInvalidCode { try await stage.confirm(contact, stage.wrong(code), own, client) }
            await Self.refusedAsInvalidCode { try await stage.confirm(UUIDv7.make(), code, own, client) }
            let confirmation = UUIDv7.make()
            let stored = try await stage.confirm(contact, code, own, client, id: confirmation)
            #expect(stored.email == Self.email && stored.hasConfirmedAt && stored.subscriptions.isEmpty)
            #expect(try await stage.confirm(contact, code, own, client, id: confirmation) == stored)
            await Self.refusedAsInvalidCode { try await stage.confirm(contact, code, own, client) }

            let subscribed = try await stage.subscribe(["policy.matched"], own, client)
            #expect(subscribed.subscriptions.map(\.kind) == ["policy.matched"])
            #expect(subscribed.subscriptions.map(\.channels) == [[.email]])
            #expect(try await stage.contact(own, client) == subscribed)
            #expect(try await stage.contact(strange, client) == Contact())
            // The same account acting for another enterprise has an address, and no subscription.
            let elsewhere = try await stage.bench.metadata(
                stage.bench.directory.enterpriseUser(owner.account, enterprise: stranger.enterprise))
            #expect(try await stage.contact(elsewhere, client) == stored)

            // Another address takes its place; what was subscribed to stays.
            let second = try await stage.state("li@example.cn", own, client)
            try await stage.confirm(second, try await stage.code(to: "li@example.cn"), own, client)
            let changed = try await stage.contact(own, client)
            #expect(changed.email == "li@example.cn" && changed.subscriptions == subscribed.subscriptions)

            _ = try await client.removeContact(
                .with { $0.requestID = UUIDv7.make() }, metadata: own, options: stage.bench.options)
            #expect(try await stage.contact(own, client) == Contact())
            #expect(try await stage.count("mail_subscription") == 0)
            // What was wrong is in the audit, the addresses are not.
            let audited = try await stage.bench.administration.transaction { transaction in
                try transaction.query(
                    "SELECT object || detail || outcome AS text FROM notification.audit_entry ORDER BY id"
                ) { try $0.get("text", as: String.self) }
            }
            #expect(audited.filter { $0.contains("wrong code") && $0.contains("denied") }.count == 1)
            #expect(!audited.contains { $0.contains("@") })
        }
    }

    @Test("a code is worthless after its time and after five attempts")
    func worthless() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: Self.environment)
        try await stage.run { _, client in
            let own = try await stage.metadata(of: Reader(ordinal: 1))
            let late = try await stage.state(Self.email, own, client)
            let lateCode = try await stage.code(to: Self.email)
            try await stage.bench.administration.transaction { transaction in
                try transaction.execute(
                    """
                    UPDATE notification.contact_code
                    SET created_at = created_at - interval '11 minutes', expires_at = expires_at - interval '11 minutes'
                    """, expecting: 1)
            }
            await Self.refusedAsInvalidCode { try await stage.confirm(late, lateCode, own, client) }
            let tried = try await stage.state(Self.email, own, client)
            let code = try await stage.code(to: Self.email, mails: 2)
            for _ in 0..<5 {
                await Self.refusedAsInvalidCode { try await stage.confirm(tried, stage.wrong(code), own, client) }
            }
            await Self.refusedAsInvalidCode { try await stage.confirm(tried, code, own, client) }
            #expect(try await stage.contact(own, client) == Contact())
        }
    }

    @Test("an account and an address get one code a minute and five an hour, whoever asks")
    func limits() async throws {
        let paced = try await Stage.make(NotificationApp.self)
        try await paced.run { _, client in
            let (one, other) = (
                try await paced.metadata(of: Reader(ordinal: 1)), try await paced.metadata(of: Reader(ordinal: 2))
            )
            _ = try await paced.state(Self.email, one, client)
            await denied(.resourceExhausted) { _ = try await paced.state("li@example.cn", one, client) }
            await denied(.resourceExhausted) { _ = try await paced.state("WANG@example.cn", other, client) }
            _ = try await paced.state("li@example.cn", other, client)
        }
        let stage = try await Stage.make(NotificationApp.self, environment: Self.environment)
        try await stage.run { _, client in
            for number in 0..<5 {
                _ = try await stage.state(Self.email, stage.metadata(of: Reader(ordinal: UInt32(number))), client)
            }
            let sixth = try await stage.metadata(of: Reader(ordinal: 9))
            await denied(.resourceExhausted) { _ = try await stage.state(Self.email, sixth, client) }
            for number in 0..<5 { _ = try await stage.state("a\(number)@example.cn", sixth, client) }
            await denied(.resourceExhausted) { _ = try await stage.state("a5@example.cn", sixth, client) }
        }
    }

    @Test("XCT-12 what is wrong with a request is refused with the field named")
    func refused() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: Self.environment)
        try await stage.run { _, client in
            let own = try await stage.metadata(of: Reader(ordinal: 1))
            let options = stage.bench.options
            for email in ["", "wang", "a@example.cn\r\nBcc: b@example.cn"] {
                await denied(.invalidArgument, field: "email") { _ = try await stage.state(email, own, client) }
            }
            await denied(.invalidArgument, field: "request_id") {
                _ = try await stage.state(Self.email, own, client, id: "")
            }
            await denied(.invalidArgument, field: "contact_id") {
                try await stage.confirm("x", "123456", own, client)
            }
            await denied(.invalidArgument, field: "code") {
                try await stage.confirm(UUIDv7.make(), "12345", own, client)
            }
            let contact = try await stage.state(Self.email, own, client)
            try await stage.confirm(contact, try await stage.code(to: Self.email), own, client)
            for (field, kinds) in [
                ("subscriptions[0].kind", ["Policy"]), ("subscriptions[1].kind", ["policy.matched", "policy.matched"]),
                ("subscriptions[1].kind", ["policy.matched", "unheard.of"]),
                ("subscriptions", (0..<65).map { "k\($0)" }),
            ] {
                await denied(.invalidArgument, field: field) { try await stage.subscribe(kinds, own, client) }
            }
            for channels in [[], [.inbox], [.sms], [.email, .sms]] as [[Zhitongche_Notification_V1_Channel]] {
                await denied(.invalidArgument, field: "subscriptions[0].channels") {
                    _ = try await client.setSubscriptions(
                        .with {
                            $0.requestID = UUIDv7.make()
                            $0.subscriptions = [
                                .with {
                                    $0.kind = "policy.matched"
                                    $0.channels = channels
                                }
                            ]
                        }, metadata: own, options: options)
                }
            }
        }
    }

    @Test("XCT-10 only people have contacts; staff state theirs too, and have nothing to subscribe to yet")
    func access() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: Self.environment)
        try await stage.run { _, client in
            let service = try await stage.bench.metadata(stage.bench.directory.service("policy"))
            await denied(.permissionDenied) { _ = try await stage.state(Self.email, service, client) }
            await denied(.permissionDenied) { _ = try await stage.contact(service, client) }
            await denied(.unauthenticated) { _ = try await stage.state(Self.email, [:], client) }
            await denied(.unauthenticated) { try await stage.confirm(UUIDv7.make(), "123456", [:], client) }
            await denied(.unauthenticated) { try await stage.subscribe([], [:], client) }
            let staff = try await stage.administrator()
            let contact = try await stage.state(Self.email, staff, client)
            let stored = try await stage.confirm(
                contact, try await stage.code(to: Self.email), staff, client)
            #expect(stored.email == Self.email)
            await denied(.failedPrecondition) { try await stage.subscribe(["policy.matched"], staff, client) }
        }
    }
}
