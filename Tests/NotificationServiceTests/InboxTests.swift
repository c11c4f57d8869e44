import CommonContracts
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

@Suite("NTF-1, NTF-5 inbox")
struct InboxTests {
    @Test(
        "members see the notice with verdict and yuan of their own, others do not, and no row is written per recipient")
    func visible() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([3, 70_001, 70_002, 70_003])
            let audience = stage.newAudience()
            let crowd = (10_000..<18_000).map { (UInt32($0), Int64(500)) }
            try await audience.publish(
                generation: 1,
                [
                    .init(.met, [(3, 123_450_000)] + [(70_001, 99)]), .init(.met, crowd),
                    .init(.unknown, [(70_002, 0)]),
                ])
            let met = try await stage.inbox(readers[3]!, client, reaches: 1)[0]
            #expect(met.kind == "policy.matched")
            #expect(met.pointID == audience.point)
            #expect(met.verdict == .met)
            #expect(met.estimate.fen == 123_450_000)
            #expect(met.title.zh == "政策匹配：研发补贴")
            #expect(met.body.zh.contains("符合") && met.body.zh.contains("1,234,500元"))
            #expect(met.body.en.contains("CNY 1,234,500"))
            #expect(!met.read)
            let unknown = try await stage.inbox(readers[70_002]!, client)
            #expect(unknown.map(\.verdict) == [.unknown])
            #expect(unknown.allSatisfy { !$0.hasEstimate && $0.body.zh.contains("待核定") })
            #expect(try await stage.inbox(readers[70_001]!, client).map(\.estimate.fen) == [99])
            #expect(try await stage.inbox(readers[70_003]!, client).isEmpty)
            #expect(try await stage.count("notice") == 1)
            #expect(try await stage.count("audience_chunk") == 3)
            #expect(try await stage.count("notice_addressees") == 2)
            #expect(try await stage.count("notice_read") == 0)
            #expect(try await stage.deadLetters().isEmpty)

            let told = try await eventually {
                try await stage.bench.published(Zhitongche_Notification_V1_NoticePublished.self, on: .notices)
            } is: {
                !$0.isEmpty
            }
            #expect(told.map(\.noticeID) == [met.messageID])
            #expect(told.map(\.recipients) == [8_003])
        }
    }

    @Test("those without an enterprise have an empty inbox, and services have none")
    func owners() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let empty = try await client.listInbox(
                .init(), metadata: stage.administrator(), options: stage.bench.options)
            #expect(empty.messages.isEmpty)
            await denied(.permissionDenied) {
                _ = try await client.listInbox(
                    .init(), metadata: stage.bench.metadata(stage.bench.directory.service("policy")),
                    options: stage.bench.options)
            }
            await denied(.unauthenticated) { _ = try await client.listInbox(.init(), options: stage.bench.options) }
        }
    }

    @Test(
        "a generation that is not what was stated becomes a dead letter and nobody is notified",
        arguments: ["digest", "members", "chunks"])
    func mismatch(part: String) async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1])
            try await stage.newAudience().publish(generation: 1, [.init(.met, [(1, 0), (2, 0)])]) { closed in
                switch part {
                case "digest": closed.ordinalsSha256[0] ^= 1
                case "members": closed.members = 3
                case _: closed.chunks = 2
                }
            }
            let letters = try await eventually {
                try await stage.deadLetters()
            } is: {
                !$0.isEmpty
            }
            #expect(letters.count == 1)
            #expect(letters[0].contains(part == "digest" ? "hash" : part))
            #expect(try await stage.inbox(readers[1]!, client).isEmpty)
            #expect(try await stage.count("notice") == 0)
        }
    }

    @Test("a chunk that breaks the contract becomes a dead letter; other points go on")
    func badChunk() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1])
            try await stage.newAudience().publish(chunk: 0, generation: 1, .init(.unspecified, [(1, 0)]))
            try await stage.newAudience().publish(generation: 1, [.init(.met, [(1, 0)])])
            try await stage.inbox(readers[1]!, client, reaches: 1)
            // Of another partition, so it may be read after the good one.
            try await eventually {
                try await stage.deadLetters()
            } is: {
                $0 == ["the chunk has no verdict"]
            }
        }
    }

    @Test("a member who joins is notified once, one who leaves no longer sees it, one who comes back is not told again")
    func memberChanges() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1, 2])
            let audience = stage.newAudience()
            try await audience.publish(generation: 1, [.init(.met, [(1, 100)])])
            try await stage.inbox(readers[1]!, client, reaches: 1)
            try await audience.publish(change: 2, generation: 1, verdict: .met, fen: 777)
            let joined = try await stage.inbox(readers[2]!, client, reaches: 1)
            #expect(joined[0].estimate.fen == 777)
            #expect(joined[0].body.zh.hasPrefix("因贵企业信息更新"))

            try await audience.publish(change: 1, generation: 1, verdict: .unknown)
            try await eventually {
                try await stage.inbox(readers[1]!, client)
            } is: {
                $0.map(\.verdict) == [.unknown]
            }

            try await stage.markRead(joined.map(\.messageID), readers[2]!, client)
            try await audience.publish(change: 2, generation: 1, verdict: nil)
            try await stage.inbox(readers[2]!, client, reaches: 0)
            try await audience.publish(change: 2, generation: 1, verdict: .unknown)
            let back = try await stage.inbox(readers[2]!, client, reaches: 1)
            #expect(back.map(\.messageID) == joined.map(\.messageID))
            #expect(back[0].read && back[0].verdict == .unknown)
            #expect(try await stage.count("notice") == 2)
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("a new generation of the same version notifies newcomers only; those who had read stay read; old chunks go")
    func newGeneration() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1, 2, 3, 4])
            let audience = stage.newAudience()
            try await audience.publish(generation: 1, [.init(.met, [(1, 10), (2, 20)])])
            let first = try await stage.inbox(readers[1]!, client, reaches: 1)
            try await audience.publish(change: 4, generation: 1, verdict: .met)
            let joined = try await stage.inbox(readers[4]!, client, reaches: 1)
            #expect(try await stage.markRead(first.map(\.messageID), readers[1]!, client) == 1)

            try await audience.publish(generation: 2, [.init(.met, [(1, 11), (3, 33), (4, 44)])])
            let new = try await stage.inbox(readers[3]!, client, reaches: 1)
            #expect(new[0].messageID != first[0].messageID)
            #expect(new[0].estimate.fen == 33)
            let kept = try await stage.inbox(readers[1]!, client)
            #expect(kept.map(\.messageID) == first.map(\.messageID))
            #expect(kept[0].read && kept[0].estimate.fen == 11)
            #expect(try await stage.inbox(readers[2]!, client).isEmpty)
            let still = try await stage.inbox(readers[4]!, client)
            #expect(still.map(\.messageID) == joined.map(\.messageID))
            #expect(still.map(\.estimate.fen) == [44])
            #expect(try await stage.count("audience_chunk") == 1)
            #expect(try await stage.count("audience_override") == 0)

            let told = try await eventually {
                try await stage.bench.published(Zhitongche_Notification_V1_NoticePublished.self, on: .notices)
                    .filter { $0.noticeID == first[0].messageID }.map(\.recipients)
            } is: {
                $0.count == 2
            }
            #expect(told == [2, 1])
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("a new version of the point is a new notice for everybody, and the old one is no longer seen")
    func newRevision() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1])
            let audience = stage.newAudience()
            try await audience.publish(generation: 1, [.init(.met, [(1, 10)])])
            let first = try await stage.inbox(readers[1]!, client, reaches: 1)
            try await audience.publish(generation: 2, revision: 2, title: "研发补贴（修订）", [.init(.met, [(1, 10)])])
            let second = try await eventually {
                try await stage.inbox(readers[1]!, client)
            } is: {
                $0.map(\.title.zh) == ["政策匹配：研发补贴（修订）"]
            }
            #expect(second[0].messageID != first[0].messageID)
            #expect(!second[0].read)
            try await stage.expectEnded(first)
        }
    }

    @Test("a dissolved audience ends visibility; late messages about it change nothing")
    func dissolved() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1])
            let audience = stage.newAudience()
            try await audience.publish(generation: 1, [.init(.met, [(1, 10)])])
            let first = try await stage.inbox(readers[1]!, client, reaches: 1)
            try await audience.dissolve(generation: 1)
            try await stage.inbox(readers[1]!, client, reaches: 0)
            try await audience.publish(change: 1, generation: 1, verdict: .met)
            try await audience.publish(chunk: 0, generation: 1, .init(.met, [(1, 10)]))
            let other = stage.newAudience()
            try await other.publish(generation: 1, title: "另一政策", [.init(.met, [(1, 10)])])
            let seen = try await stage.inbox(readers[1]!, client, reaches: 1)
            #expect(seen.map(\.title.zh) == ["政策匹配：另一政策"])
            try await stage.expectEnded(first)
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("pages are newest first without gaps or repetitions; kind and unread narrow; tokens belong to their filter")
    func paging() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([5])
            let reader = readers[5]!
            for number in 0..<7 {
                try await stage.newAudience().publish(
                    generation: 1, title: "政策\(number)", [.init(.met, [(number == 3 ? 6 : 5, 1)])])
            }
            let all = try await stage.inbox(reader, client, reaches: 6)
            #expect(all.map(\.visibleAt.date) == all.map(\.visibleAt.date).sorted(by: >))
            var token = ""
            var paged: [InboxMessage] = []
            repeat {
                let request = Zhitongche_Notification_V1_ListInboxRequest.with {
                    $0.pageSize = 4
                    $0.pageToken = token
                }
                let answer = try await client.listInbox(
                    request, metadata: stage.metadata(of: reader), options: stage.bench.options)
                paged += answer.messages
                token = answer.nextPageToken
                if !token.isEmpty {
                    var other = request
                    other.pageToken = token
                    other.unreadOnly = true
                    await denied(.invalidArgument, field: "page_token") {
                        _ = try await client.listInbox(
                            other, metadata: stage.metadata(of: reader), options: stage.bench.options)
                    }
                }
            } while !token.isEmpty
            #expect(paged.map(\.messageID) == all.map(\.messageID))

            try await stage.markRead([all[0].messageID, all[3].messageID], reader, client)
            let unread = try await stage.inbox(reader, client, unreadOnly: true)
            #expect(unread.map(\.messageID) == [1, 2, 4, 5].map { all[$0].messageID })
            #expect(try await stage.inbox(reader, client, kind: "policy.matched").count == 6)
            #expect(try await stage.inbox(reader, client, kind: "case.reply").isEmpty)
        }
    }

    @Test("reading is told once per account, whatever is repeated; strangers' messages cannot be marked")
    func markRead() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1, 2])
            let audience = stage.newAudience()
            try await audience.publish(generation: 1, [.init(.met, [(1, 10)])])
            let message = try await stage.inbox(readers[1]!, client, reaches: 1)[0].messageID
            let id = UUIDv7.make()
            #expect(try await stage.markRead([message], readers[1]!, client, id: id) == 1)
            #expect(try await stage.markRead([message], readers[1]!, client, id: id) == 1)
            #expect(try await stage.markRead([message, message], readers[1]!, client) == 0)
            #expect(try await stage.markRead([message], readers[2]!, client) == 0)
            #expect(try await stage.count("notice_read") == 1)
            let opened = try await eventually {
                try await stage.bench.published(.notices).filter { $0.type.hasSuffix("NoticeOpened") }
            } is: {
                !$0.isEmpty
            }
            #expect(opened.count == 1)
            #expect(opened[0].seq == 2 && opened[0].key == message)
            let event = try Zhitongche_Notification_V1_NoticeOpened(serializedBytes: opened[0].payload)
            #expect(event.accountID == readers[1]!.account && event.enterpriseID == readers[1]!.enterprise)
            await denied(.invalidArgument, field: "message_ids[0]") {
                try await stage.markRead(["x"], readers[1]!, client)
            }
            await denied(.invalidArgument, field: "message_ids") { try await stage.markRead([], readers[1]!, client) }
        }
    }
}

extension Stage {
    /// Expects that others are told once, after the notices were published, that these have ended (NTF-8).
    fileprivate func expectEnded(_ messages: [InboxMessage]) async throws {
        let events = try await eventually {
            try await bench.published(.notices).filter { $0.type.hasSuffix("NoticeEnded") }
        } is: {
            !$0.isEmpty
        }
        let ended = try events.map { try Zhitongche_Notification_V1_NoticeEnded(serializedBytes: $0.payload) }
        #expect(ended.map(\.noticeID) == messages.map(\.messageID))
        #expect(ended.map(\.pointID) == messages.map(\.pointID))
        #expect(ended.allSatisfy { $0.kind == "policy.matched" && $0.hasEndedAt })
        #expect(events.map(\.seq) == [2])
        #expect(events.map(\.key) == messages.map(\.messageID))
    }
}

/// Expects a call to be refused with a code and, for malformed requests, the field at fault.
func denied(
    _ code: RPCError.Code, field: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ call: () async throws -> Void
) async {
    do {
        try await call()
        Issue.record("the call was not refused", sourceLocation: sourceLocation)
    } catch let error as RPCError {
        #expect(error.code == code, sourceLocation: sourceLocation)
        if let field {
            #expect(Problem(error)?.violations.map(\.field) == [field], sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
