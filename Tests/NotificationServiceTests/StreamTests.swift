import DirectoryContracts
import Domain
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

/// What a client has read of a stream, and how the stream ended.
final class Reading: Sendable {
    struct State: Sendable {
        var messages: [InboxMessage] = []
        var heartbeats = 0
        var end: RPCError.Code?
    }

    private let state = Mutex(State())
    var now: State { state.withLock { $0 } }

    /// Reads a stream to its end.
    func read(_ client: Client, _ metadata: Metadata) async {
        do {
            try await client.streamInbox(.init(), metadata: metadata) { response in
                for try await part in response.messages {
                    self.state.withLock { state in
                        if part.hasMessage { state.messages.append(part.message) } else { state.heartbeats += 1 }
                    }
                }
            }
            state.withLock { $0.end = .cancelled }
        } catch {
            state.withLock { $0.end = (error as? RPCError)?.code ?? .unknown }
        }
    }
}

/// How much was read, counted by one task and watched by another.
private final class Count: Sendable {
    private let count = Mutex(0)

    func increment() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}

@Suite("NTF-1 live inbox")
struct StreamTests {
    @Test(
        "members hear of a notice at once, others do not; a second replica hears too; heartbeats come; a stop ends it")
    func live() async throws {
        let stage = try await Stage.make(
            NotificationApp.self, environment: ["ZTC_NOTIFICATION_INBOX_HEARTBEAT": "1"])
        try await stage.run { _, client in
            let other = try await stage.bench.start()
            try await stage.bench.withClient(of: other) { otherTransport in
                let otherClient = Client(wrapping: otherTransport)
                let readers = try await stage.introduce([1, 2])
                let member = try await stage.metadata(of: readers[1]!)
                let stranger = try await stage.metadata(of: readers[2]!)
                let (here, there, outside) = (Reading(), Reading(), Reading())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await here.read(client, member) }
                    group.addTask { await there.read(otherClient, member) }
                    group.addTask { await outside.read(client, stranger) }
                    try await eventually {
                        [here, there, outside].map(\.now.heartbeats)
                    } is: {
                        $0.allSatisfy { $0 >= 1 }
                    }
                    let audience = stage.newAudience()
                    try await audience.publish(generation: 1, [.init(.met, [(1, 500)])])
                    try await eventually {
                        (here.now.messages.count, there.now.messages.count)
                    } is: {
                        $0 == (1, 1)
                    }
                    #expect(here.now.messages[0].pointID == audience.point)
                    #expect(here.now.messages[0].estimate.fen == 500)
                    try await audience.publish(change: 2, generation: 1, verdict: .unknown)
                    try await eventually {
                        outside.now.messages.map(\.verdict)
                    } is: {
                        $0 == [.unknown]
                    }
                    #expect(here.now.messages.count == 1)
                    try await eventually {
                        here.now.heartbeats
                    } is: {
                        $0 >= 2
                    }
                    // Told, and not only cut off when the time to stop is over.
                    async let stopping: Void = other.stop()
                    let start = ContinuousClock.now
                    let end = try await eventually {
                        there.now.end
                    } is: {
                        $0 != nil
                    }
                    #expect(end == .unavailable)
                    #expect(ContinuousClock.now - start < .seconds(15))
                    try await stopping
                    group.cancelAll()
                }
            }
        }
    }

    @Test("a stream needs an enterprise and a token")
    func refused() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let reading = Reading()
            await reading.read(client, try await stage.administrator())
            #expect(reading.now.end == .failedPrecondition)
            let anonymous = Reading()
            await anonymous.read(client, [:])
            #expect(anonymous.now.end == .unauthenticated)
        }
    }

    @Test("an account has eight streams at most, whatever others have open; one that leaves makes room")
    func streamsOfAnAccount() throws {
        let hub = InboxHub(limit: 1, streams: 100)
        let (enterprise, account) = (UUID(), UUID())
        let open = try (0..<8).map { _ in try hub.join(enterprise, account: account, horizon: 1) }
        func refusal() -> RPCError.Code? {
            do {
                try hub.join(enterprise, account: account, horizon: 1).leave()
                return nil
            } catch {
                return (error as? Problem)?.code
            }
        }
        #expect(refusal() == .resourceExhausted)
        let colleague = try hub.join(enterprise, account: UUID(), horizon: 1)
        open[0].leave()
        #expect(refusal() == nil)
        for stream in open.dropFirst() + [colleague] { stream.leave() }
        #expect(hub.enterprises.isEmpty)
    }

    @Test("a replica opens as many streams as it is set to")
    func streamsOfAReplica() async throws {
        let stage = try await Stage.make(NotificationApp.self, environment: ["ZTC_NOTIFICATION_INBOX_STREAMS": "1"])
        try await stage.run { _, client in
            let readers = try await stage.introduce([1, 2])
            let (first, second) = (Reading(), Reading())
            let (member, other) = (
                try await stage.metadata(of: readers[1]!), try await stage.metadata(of: readers[2]!)
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await first.read(client, member) }
                try await eventually {
                    first.now.heartbeats
                } is: {
                    $0 >= 1
                }
                await second.read(client, other)
                #expect(second.now.end == .resourceExhausted)
                #expect(first.now.end == nil)
                group.cancelAll()
            }
        }
    }

    @Test("XCT-10 a stream ends when its token expires, though no heartbeat is due")
    func expiry() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let reader = try await stage.introduce([1])[1]!
            // Past its end by less than clocks may differ, so that it has eight seconds left.
            let claims = TokenClaims(
                account: reader.account, kind: .enterprise, roles: ["enterprise-user"], enterprise: reader.enterprise,
                identifier: UUIDv7.make(), now: .now, lifetime: .seconds(-22))
            let reading = Reading()
            let start = ContinuousClock.now
            await reading.read(client, try await stage.bench.metadata(claims))
            #expect(reading.now.heartbeats == 1)
            #expect(reading.now.end == .unauthenticated)
            // A heartbeat is due after fifteen.
            #expect((.seconds(1)..<Duration.seconds(14)).contains(ContinuousClock.now - start))
        }
    }

    @Test("XCT-10 a stream ends when its account is disabled or its tokens are revoked", arguments: [true, false])
    func revocation(isDisabled: Bool) async throws {
        let stage = try await Stage.make(
            NotificationApp.self, environment: ["ZTC_NOTIFICATION_INBOX_HEARTBEAT": "1"])
        try await stage.run { _, client in
            let readers = try await stage.introduce([1, 2])
            let (reading, other) = (Reading(), Reading())
            let metadata = try await stage.metadata(of: readers[1]!)
            let otherMetadata = try await stage.metadata(of: readers[2]!)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await reading.read(client, metadata) }
                group.addTask { await other.read(client, otherMetadata) }
                try await eventually {
                    [reading, other].map(\.now.heartbeats)
                } is: {
                    $0.allSatisfy { $0 >= 1 }
                }
                try await stage.bench.publish(
                    Zhitongche_Directory_V1_AccountState.with {
                        $0.accountID = readers[1]!.account
                        $0.status = isDisabled ? .disabled : .active
                        if !isDisabled { $0.notBefore = Google_Protobuf_Timestamp(.now + .seconds(1)) }
                    }, topic: .state("directory", "account"), key: readers[1]!.account, seq: 1)
                try await eventually {
                    reading.now.end
                } is: {
                    $0 == .unauthenticated
                }
                let heartbeats = other.now.heartbeats
                try await eventually {
                    other.now.heartbeats
                } is: {
                    $0 > heartbeats
                }
                #expect(other.now.end == nil)
                group.cancelAll()
            }
        }
    }

    private static func entry() throws -> InboxItem {
        let rule = try Rule(
            id: "r", eventType: NotifiableEvent.audienceClosed.typeName, kind: "k", channels: [.inbox],
            title: BilingualText("题", ""), body: BilingualText("文", ""), isEnabled: true)
        let notice = Notice(
            id: UUID().uuidString, by: rule, pointID: UUID().uuidString, revision: 1, subject: "", recipients: 1)
        return .audience(
            InboxEntry(
                stored: StoredNotice(notice: notice, visibleAt: .now),
                standing: Notice.Standing(verdict: .met, estimatedFen: 0), isRead: false))
    }

    @Test("a reader too slow for what comes is ended with RESOURCE_EXHAUSTED; others are not held up")
    func slow() async throws {
        let hub = InboxHub(limit: 3, streams: 2)
        let (enterprise, account) = (UUID(), UUID())
        let slow = try hub.join(enterprise, account: account, horizon: 1)
        let quick = try hub.join(enterprise, account: account, horizon: 1)
        let right = StreamRight(
            account: account.uuidString, issuedAt: .now, expiresAt: .now + .seconds(600), isRevoked: { _, _ in false })
        let entry = try Self.entry()
        let read = Count()
        let (blocked, unblock) = AsyncStream.makeStream(of: Never.self)
        defer { unblock.finish() }
        try await withThrowingTaskGroup(of: Problem?.self) { group in
            group.addTask {
                do {
                    try await slow.pump(heartbeat: .seconds(60), right: right) { _ in
                        for await _ in blocked {}
                        try Task.checkCancellation()
                    }
                    return nil
                } catch let problem as Problem {
                    return problem
                }
            }
            group.addTask {
                try await quick.pump(heartbeat: .seconds(60), right: right) { _ in read.increment() }
                return nil
            }
            for sent in 1...10 {
                hub.deliver(entry, to: enterprise)
                try await eventually {
                    read.value
                } is: {
                    $0 == sent
                }
            }
            quick.finish()
            var ends: [Problem?] = []
            for try await end in group { ends.append(end) }
            #expect(ends.compactMap { $0?.code } == [.resourceExhausted])
        }
        slow.leave()
        quick.leave()
        #expect(hub.enterprises.isEmpty)
    }

    @Test("a notice of a transaction that commits late is not missed")
    func lateCommit() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { handle, client in
            let readers = try await stage.introduce([1])
            let reading = Reading()
            let metadata = try await stage.metadata(of: readers[1]!)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await reading.read(client, metadata) }
                try await eventually {
                    reading.now.heartbeats
                } is: {
                    $0 >= 1
                }
                // A transaction that began first writes its notice and commits last, after others were told of.
                let late = try await stage.bench.administration.dedicated(name: "late")
                try await late.executeScript("BEGIN; SELECT pg_current_xact_id()")
                try await stage.newAudience().publish(generation: 1, title: "先", [.init(.met, [(1, 0)])])
                try await eventually {
                    reading.now.messages.map(\.title.zh)
                } is: {
                    $0 == ["政策匹配：先"]
                }
                try await late.executeScript(
                    """
                    INSERT INTO notification.notice
                        (notice_id, rule_id, kind, point_id, revision, subject, title_zh, title_en, body_zh, body_en,
                         state, recipients, visible_at)
                    SELECT '00000000-0000-7000-8000-000000000001', rule_id, kind, point_id, revision, '后', title_zh,
                        title_en, body_zh, body_en, state, recipients, visible_at
                    FROM notification.notice;
                    INSERT INTO notification.notice_addressees (notice_id, chunk, first_ordinal, last_ordinal, ordinals)
                    SELECT '00000000-0000-7000-8000-000000000001', chunk, first_ordinal, last_ordinal, ordinals
                    FROM notification.notice_addressees;
                    """)
                try await stage.newAudience().publish(generation: 1, title: "中", [.init(.met, [(1, 0)])])
                try await eventually {
                    reading.now.messages.count
                } is: {
                    $0 == 2
                }
                try await late.executeScript("COMMIT")
                await late.close()
                try await eventually {
                    reading.now.messages.map(\.title.zh)
                } is: {
                    $0 == ["政策匹配：先", "政策匹配：中", "政策匹配：后"]
                }
                group.cancelAll()
            }
        }
    }
}
