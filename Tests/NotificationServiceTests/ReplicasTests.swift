import GRPCCore
import NotificationContracts
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
}
