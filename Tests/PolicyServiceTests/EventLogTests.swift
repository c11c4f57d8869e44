import CommonContracts
import Crypto
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import PolicyService

private typealias Log = Zhitongche_Common_V1_EventLogService.Client<HTTP2ClientTransport.Posix>

@Suite("Policy: event log, digests, seeds", .serialized)
struct EventLogTests {
    @Test("XCT-7 a subscriber pages through the history of the points; others may not")
    func history() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let log = Log(wrapping: library.client)
            let first = try await library.published()
            _ = try await library.withdraw(try await library.published(.sample(title: "另一项")))
            let onTopic = try await settled(PolicyApp.pointEvents, 3, bench)
            let subscriber = try await metadata("subscriber", bench)

            var events: [Zhitongche_Common_V1_PublishedEvent] = []
            var token = ""
            repeat {
                let page = try await log.listEvents(
                    .with {
                        $0.topic = PolicyApp.pointEvents.name
                        $0.pageSize = 2
                        $0.pageToken = token
                    }, metadata: subscriber, options: bench.options)
                #expect(page.events.count <= 2 && page.oldestPosition == 1)
                events += page.events
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(Set(events.map { identifier($0) }) == Set(onTopic.map(\.id)) && events.count == 3)
            #expect(events.map(\.position) == events.map(\.position).sorted())
            let published = try #require(events.first { $0.key == first.pointID })
            #expect(
                try Zhitongche_Policy_V1_PointPublished(serializedBytes: published.payload).pointID == first.pointID)

            let own = try await log.listEvents(
                .with { $0.key = first.pointID }, metadata: subscriber, options: bench.options)
            #expect(Set(own.events.map(\.topic)) == [PolicyApp.pointEvents.name, PolicyApp.pointState.name])
            let handler = try await library.metadata(.handler)
            let refused = try await problem {
                try await log.listEvents(.init(), metadata: handler, options: bench.options)
            }
            #expect(refused?.code == .permissionDenied)
            let foreign = try await problem {
                try await log.listEvents(
                    .with { $0.topic = "ztc.enterprise.claim.events.v1" }, metadata: subscriber, options: bench.options)
            }
            #expect(foreign?.violations.map(\.field) == ["topic"])
            let strayed = try await problem {
                try await log.listEvents(.with { $0.pageToken = "AQ" }, metadata: subscriber, options: bench.options)
            }
            #expect(strayed?.violations.map(\.field) == ["page_token"])
        }
    }

    @Test("XCT-7 the digest of the present day is that of the topic, by the documented bytes")
    func digest() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            try await midnightPassed()
            for title in ["甲", "乙", "丙"] { _ = try await library.published(.sample(title: title)) }
            let events = try await settled(PolicyApp.pointEvents, 3, bench)
            let subscriber = try await metadata("subscriber", bench)
            let answer = try await Log(wrapping: library.client).getDigest(
                .with { $0.topic = PolicyApp.pointEvents.name }, metadata: subscriber, options: bench.options)
            var expected: [Int32: PartitionDigest] = [:]
            for event in events {
                let bytes = PartitionDigest.bytes(source: event.source, id: event.id, payload: event.payload)
                expected[event.partition, default: PartitionDigest()].count(Array(SHA256.hash(data: bytes)))
            }
            #expect(!answer.closed && answer.digest.partitionCount == 12)
            #expect(
                Dictionary(uniqueKeysWithValues: answer.digest.partitions.map { ($0.partition, Array($0.sum)) })
                    == expected.mapValues(\.sum.bytes))
            for partition in answer.digest.partitions {
                #expect(
                    partition.endOffset == events.filter { $0.partition == partition.partition }.map(\.offset).max()!
                        + 1)
            }
            let state = try await problem {
                try await Log(wrapping: library.client).getDigest(
                    .with { $0.topic = PolicyApp.pointState.name }, metadata: subscriber, options: bench.options)
            }
            #expect(state?.violations.map(\.field) == ["topic"])
            let past = try await problem {
                try await Log(wrapping: library.client).getDigest(
                    .with { ($0.topic, $0.day) = (PolicyApp.pointEvents.name, "2020-04-20") }, metadata: subscriber,
                    options: bench.options)
            }
            #expect(past?.code == .notFound)
            // Sums tell nothing of what is in the audit; its events are for auditors.
            let audit = Topic.audit(of: "policy").name
            let sums = try await Log(wrapping: library.client).getDigest(
                .with { $0.topic = audit }, metadata: subscriber, options: bench.options)
            #expect(sums.digest.topic == audit)
            let content = try await problem {
                try await Log(wrapping: library.client).listEvents(
                    .with { $0.topic = audit }, metadata: subscriber, options: bench.options)
            }
            #expect(content?.code == .permissionDenied)
        }
    }

    @Test("rule 11 the states of points are seeded from the tables: same sequence, same state")
    func seeds() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let log = Log(wrapping: library.client)
            let standing = try await library.published()
            let withdrawn = try await library.withdraw(try await library.published(.sample(title: "已撤回")))
            // A revision in work leaves the version in force as the state; a first draft has none.
            _ = try await library.revise(standing)
            _ = try await library.draft(of: try await library.enter().documentID)
            let before = try await settled(PolicyApp.pointState, 3, bench)
            let operations = try await metadata("operator", bench)
            let request = Zhitongche_Common_V1_ReseedStateRequest.with {
                $0.requestID = newID()
                $0.topic = PolicyApp.pointState.name
            }
            let answer = try await log.reseedState(request, metadata: operations, options: bench.options)
            #expect(answer.states == 2 && answer.nextPageToken.isEmpty)
            #expect(try await log.reseedState(request, metadata: operations, options: bench.options) == answer)
            let after = try await settled(PolicyApp.pointState, 5, bench)
            for id in [standing.pointID, withdrawn.pointID] {
                let last = before.last { $0.key == id }
                let seed = after.last { $0.key == id }
                #expect(seed?.seq == last?.seq && seed?.payload == last?.payload && seed?.id != last?.id)
            }
            let audited = try await bench.administration.transaction { transaction in
                try transaction.only(
                    """
                    SELECT count(*) AS entries FROM policy.audit_entry
                    WHERE object = \("topic \(PolicyApp.pointState.name)") AND outcome = 'done'
                    """
                ).get("entries", as: Int64.self)
            }
            #expect(audited == 1)
            let facts = try await problem {
                try await log.reseedState(
                    .with { ($0.requestID, $0.topic) = (newID(), PolicyApp.pointEvents.name) }, metadata: operations,
                    options: bench.options)
            }
            #expect(facts?.violations.map(\.field) == ["topic"])
            let subscriber = try await metadata("subscriber", bench)
            let refused = try await problem {
                try await log.reseedState(request, metadata: subscriber, options: bench.options)
            }
            #expect(refused?.code == .permissionDenied)
        }
    }

    @Test("rule 11 events are published again with their identifiers; older states are not")
    func republication() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let log = Log(wrapping: library.client)
            let point = try await library.published()
            _ = try await library.published(.sample(title: "另一项"))
            let before = try await settled(PolicyApp.pointEvents, 2, bench)
            let operations = try await metadata("operator", bench)
            let answer = try await log.republishEvents(
                .with {
                    $0.requestID = newID()
                    $0.topic = PolicyApp.pointEvents.name
                    $0.key = point.pointID
                }, metadata: operations, options: bench.options)
            #expect(answer.events == 1 && answer.nextPosition == 0)
            let after = try await settled(PolicyApp.pointEvents, 3, bench)
            #expect(Set(after.map(\.id)) == Set(before.map(\.id)))
            let states = try await problem {
                try await log.republishEvents(
                    .with { ($0.requestID, $0.topic) = (newID(), PolicyApp.pointState.name) }, metadata: operations,
                    options: bench.options)
            }
            #expect(states?.violations.map(\.field) == ["topic"])
        }
    }

    @Test("rule 11 a broker made anew gets the states that the journal no longer holds from the tables")
    func prunedJournal() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let point = try await library.published()
            let before = try await settled(PolicyApp.pointState, 1, bench)
            // As the relay notes it when the new cluster meets a journal whose first partition was dropped.
            try await bench.administration.transaction { transaction in
                try transaction.execute("UPDATE policy.relay_state SET seed_wanted = true", expecting: 1)
            }
            library.handle.runtime.wakeWorkers()
            let after = try await settled(PolicyApp.pointState, 2, bench)
            #expect(after.last?.key == point.pointID && after.last?.payload == before.last?.payload)
            try await eventually {
                try await bench.administration.transaction {
                    try $0.only("SELECT seed_wanted FROM policy.relay_state").get("seed_wanted", as: Bool.self)
                }
            } is: {
                !$0
            }
        }
    }

    // MARK: Steps

    private func metadata(_ role: String, _ bench: ServiceBench<PolicyApp>) async throws -> Metadata {
        try await bench.metadata(bench.directory.staff("post-\(role)", roles: [role]))
    }

    /// What a topic holds once it holds so many messages and the relay has noted that they are there: what is read
    /// from the journal comes after the note.
    private func settled(
        _ topic: Topic, _ count: Int, _ bench: ServiceBench<PolicyApp>
    ) async throws -> [IncomingEvent] {
        let events = try await eventually {
            try await bench.published(topic)
        } is: {
            $0.count == count
        }
        try await eventually {
            try await bench.administration.transaction {
                try $0.only("SELECT count(*) AS n FROM policy.pending").get("n", as: Int64.self)
            }
        } is: {
            $0 == 0
        }
        return events
    }

    private func identifier(_ event: Zhitongche_Common_V1_PublishedEvent) -> String {
        event.headers.first { $0.name == "ce_id" }.map { String(decoding: $0.value, as: UTF8.self) } ?? ""
    }
}
