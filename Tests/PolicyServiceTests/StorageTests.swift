import CommonContracts
import Domain
import Foundation
import PolicyContracts
import PolicyDomain
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import PolicyService

@Suite("Policy: storage and expiry", .serialized)
struct StorageTests {
    @Test("POL-6 the database itself keeps published versions unchanged and two persons apart")
    func immutability() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let point = try await library.published()
            let id = try #require(UUID(uuidString: point.pointID))
            func refusal(_ database: Database, _ sql: SQL) async -> String? {
                do {
                    _ = try await database.transaction { try $0.execute(sql) }
                    return nil
                } catch {
                    return (error as? PostgresError)?.sqlState ?? "\(error)"
                }
            }
            let owner = bench.administration
            let changes: [SQL] = [
                "UPDATE policy.point_revision SET title = 'x' WHERE point_id = \(id)",
                "UPDATE policy.point_revision SET benefit = ''::bytea WHERE point_id = \(id)",
                "UPDATE policy.point_revision SET published_by = 'someone' WHERE point_id = \(id)",
                "UPDATE policy.point_revision SET state = 'draft' WHERE point_id = \(id)",
                "UPDATE policy.point_revision SET state = 'withdrawn', clause = 'x' WHERE point_id = \(id)",
                "DELETE FROM policy.point_revision WHERE point_id = \(id)",
            ]
            for change in changes { #expect(await refusal(owner, change) == "23001") }
            // The service's own role may not delete at all.
            let own = library.handle.runtime.database
            #expect(await refusal(own, "DELETE FROM policy.point_revision WHERE point_id = \(id)") == "42501")
            #expect(await refusal(own, "TRUNCATE policy.point_revision") == "42501")
            // The end of a version is the one change that is let through, once.
            let end: SQL = "UPDATE policy.point_revision SET state = 'withdrawn', reason = 'x' WHERE point_id = \(id)"
            #expect(await refusal(owner, end) == nil)
            #expect(await refusal(owner, end) == "23001")

            let document = try await library.enter()
            let draft = try await library.draft(of: document.documentID)
            let other = try #require(UUID(uuidString: draft.pointID))
            let alone = await refusal(
                owner,
                """
                UPDATE policy.point_revision SET state = 'published', published_by = drafted_by, published_at = now()
                WHERE point_id = \(other)
                """)
            #expect(alone == "23514")
        }
    }

    @Test("POL-6 the schema's lists of words are the domain's enumerations")
    func checks() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { _ in
            let kinds = Set(PolicyKind.all.map(\.stored))
            let levels = words(of: PolicyLevel.self)
            let expected = [
                "document_level": levels, "point_revision_level": levels, "document_kind": kinds,
                "point_revision_kind": kinds, "point_revision_state": words(of: RevisionState.self),
                "point_revision_mode": words(of: RedemptionMode.self),
                "document_relation_kind": words(of: DocumentRelationKind.self),
            ]
            let found = try await bench.administration.checkedWords(in: "policy")
            #expect(found == expected)
        }
    }

    @Test("POL-9 rows that another program indexed are renewed in the background")
    func renewal() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let point = try await library.published()
            try await bench.administration.transaction {
                try $0.execute(
                    "UPDATE policy.point_index SET grams = '{}', weights = '{}', title = '', format = 0",
                    expecting: 1)
            }
            #expect(try await library.search("挂牌奖励").hits.isEmpty)
            library.handle.runtime.wake(worker: IndexWorker.name)
            let hits = try await eventually(within: .seconds(60)) {
                try await library.search("挂牌奖励").hits
            } is: {
                !$0.isEmpty
            }
            #expect(hits.map(\.point.pointID) == [point.pointID] && hits[0].score == 1_000)
        }
    }

    @Test("POL-6 a point expires by itself on the day, once over two replicas, with its events")
    func expiry() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let second = try await bench.start()
            try await library.travel(to: 2020, 4, 20)
            func dated(_ title: String, until end: (Int32, Int32, Int32)?) -> Content {
                .sample(title: title) {
                    $0.valid.start = .with { ($0.year, $0.month, $0.day) = (2020, 1, 1) }
                    guard let end else { return }
                    $0.valid.end = .with { ($0.year, $0.month, $0.day) = end }
                }
            }
            var due: Set<String> = []
            for number in 0..<3 {
                due.insert(try await library.published(dated("到期奖励\(number)", until: (2021, 1, 1))).pointID)
            }
            let open = try await library.published(dated("长期奖励", until: nil))
            let later = try await library.published(dated("明年奖励", until: (2021, 1, 2)))
            let document = try await library.enter()
            let late = try await library.submit(
                try await library.draft(dated("过期奖励", until: (2020, 4, 20)), of: document.documentID))
            let refused = try await problem { try await library.publish(late) }
            #expect(refused?.code == .failedPrecondition)
            let early = try await library.submit(
                try await library.draft(
                    .sample { $0.valid.start = .with { ($0.year, $0.month, $0.day) = (2020, 4, 21) } },
                    of: document.documentID))
            let tooSoon = try await problem { try await library.publish(early) }
            #expect(tooSoon?.code == .failedPrecondition && tooSoon?.reason == .illegalState)
            #expect(tooSoon?.zh.contains("2020-04-21") == true && tooSoon?.en.contains("2020-04-21") == true)
            #expect(try await library.get(early.pointID).state == .inReview)

            try await library.travel(to: 2020, 12, 31)
            let expiry = ExpirePoints(
                store: PolicyStore(coding: .wire), database: second.runtime.database, clock: second.runtime.clock,
                outbox: second.runtime.outbox)
            #expect(try await expiry.run() == 0)
            #expect(try await library.search("到期").hits.count == 3)

            // The clock moves on the other replica; both workers and two more runs look at the same time.
            try await bench.withClient(of: second) { client in
                try await Library(bench: bench, handle: second, client: client).travel(to: 2021, 1, 1)
            }
            async let one = expiry.run()
            async let two = expiry.run()
            _ = try await (one, two)
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Policy_V1_PointExpired.self, on: PolicyApp.pointEvents)
            } is: {
                $0.count >= 3
            }
            #expect(events.count == 3 && Set(events.map(\.pointID)) == due)
            #expect(events.allSatisfy { ($0.expiredOn.year, $0.expiredOn.month, $0.expiredOn.day) == (2021, 1, 1) })
            let states = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Policy_V1_PointInForce.self, on: PolicyApp.pointState)
                    .filter { $0.state == .expired }
            } is: {
                $0.count >= 3
            }
            #expect(states.count == 3)
            #expect(try await library.search("到期").hits.isEmpty)
            #expect(
                Set(try await library.list(as: .enterprise).points.map(\.pointID)) == [open.pointID, later.pointID])
            for id in due {
                let point = try await library.get(id)
                #expect(point.state == .expired && point.version == 4)
            }
            try await second.stop()
        }
    }
}
