import CommonContracts
import Domain
import EnterpriseContracts
import EnterpriseDomain
import Foundation
import GRPCCore
import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing
import Wire

@testable import EnterpriseService

@Suite("Matching from event to event (ENT-9 to ENT-12)")
struct MatchingTests {
    private let employees = Sample.key("employees")

    private func record(_ stage: Stage, _ row: Row, employees: Int64) async throws {
        let id = try await stage.enterprise(row).enterpriseID
        _ = try await stage.library.recordAttributes(
            .with {
                $0.requestID = newID()
                $0.enterpriseID = id
                $0.records = [
                    .with {
                        $0.attribute = "employees"
                        $0.value = Domain.AttributeValue.integer(employees).wire
                        $0.period = .with { $0.start = Sample.day("2020-01-01").wire }
                        $0.source = "office"
                    }
                ]
            }, metadata: try await stage.steward, options: stage.options)
    }

    @Test("a published point becomes an audience in chunks, a changed enterprise one change, a withdrawal the end")
    func endToEnd() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let point = newID()
            let benefit = Benefit.perUnit(employees, amount: Money(fen: 20_000), per: .person)
            let event = newID()
            try await stage.publish(point, id: event, .sample(MatchingSample.condition(), benefit: benefit))
            let answer = try await stage.audience(point, met: 3, notMet: 1, unknown: 1)
            #expect(answer.generation == 1)
            #expect(answer.figures.estimatedTotal.fen == 720 * 20_000)
            #expect(
                Dictionary(uniqueKeysWithValues: answer.figures.byRegion.map { ($0.code, $0.counts.total) })
                    == ["370902": 2, "370911": 3])
            #expect(answer.figures.byIndustry.map(\.name.zh) == ["制造业"])
            #expect(answer.figures.bySize.reduce(0) { $0 + $1.counts.total } == 5)

            var events = try await stage.audienceEvents(point)
            let chunks = try events.filter { $0.type.hasSuffix("AudienceChunk") }.map {
                try Zhitongche_Enterprise_V1_AudienceChunk(serializedBytes: $0.payload)
            }
            let closed = try Zhitongche_Enterprise_V1_AudienceClosed(
                serializedBytes: try #require(events.last { $0.type.hasSuffix("AudienceClosed") }).payload)
            #expect(chunks.map(\.verdict) == [.met, .unknown, .notMet])
            #expect(chunks.map(\.chunk) == [0, 1, 2])
            #expect(chunks[0].estimatedFen == [120, 100, 500].map { $0 * 20_000 })
            #expect(chunks[2].estimatedFen.isEmpty)
            let members = chunks.flatMap { chunk in
                chunk.ordinalDeltas.reduce(into: [UInt32]()) { $0.append(($0.last ?? 0) + $1) }
            }.sorted()
            #expect(closed.members == 5 && closed.chunks == 3)
            #expect([UInt8](closed.ordinalsSha256) == AudienceWriter.hash(of: members))
            #expect(events.map(\.seq) == [1, 2, 3, 4])

            // The third enterprise grows past the bound: one event, one block, no new generation.
            try await record(stage, rows[2], employees: 130)
            try await stage.audience(point, met: 4, notMet: 0, unknown: 1)
            events = try await stage.audienceEvents(point)
            #expect(events.map(\.seq) == [1, 2, 3, 4, 5])
            let change = try Zhitongche_Enterprise_V1_AudienceMemberChanged(serializedBytes: events[4].payload)
            #expect(change.ordinal == (try await stage.enterprise(rows[2]).ordinal))
            #expect(change.member && change.verdict == .met && change.generation == 1)
            #expect(change.estimatedFen == 130 * 20_000)

            // The same event once more has no effect.
            try await stage.publish(point, id: event, .sample(MatchingSample.condition(), benefit: benefit))
            try await stage.bench.publish(
                Zhitongche_Policy_V1_PointWithdrawn.with {
                    $0.pointID = point
                    $0.revision = 1
                }, topic: pointTopic, key: point, seq: 2)
            try await eventually {
                try await stage.query("SELECT count(*) AS n FROM enterprise.audience WHERE is_dissolved")
            } is: {
                $0 == 1
            }
            events = try await stage.audienceEvents(point)
            #expect(events.map(\.seq) == [1, 2, 3, 4, 5, 6])
            #expect(events[5].type.hasSuffix("AudienceDissolved"))
            #expect(try await code { try await stage.audience(point) } == .notFound)
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.audience_block") == 0)
        }
    }

    @Test("both ways agree: what events left in the store is what a fresh computation gives (ENT-9)")
    func bothWays() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let point = newID()
            try await stage.publish(point, .sample(MatchingSample.condition(), exact: true))
            try await stage.audience(point, met: 3, notMet: 0, unknown: 0)
            for (row, count) in zip(rows, [Int64(1), 2, 300, 400, 5, 600]) {
                try await record(stage, row, employees: count)
            }
            try await stage.audience(point, met: 2, notMet: 0, unknown: 0)
            let preview = try await stage.library.previewAudience(
                .with {
                    let content = Content.sample(MatchingSample.condition(), exact: true)
                    $0.tags = content.tags
                    $0.condition = content.condition
                    $0.audience = content.audience
                }, metadata: try await stage.handler, options: stage.options)
            #expect(preview.figures.counts == (try await stage.audience(point).figures.counts))
            let members = try await stage.library.listAudienceMembers(
                .with { $0.pointID = point }, metadata: try await stage.handler, options: stage.options
            ).members
            #expect(members.map(\.name) == [rows[2].name, rows[3].name])
            #expect(members.allSatisfy { $0.verdict == .met })
        }
    }

    @Test("many loaded rows make a new generation only where the members changed; so does a revision")
    func generations() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let (touched, untouched) = (newID(), newID())
            try await stage.publish(touched, .sample(MatchingSample.condition()))
            try await stage.publish(untouched, .sample(.region(within: Sample.region("371302")), exact: true))
            try await stage.audience(touched, met: 3, notMet: 1, unknown: 1)
            try await stage.audience(untouched, met: 0, notMet: 0, unknown: 0)
            // A few rows are held against the audiences one by one; everything is matched anew only after many.
            _ = try await stage.load(Row.file([try Row(7).with { ($0.employees, $0.year) = ("800", "2019") }]))
            #expect(try await stage.audience(touched, met: 4, notMet: 1, unknown: 1).generation == 1)
            #expect(try await stage.audienceEvents(touched).last?.type.hasSuffix("AudienceMemberChanged") == true)
            let many = try (0...Matcher.differenceLimit).map { try Row(100 + $0).with { $0.status = "revoked" } }
            _ = try await stage.load(
                Row.file(many + [try Row(8).with { ($0.employees, $0.year) = ("800", "2019") }]), piece: 50_000)
            #expect(try await stage.audience(touched, met: 5, notMet: 1, unknown: 1).generation == 2)
            #expect(try await stage.audience(untouched).generation == 1)
            try await stage.publish(touched, seq: 2, revision: 2, .sample(MatchingSample.condition(700)))
            let revised = try await stage.audience(touched, met: 2, notMet: 4, unknown: 1)
            #expect(revised.generation == 3 && revised.revision == 2)
        }
    }

    @Test("a list that becomes maintained turns unknowns into a no for everybody (ENT-6)")
    func maintainedList() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let point = newID()
            try await stage.publish(point, .sample(.list(Sample.list("double-50"))))
            try await stage.audience(point, met: 0, notMet: 0, unknown: 5)
            let id = try await stage.enterprise(rows[0]).enterpriseID
            _ = try await stage.library.setListMembership(
                .with {
                    $0.requestID = newID()
                    $0.list = "double-50"
                    $0.enterpriseIds = [id]
                    $0.member = true
                    $0.reason = "批文 1 号"
                }, metadata: try await stage.steward, options: stage.options)
            try await stage.audience(point, met: 1, notMet: 4, unknown: 0)
        }
    }

    private func queueIsEmpty(_ stage: Stage) async throws {
        try await eventually {
            try await stage.query("SELECT count(*) AS n FROM enterprise.match_queue")
        } is: {
            $0 == 0
        }
    }

    /// Has every point matched anew: the first use of a list changes facts of everybody.
    private func matchAll(_ stage: Stage, by list: String, _ enterprise: String) async throws {
        _ = try await stage.library.setListMembership(
            .with {
                ($0.requestID, $0.list, $0.enterpriseIds) = (newID(), list, [enterprise])
                ($0.member, $0.reason) = (true, "批文 1 号")
            }, metadata: try await stage.steward, options: stage.options)
        try await queueIsEmpty(stage)
    }

    @Test("ENT-11: another estimate with the same verdict is told, one by one and in a matching of everything")
    func estimates() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let (varying, fixed) = (newID(), newID())
            let benefit = Benefit.perUnit(employees, amount: Money(fen: 20_000), per: .person)
            try await stage.publish(varying, .sample(MatchingSample.condition(), benefit: benefit))
            try await stage.publish(fixed, .sample(MatchingSample.condition()))
            try await stage.audience(varying, met: 3, notMet: 1, unknown: 1)
            try await stage.audience(fixed, met: 3, notMet: 1, unknown: 1)
            let before = try await stage.audienceEvents(varying).count
            let first = try await stage.enterprise(rows[0])

            try await record(stage, rows[0], employees: 150)
            try await queueIsEmpty(stage)
            // The same figure again, and one that is no part of the benefit, say nothing new.
            try await record(stage, rows[0], employees: 150)
            try await queueIsEmpty(stage)
            // The third is not entitled before and after, so its estimate stays none.
            try await record(stage, rows[2], employees: 98)
            try await queueIsEmpty(stage)
            var events = try await stage.audienceEvents(varying)
            #expect(events.count == before + 1)
            let change = try Zhitongche_Enterprise_V1_AudienceMemberChanged(
                serializedBytes: try #require(events.last).payload)
            #expect(change.ordinal == first.ordinal && change.member && change.verdict == .met)
            #expect(change.estimatedFen == 150 * 20_000 && change.generation == 1)

            // What was told one by one is what a matching of everything computes, so that makes no new generation.
            try await matchAll(stage, by: "double-50", first.enterpriseID)
            #expect(try await stage.audienceEvents(varying).count == before + 1)

            // A figure that came to be without a task of its own, as by a new day, makes one, but only where it counts.
            try await stage.bench.administration.transaction { tx in
                try tx.execute(
                    """
                    UPDATE enterprise.attribute_record SET value = '160'
                    WHERE ordinal = \(first.ordinal) AND attribute = 'employees'
                    """)
                try tx.execute(
                    """
                    UPDATE enterprise.enterprise SET seq = seq + 1, changed_in = pg_current_xact_id()::text::bigint
                    WHERE ordinal = \(first.ordinal)
                    """, expecting: 1)
            }
            try await matchAll(stage, by: "high-tech", try await stage.enterprise(rows[1]).enterpriseID)
            #expect(try await stage.audience(varying).generation == 2)
            #expect(try await stage.audience(fixed).generation == 1)
            events = try await stage.audienceEvents(varying)
            let chunk = try #require(
                try events.filter { $0.type.hasSuffix("AudienceChunk") }.map {
                    try Zhitongche_Enterprise_V1_AudienceChunk(serializedBytes: $0.payload)
                }.first { $0.generation == 2 && $0.verdict == .met })
            #expect(chunk.estimatedFen == [160, 100, 500].map { $0 * 20_000 })
        }
    }

    @Test("RELIABILITY: a former leader that computed on an older state writes nothing, neither members nor an end")
    func formerLeader() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let point = newID()
            try await stage.publish(point, .sample(MatchingSample.condition()))
            try await stage.audience(point, met: 3, notMet: 1, unknown: 1)
            let runtime = stage.handle.runtime
            let index = MatchIndex(database: runtime.database, clock: runtime.clock, logger: runtime.logger)
            let former = Matcher(runtime: runtime, index: index, catalogue: PointCatalogue())
            let target = try #require(try await former.targets([point]).first)
            try await index.catchUp()

            // While it computes, its successor takes the third enterprise in.
            try await record(stage, rows[2], employees: 130)
            try await stage.audience(point, met: 4, notMet: 0, unknown: 1)
            await #expect(throws: AudienceOvertaken.self) { try await former.match(target, []) }
            let ended = Matcher.Target(id: point, point: nil, seq: target.seq)
            await #expect(throws: AudienceOvertaken.self) { try await former.match(ended, []) }
            let unmatched = Matcher.Target(id: point, point: target.point, seq: nil)
            await #expect(throws: AudienceOvertaken.self) { try await former.match(unmatched, []) }
            #expect(try await stage.audience(point, met: 4, notMet: 0, unknown: 1).generation == 1)
            #expect(try await stage.audienceEvents(point).count == 5)
        }
    }

    @Test("a new business day brings new facts: whoever reaches the age joins (RELIABILITY rule 14)")
    func newDay() async throws {
        try await ServiceBench.enterprise().stage { stage in
            try await stage.travel(to: 2020, 4, 20)
            let rows = [
                try Row(1).with { $0.foundedOn = "2015-04-21" }, try Row(2).with { $0.foundedOn = "2015-04-20" },
            ]
            _ = try await stage.load(Row.file(rows))
            let point = newID()
            let age = Domain.Condition.attribute(Sample.key("age.years"), .greaterOrEqual(.integer(5)))
            try await stage.publish(point, .sample(age, exact: true))
            try await stage.audience(point, met: 1, notMet: 0, unknown: 0)
            try await stage.travel(to: 2020, 4, 21)
            #expect(try await stage.audience(point, met: 2, notMet: 0, unknown: 0).generation == 2)
        }
    }

    @Test("a withdrawn point that is published again gets the next generation")
    func again() async throws {
        try await ServiceBench.enterprise().stage { stage in
            _ = try await stage.load(Row.file(try MatchingSample.rows()))
            let point = newID()
            try await stage.publish(point, .sample(MatchingSample.condition(), exact: true))
            try await stage.audience(point, met: 3, notMet: 0, unknown: 0)
            try await stage.bench.publish(
                Zhitongche_Policy_V1_PointWithdrawn.with { ($0.pointID, $0.revision) = (point, 1) }, topic: pointTopic,
                key: point, seq: 2)
            try await stage.publish(point, seq: 3, revision: 2, .sample(MatchingSample.condition(), exact: true))
            let answer = try await eventually {
                try await stage.query(
                    "SELECT coalesce(max(revision), 0)::bigint AS n FROM enterprise.audience WHERE NOT is_dissolved")
            } is: {
                $0 == 2
            }
            #expect(answer == 2)
            #expect(try await stage.audience(point, met: 3, notMet: 0, unknown: 0).generation == 2)
            let seqs = try await stage.audienceEvents(point).map(\.seq)
            #expect(seqs == (1...Int64(seqs.count)).map { $0 })
        }
    }

    @Test("both ways agree after random changes, point by point, in the store as in memory (ENT-9)")
    func randomChanges() async throws {
        try await ServiceBench.enterprise().stage { stage in
            var sample = Sample(seed: 20_200_420, stream: "changes")
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            var published: Int64 = 0
            for point in (0..<12).map({ "point-\($0)" }) {
                let condition = sample.condition(depth: 2)
                // What the library refuses to publish is not drawn.
                guard (try? condition.validate()) != nil else { continue }
                try await stage.publish(point, .sample(condition, exact: sample.chance(50)))
                published += 1
            }
            // An empty queue says something only once every event has come in.
            try await eventually {
                try await stage.query("SELECT count(*) AS n FROM enterprise.point_replica")
            } is: { [published] in
                $0 == published
            }
            for _ in 0..<30 {
                try await record(stage, sample.pick(rows), employees: Int64(sample.pick([0, 100, 200, 300, 600])))
            }
            try await eventually {
                try await stage.query("SELECT count(*) AS n FROM enterprise.match_queue")
            } is: {
                $0 == 0
            }
            let (stored, expected) = try await stage.bench.administration.transaction { tx in
                let today = try BusinessClock(schema: "enterprise").today(tx)
                let enterprises = EnterpriseRepository(tx: tx, today: today)
                let maintained = try enterprises.maintainedLists()
                let subjects = try enterprises.rows(after: 0, limit: 100).map {
                    MatchSubject($0.profile, maintained: maintained, today: today)
                }
                var stored: [String: [UInt32: Verdict]] = [:]
                var expected: [String: [UInt32: Verdict]] = [:]
                for point in try PointReplica(tx: tx).inForce() {
                    let sets = try AudienceRepository(tx: tx).members(point.id)
                    let terms = try PointCatalogue.Point(point).terms
                    for subject in subjects {
                        stored[point.id, default: [:]][subject.ordinal] = sets.verdict(of: subject.ordinal)
                        expected[point.id, default: [:]][subject.ordinal] = terms.membership(of: subject)
                    }
                }
                return (stored, expected)
            }
            #expect(stored == expected)
            #expect(expected.count > 5)
        }
    }

    @Test("a point that cannot be matched is dead-lettered and the others go on")
    func poison() async throws {
        try await ServiceBench.enterprise().stage { stage in
            _ = try await stage.load(Row.file(try MatchingSample.rows()))
            try await stage.publish("bad", Content.with { $0.title = "没有受众规则" })
            try await stage.publish("good", .sample(MatchingSample.condition(), exact: true))
            try await stage.audience("good", met: 3, notMet: 0, unknown: 0)
            try await eventually {
                try await stage.query("SELECT count(*) AS n FROM enterprise.dead_letter WHERE class = 'rejected'")
            } is: {
                $0 == 1
            }
        }
    }

    @Test("a second replica's index follows the first one's changes, and only one of them matches")
    func replicas() async throws {
        let bench = try await ServiceBench.enterprise()
        try await bench.stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let second = try await bench.start()
            try await bench.withClient(of: second) { client in
                let other = Stage(bench: bench, handle: second, client: client)
                let point = newID()
                try await stage.publish(point, .sample(MatchingSample.condition(), exact: true))
                try await other.audience(point, met: 3, notMet: 0, unknown: 0)
                try await record(stage, rows[2], employees: 1_000)
                let content = Content.sample(MatchingSample.condition(), exact: true)
                let preview = try await other.library.previewAudience(
                    .with {
                        $0.tags = content.tags
                        $0.condition = content.condition
                        $0.audience = content.audience
                    }, metadata: try await other.handler, options: other.options)
                #expect(preview.figures.counts.met == 4)
                try await other.audience(point, met: 4, notMet: 0, unknown: 0)
                let seqs = try await stage.audienceEvents(point).map(\.seq)
                #expect(seqs == [1, 2, 3])
            }
            try await second.stop()
        }
    }
}
