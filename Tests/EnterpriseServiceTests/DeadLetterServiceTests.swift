import CommonContracts
import EnterpriseContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import EnterpriseService

@Suite("Operating the inbox (XCT-6, XCT-10; rule 10)")
struct DeadLetterServiceTests {
    private typealias Client = Zhitongche_Common_V1_DeadLetterService.Client<HTTP2ClientTransport.Posix>

    private func staff(_ role: String, _ stage: Stage) async throws -> Metadata {
        try await stage.bench.metadata(stage.bench.directory.staff(role, roles: [role]))
    }

    private func audited(_ sql: SQL, _ stage: Stage) async throws -> [String] {
        try await stage.bench.administration.transaction { transaction in
            try transaction.query(
                "SELECT subject, object, detail FROM enterprise.audit_entry WHERE \(sql) ORDER BY id"
            ) {
                """
                \(try $0.get("subject", as: String.self)): \(try $0.get("object", as: String.self)): \
                \(try $0.get("detail", as: String.self))
                """
            }
        }
    }

    @Test("Deciding needs operations.act, looking operations.read; what is refused is audited and has no effect")
    func access() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let client = Client(wrapping: stage.client)
            let options = stage.options
            typealias Call = @Sendable (Metadata) async throws -> Void
            let looks: [String: Call] = [
                "ListDeadLetters": { _ = try await client.listDeadLetters(.init(), metadata: $0, options: options) },
                "GetDeadLetter": { _ = try await client.getDeadLetter(.init(), metadata: $0, options: options) },
                "ListParkedKeys": { _ = try await client.listParkedKeys(.init(), metadata: $0, options: options) },
            ]
            let acts: [String: Call] = [
                "ReplayDeadLetter": { _ = try await client.replayDeadLetter(.init(), metadata: $0, options: options) },
                "DismissDeadLetter": {
                    _ = try await client.dismissDeadLetter(.init(), metadata: $0, options: options)
                },
                "SkipParkedKey": { _ = try await client.skipParkedKey(.init(), metadata: $0, options: options) },
            ]
            let handler = try await stage.handler
            let watcher = try await staff("watcher", stage)
            let acting = try await staff("operator", stage)
            for (name, call) in looks.merging(acts, uniquingKeysWith: { own, _ in own }).sorted(by: { $0.key < $1.key })
            {
                #expect(try await code { try await call([:]) } == .unauthenticated, "\(name)")
                #expect(try await code { try await call(handler) } == .permissionDenied, "\(name)")
                #expect(try await code { try await call(acting) } != .permissionDenied, "\(name)")
            }
            for (name, call) in acts {
                #expect(try await code { try await call(watcher) } == .permissionDenied, "\(name)")
            }
            for (name, call) in looks {
                #expect(try await code { try await call(watcher) } != .permissionDenied, "\(name)")
            }
            let denied = try await audited("outcome = 'denied' AND subject = 'watcher'", stage)
            #expect(denied.count == 3)
        }
    }

    @Test("A bad message is shown, replayed in vain, dismissed and skipped, with an audit row for each")
    func decisions() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let client = Client(wrapping: stage.client)
            let options = stage.options
            let acting = try await staff("operator", stage)
            let type = Zhitongche_Policy_V1_PointPublished.protoMessageName
            try await stage.bench.publish(bytes: [0xFF, 0xFF], topic: pointTopic, key: "p1", seq: 1, type: type)
            try await stage.bench.publish(
                Zhitongche_Policy_V1_PointPublished.with { $0.pointID = "p2" }, topic: pointTopic, key: "p1", seq: 2)
            let letters = try await eventually {
                try await client.listDeadLetters(.init(), metadata: acting, options: options).deadLetters
            } is: {
                $0.count == 1
            }
            let letter = try #require(letters.first)
            #expect(letter.kind == .undecodable && letter.status == .open && letter.holdsKey && letter.type == type)
            _ = try await eventually {
                try await client.listParkedKeys(.init(), metadata: acting, options: options).keys.map(\.waiting)
            } is: {
                $0 == [1]
            }
            let shown = try await client.getDeadLetter(
                .with { $0.deadLetterID = letter.deadLetterID }, metadata: acting, options: options)
            #expect(shown.payload == Data([0xFF, 0xFF]))
            #expect(shown.headers.contains { $0.name == "ce_type" && $0.value == Data(type.utf8) })

            let request = Zhitongche_Common_V1_ReplayDeadLetterRequest.with {
                ($0.requestID, $0.deadLetterID) = (newID(), letter.deadLetterID)
            }
            let answer = try await client.replayDeadLetter(request, metadata: acting, options: options)
            #expect(answer.outcome == .failed && answer.deadLetter.attempts == 2)
            // The same request again is the same answer and no further attempt.
            let repeated = try await client.replayDeadLetter(request, metadata: acting, options: options)
            #expect(repeated == answer)

            func dismiss(_ reason: String) async throws -> Zhitongche_Common_V1_DeadLetter {
                try await client.dismissDeadLetter(
                    .with { ($0.requestID, $0.deadLetterID, $0.reason) = (newID(), letter.deadLetterID, reason) },
                    metadata: acting, options: options
                ).deadLetter
            }
            #expect(try await code { _ = try await dismiss("") } == .invalidArgument)
            let dismissed = try await dismiss("published by mistake")
            #expect(dismissed.status == .dismissed && dismissed.endedBy == "operator" && dismissed.holdsKey)
            #expect(try await code { _ = try await dismiss("again") } == .failedPrecondition)

            // The message behind it breaks a rule of the domain, so that the key waits again.
            let skip = try await client.skipParkedKey(
                .with {
                    ($0.requestID, $0.topic, $0.key, $0.reason) = (newID(), pointTopic.name, "p1", "nothing lost")
                },
                metadata: acting, options: options)
            #expect(skip.cause == .deadLetter && skip.followed == 1 && skip.parkedAgain == .deadLetter)

            let rows = try await audited("subject = 'operator' AND outcome = 'done' AND detail <> ''", stage)
            #expect(rows.count == 4)
            #expect(rows.contains("operator: dead letter 1: payload shown"))
            #expect(rows.contains { $0.contains("key p1") && $0.contains("failed again (undecodable)") })
            #expect(rows.contains { $0.hasSuffix("dismissed: published by mistake") })
            #expect(rows.contains { $0.hasSuffix("1 followed, parked again: nothing lost") })
        }
    }
}
