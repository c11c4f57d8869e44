import GRPCCore
import Messaging
import NotificationContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import NotificationService

@Suite("Replicas of notification side by side")
struct ReplicasTests {
    @Test("two replicas make one notice of each audience and send each mail once, also while one of them stops")
    func once() async throws {
        let stage = try await Stage.make(
            NotificationApp.self,
            environment: ["ZTC_NOTIFICATION_CODE_PAUSE": "0", "ZTC_NOTIFICATION_MAIL_RATE": "1000"])
        let other = try await stage.bench.start()
        try await stage.run { _, client in
            let readers = try await stage.introduce([1, 2])
            try await stage.reach(readers[1]!, at: "r1@example.cn", kinds: ["policy.matched"], client)
            for _ in 0..<12 { try await stage.newAudience().publish(generation: 1, [.init(.met, [(1, 0), (2, 0)])]) }
            try await other.stop()
            for _ in 0..<6 { try await stage.newAudience().publish(generation: 1, [.init(.met, [(1, 0), (2, 0)])]) }
            try await stage.inbox(readers[2]!, client, reaches: 18)
            try await eventually(within: .seconds(60)) {
                try await stage.mails(to: "r1@example.cn").count
            } is: {
                $0 >= 19
            }
            try await stage.mailIsQuiet()
            #expect(try await stage.mails(to: "r1@example.cn").count == 19)
            #expect(try await stage.count("notice") == 18)
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("rule 13: over two replicas each mail is handed to the provider once")
    func handedOverOnce() async throws {
        let stage = try await Stage.make(FickleApp.self, environment: ["ZTC_NOTIFICATION_MAIL_RATE": "1000"])
        let other = try await stage.bench.start()
        try await stage.run { _, client in
            _ = try await stage.introduce([1])
            let count = 100
            // The provider that is shared by all tests knows them by address.
            let host = "\(UUIDv7.make()).cn"
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
                    SELECT account_id, 'r' || row_number() OVER () || '@' || \(host), false, now()
                    FROM notification.account
                    """, expecting: count)
                try transaction.execute(
                    """
                    INSERT INTO notification.mail_subscription (kind, account_id, enterprise_id)
                    SELECT 'policy.matched', account_id, enterprise_ids[1] FROM notification.account
                    """, expecting: count)
            }
            for _ in 0..<3 { try await stage.newAudience().publish(generation: 1, [.init(.met, [(1, 0)])]) }
            try await eventually(within: .seconds(120)) {
                try await stage.attempts().filter { $0.hasPrefix("sent") }.count
            } is: {
                $0 == 3 * count
            }
            for number in 1...count {
                #expect(FickleProvider.shared.handedOver(toAddress: "r\(number)@\(host)").count == 3)
            }
            #expect(try await stage.deadLetters().isEmpty)
        }
        try await other.stop()
    }
}
