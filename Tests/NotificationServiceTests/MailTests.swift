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

extension Stage {
    /// Publishes what the directory says of a reader's account, and waits until it is here.
    func publish(_ reader: Reader, enterprises: [String], isActive: Bool = true, seq: Int64 = 1) async throws {
        try await bench.publish(
            Zhitongche_Directory_V1_AccountState.with {
                $0.accountID = reader.account
                $0.kind = .enterprise
                $0.status = isActive ? .active : .disabled
                $0.enterpriseIds = enterprises
            }, topic: .accounts, key: reader.account, seq: seq)
        let wanted = [isActive ? "true" : "false"] + enterprises
        try await eventually {
            try await bench.administration.transaction { transaction in
                try transaction.first(
                    """
                    SELECT is_active::text || coalesce(' ' || array_to_string(enterprise_ids, ' '), '') AS text
                    FROM notification.account WHERE account_id::text = \(reader.account)
                    """)?.get("text", as: String.self)
            }
        } is: {
            $0?.split(separator: " ").map(String.init) == wanted
        }
    }

    /// Confirms an address of a reader, and subscribes to kinds.
    func reach(_ reader: Reader, at email: String, kinds: [String], _ client: Client) async throws {
        try await publish(reader, enterprises: [reader.enterprise])
        let own = try await metadata(of: reader)
        let contact = try await state(email, own, client)
        try await confirm(contact, try await code(to: email), own, client)
        try await subscribe(kinds, own, client)
    }

    /// Waits until no notice's subscribers are left to go through and no mail waits.
    func mailIsQuiet() async throws {
        try await eventually(within: .seconds(120)) {
            try await bench.administration.transaction { transaction in
                try transaction.only(
                    """
                    SELECT (SELECT count(*) FROM notification.mail_round)
                        + (SELECT count(*) FROM notification.delivery_attempt WHERE state IN ('prepared', 'sending'))
                        AS count
                    """
                ).get("count", as: Int64.self)
            }
        } is: {
            $0 == 0
        }
    }

    /// States of the attempts to mail notices, codes left out.
    func attempts() async throws -> [String] {
        try await bench.administration.transaction { transaction in
            try transaction.query(
                """
                SELECT state || ' ' || address || ' ' || text AS text FROM notification.delivery_attempt
                WHERE request_id LIKE 'mail-%' ORDER BY 1
                """
            ) { try $0.get("text") }
        }
    }
}

@Suite("NTF-2, NTF-5, NTF-6 mails of notices")
struct MailTests {
    private static let environment = [
        "ZTC_NOTIFICATION_CODE_PAUSE": "0", "ZTC_NOTIFICATION_MAIL_RATE": "1000",
    ]

    @Test("a notice is mailed once to who confirmed an address and subscribed, and to nobody else")
    func subscribers() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: Self.environment)
        let audience = stage.newAudience()
        let members: [(UInt32, Int64)] = (1...6).map { ($0, 0) } + [(7, 500_000)]
        try await stage.run { _, client in
            let readers = try await stage.introduce(Array(1...8))
            // 1 subscribes; 2 confirms only; 3 does nothing; 4 is disabled later; 5 loses its enterprise later; 6 removes
            // its address; 7 subscribes and is told an estimate; 8 subscribes and is no member.
            for ordinal in [1, 4, 5, 6, 7, 8] as [UInt32] {
                try await stage.reach(
                    readers[ordinal]!, at: "r\(ordinal)@example.cn", kinds: ["policy.matched"], client)
            }
            try await stage.reach(readers[2]!, at: "r2@example.cn", kinds: [], client)
            try await stage.publish(readers[4]!, enterprises: [readers[4]!.enterprise], isActive: false, seq: 2)
            try await stage.publish(readers[5]!, enterprises: [], seq: 2)
            _ = try await client.removeContact(
                .with { $0.requestID = UUIDv7.make() }, metadata: stage.metadata(of: readers[6]!),
                options: stage.bench.options)
            try await audience.publish(generation: 1, [.init(.met, members)])
            let mails = try await eventually {
                try await stage.mails(to: "r1@example.cn") + stage.mails(to: "r7@example.cn")
            } is: {
                $0.count == 4
            }
            #expect(mails[1].subject == "政策匹配：研发补贴")
            #expect(mails[1].text.contains("符合") && mails[1].text.contains("待核定"))
            #expect(mails[3].text.contains("5,000元") || mails[3].text.contains("5000元"))
            try await stage.mailIsQuiet()
            // No attempt for anybody else; what remains of the two has no text and a masked address.
            #expect(try await stage.attempts() == ["sent *********e.cn ", "sent *********e.cn "])
            for ordinal in [2, 4, 5, 6, 8] {
                #expect(try await stage.mails(to: "r\(ordinal)@example.cn").count == 1)
            }
            // A new generation notifies newcomers only, and a joining member by itself.
            try await audience.publish(generation: 2, [.init(.met, members)])
            try await audience.publish(change: 8, generation: 2, verdict: .unknown)
            let joined = try await eventually {
                try await stage.mails(to: "r8@example.cn")
            } is: {
                $0.count == 2
            }
            #expect(joined[1].text.contains("因贵企业信息更新"))
        }
        // A replica that starts anew finds nothing to repeat.
        try await stage.run { _, _ in
            try await stage.mailIsQuiet()
            #expect(try await stage.attempts().count == 3)
            #expect(try await stage.mails(to: "r1@example.cn").count == 2)
        }
    }

    @Test(
        "subscribers are gone through in pieces, and each gets one mail, also when a piece is gone through again")
    func pieces() async throws {
        let count = 2 * MailRounds.piece + 50
        let stage = try await Stage.make(NotificationApp.self, environment: Self.environment)
        try await stage.run { handle, client in
            _ = try await stage.introduce([1])
            try await stage.bench.administration.transaction { transaction in
                try transaction.execute(
                    """
                    INSERT INTO notification.account (account_id, is_active, enterprise_ids)
                    SELECT gen_random_uuid(), true, ARRAY[enterprise_id]
                    FROM notification.enterprise, generate_series(1, \(count))
                    """, expecting: count)
                try transaction.execute(
                    """
                    INSERT INTO notification.contact (account_id, email, in_english, confirmed_at)
                    SELECT account_id, account_id || '@example.cn', false, now() FROM notification.account
                    """, expecting: count)
                try transaction.execute(
                    """
                    INSERT INTO notification.mail_subscription (kind, account_id, enterprise_id)
                    SELECT 'policy.matched', account_id, enterprise_ids[1] FROM notification.account
                    """, expecting: count)
            }
            try await stage.newAudience().publish(generation: 1, [.init(.met, [(1, 0)])])
            try await eventually(within: .seconds(120)) {
                try await stage.count("caught_message")
            } is: {
                $0 == Int64(count)
            }
            try await stage.mailIsQuiet()
            // As after a crash between a piece's effect and its mark, were they two transactions.
            try await stage.bench.administration.transaction { transaction in
                try transaction.execute(
                    "INSERT INTO notification.mail_round (notice_id) SELECT notice_id FROM notification.notice",
                    expecting: 1)
            }
            handle.runtime.wake(worker: MailRounds.worker)
            try await stage.mailIsQuiet()
            #expect(try await stage.count("caught_message") == Int64(count))
            #expect(try await stage.attempts().count == count)
        }
    }

    @Test("rule 13: a mail whose outcome is unknown is asked after, and handed over again only if it never arrived")
    func unknown() async throws {
        // Nothing is tried again by itself meanwhile, however slow the machine is.
        let environment = Self.environment.merging(["ZTC_NOTIFICATION_MAIL_RETRY": "3600"]) { $1 }
        let stage = try await Stage.make(FickleApp.self, environment: environment)
        try await stage.run { handle, client in
            let provider = FickleProvider.shared
            let own = try await stage.metadata(of: Reader(ordinal: 1))
            func attempt(_ id: String, becomes state: String) async throws {
                try await eventually {
                    try await stage.bench.administration.transaction { transaction in
                        try transaction.only(
                            "SELECT state FROM notification.delivery_attempt WHERE request_id = \(id)"
                        ).get("state", as: String.self)
                    }
                } is: {
                    $0 == state
                }
            }
            /// Has a mail looked at again, as if so much time had passed, and waits until it was.
            func lookAgain(_ id: String, after time: String) async throws {
                let tries: Int32 = try await stage.bench.administration.transaction { transaction in
                    try transaction.only(
                        """
                        UPDATE notification.delivery_attempt
                        SET next_at = clock_timestamp(), changed_at = changed_at - \(time)::interval
                        WHERE request_id = \(id) RETURNING tries
                        """
                    ).get("tries")
                }
                handle.runtime.wake(worker: MailSender.worker)
                try await eventually {
                    try await stage.bench.administration.transaction { transaction in
                        try transaction.only(
                            "SELECT tries FROM notification.delivery_attempt WHERE request_id = \(id)"
                        ).get("tries", as: Int32.self)
                    }
                } is: {
                    $0 > tries
                }
            }

            let lost = "\(UUIDv7.make())@example.cn"
            provider.play(.init(answers: false, knowsOutcome: false), toAddress: lost)
            let id = try await stage.state(lost, own, client)
            try await attempt(id, becomes: "unknown")
            try await lookAgain(id, after: "1 minute")
            try await attempt(id, becomes: "unknown")
            #expect(provider.handedOver(toAddress: lost).count == 1)
            provider.play(.init(), toAddress: lost)
            try await lookAgain(id, after: "0 seconds")
            try await attempt(id, becomes: "sent")
            #expect(provider.handedOver(toAddress: lost).count == 1)

            let dropped = "\(UUIDv7.make())@example.cn"
            provider.play(.init(takes: false, answers: false), toAddress: dropped)
            let second = try await stage.state(dropped, own, client)
            try await attempt(second, becomes: "unknown")
            provider.play(.init(), toAddress: dropped)
            // Another replica might still be handing it over.
            try await lookAgain(second, after: "0 seconds")
            try await attempt(second, becomes: "unknown")
            #expect(provider.handedOver(toAddress: dropped).count == 1)
            try await lookAgain(second, after: "1 minute")
            try await attempt(second, becomes: "sent")
            #expect(provider.handedOver(toAddress: dropped).count == 2)

            let blocked = "\(UUIDv7.make())@example.cn"
            provider.play(.init(takes: false, refuses: "no such mailbox"), toAddress: blocked)
            try await attempt(try await stage.state(blocked, own, client), becomes: "refused")
        }
    }
}
