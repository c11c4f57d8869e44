import AppealContracts
import AssessmentContracts
import CommonContracts
import Foundation
import GRPCCore
import Messaging
import PolicyContracts
import Postgres
import ProjectContracts
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import AssessmentService

@Suite("Assessment: values, schemes, results, trace", .serialized)
struct ResultTests {
    @Test("ASM-7 in time, late, revised and verified are told apart, and verification shows the difference")
    func values() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 10)
            _ = try await office.define("funds")
            let inTime = try await office.report("funds", "finance", (1250, 2))
            #expect(inTime.state == .reported && !inTime.late && inTime.entries.map(\.kind) == [.reported])
            #expect(try await problem { try await office.report("funds", "finance", (1, 0)) }?.code == .alreadyExists)
            #expect(
                try await problem { try await office.report("funds", "finance", (1, 3), month: 2) }?.violations.map(
                    \.field) == ["value"])
            #expect(
                try await problem { try await office.report("funds", "finance", (1, 0), month: 5) }?.violations.map(
                    \.field) == ["period"])
            #expect(try await problem { try await office.report("funds", "science", (1, 0)) }?.reason == .scopeDenied)
            try await office.travel(to: 2020, 4, 11)
            let late = try await office.report("funds", "finance", (9, 0), month: 2)
            #expect(late.late && late.entries[0].kind == .late)
            let drafter = try await office.metadata(.drafter)
            let revised = try await office.calls.reviseValue(
                .with {
                    ($0.requestID, $0.valueID, $0.version) = (newID(), inTime.valueID, inTime.version)
                    ($0.value, $0.reason) = (.of(12), "更正")
                }, metadata: drafter, options: office.options
            ).value
            #expect(
                revised.entries.map(\.kind) == [.reported, .revised] && revised.entries[1].difference == .of(-5, 1))
            let verifier = try await office.metadata(.verifier)
            let silent = try await problem {
                try await office.calls.verifyValue(
                    .with {
                        ($0.requestID, $0.valueID, $0.version) = (newID(), inTime.valueID, revised.version)
                        $0.value = .of(10)
                    }, metadata: verifier, options: office.options)
            }
            #expect(silent?.violations.map(\.field) == ["reason"])
            let verified = try await office.calls.verifyValue(
                .with {
                    ($0.requestID, $0.valueID, $0.version) = (newID(), inTime.valueID, revised.version)
                    ($0.value, $0.reason) = (.of(10), "剔除重复")
                }, metadata: verifier, options: office.options
            ).value
            #expect(verified.state == .verified && verified.value == .of(10) && verified.squeezed == .of(-2))
            let closed = try await problem {
                try await office.calls.reviseValue(
                    .with {
                        ($0.requestID, $0.valueID, $0.version) = (newID(), inTime.valueID, verified.version)
                        ($0.value, $0.reason) = (.of(12), "更正")
                    }, metadata: drafter, options: office.options)
            }
            #expect(closed?.code == .failedPrecondition)
            let reopened = try await office.calls.reopenValue(
                .with {
                    ($0.requestID, $0.valueID, $0.version) = (newID(), inTime.valueID, verified.version)
                    $0.reason = "复核"
                }, metadata: verifier, options: office.options
            ).value
            #expect(reopened.state == .reopened && !reopened.hasSqueezed)
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Assessment_V1_ValueVerified.self, on: AssessmentApp.valueEvents)
            } is: {
                $0.count == 1
            }
            #expect(events[0].squeezed == .of(-2) && events[0].unitID == "finance")
            let list = try await office.calls.listValues(
                .with { ($0.indicatorID, $0.period) = ("funds", .month(3)) }, metadata: drafter, options: office.options
            )
            #expect(list.values.map(\.unitID) == ["finance"] && list.values[0].entries.isEmpty)
        }
    }

    /// Publishes what happened in March: replies in time and late, a signing, a start, funds.
    private func evidence(_ bench: ServiceBench<AssessmentApp>) async throws -> Int64 {
        let cases = Evidence.topics[0]
        let submitted = try time(2020, 3, 2)
        var published: Int64 = 0
        for (number, unit, onTime) in [(1, "finance", true), (2, "finance", false), (3, "science", true)] {
            let id = "case-\(number)"
            try await bench.publish(
                Zhitongche_Appeal_V1_CaseReplied.with {
                    $0.case = facts(id, unit: unit, onTime: onTime, submitted: submitted)
                    $0.at = submitted
                }, topic: cases, key: id, seq: 1)
            published += 1
        }
        let key = Zhitongche_Project_V1_ProjectKey.with {
            ($0.projectID, $0.unitID, $0.counts) = ("p-1", "finance", true)
        }
        let projects = Evidence.topics[1]
        try await bench.publish(
            Zhitongche_Project_V1_StageEntered.with {
                $0.project = key
                ($0.from, $0.to) = (.negotiating, .signed)
                $0.enteredOn = .with { ($0.year, $0.month, $0.day) = (2020, 3, 5) }
            }, topic: projects, key: "p-1", seq: 1)
        try await bench.publish(
            Zhitongche_Project_V1_StageEntered.with {
                $0.project = key
                ($0.from, $0.to) = (.signed, .started)
                $0.enteredOn = .with { ($0.year, $0.month, $0.day) = (2020, 3, 20) }
            }, topic: projects, key: "p-1", seq: 2)
        try await bench.publish(
            Zhitongche_Project_V1_ProgressReported.with {
                $0.project = key
                $0.period.start = .with { ($0.year, $0.month, $0.day) = (2020, 3, 1) }
                $0.period.end = .with { ($0.year, $0.month, $0.day) = (2020, 4, 1) }
                $0.figures.completed.fen = 30_000_000_000
                $0.figures.domesticInPlace.fen = 25_000_000_000
                $0.investment.total.fen = 120_000_000_000
                $0.reportedAt = submitted
            }, topic: projects, key: "p-1", seq: 3)
        try await bench.publish(
            Zhitongche_Policy_V1_PointPublished.with {
                $0.pointID = "point-1"
                $0.revision = 1
                $0.content.responsibleUnitID = "science"
                $0.publishedAt = try time(2020, 3, 31)
                $0.documentIssuedOn = .with { ($0.year, $0.month, $0.day) = (2020, 3, 2) }
            }, topic: Evidence.topics[2], key: "point-1", seq: 1)
        return published + 4
    }

    @Test("ASM-2 ASM-15 events become figures once, and their bytes are kept")
    func evidence() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            let count = try await evidence(bench)
            try await office.consumed(count)
            for (id, derivation) in [
                ("on-time", .onTimeReply), ("start", .startRate), ("done", .investmentCompletion),
                ("funds", .fundsInPlace),
                ("fresh", .policyFreshness),
            ] as [(String, Zhitongche_Assessment_V1_Derivation)] {
                _ = try await office.derived(id, derivation)
            }
            func value(_ indicator: String, _ unit: String) async throws -> Zhitongche_Assessment_V1_DerivedValue {
                try await office.calls.getDerivedValue(
                    .with { ($0.indicatorID, $0.unitID, $0.period) = (indicator, unit, .month(3)) },
                    metadata: try await office.metadata(.assessor), options: office.options
                ).derived
            }
            let onTime = try await value("on-time", "finance")
            #expect(onTime.numerator == 1 && onTime.denominator == 2 && onTime.value == .of(50) && onTime.events == 2)
            #expect(try await value("start", "finance").value == .of(100))
            #expect(try await value("done", "finance").value == .of(25))
            #expect(try await value("funds", "finance").value == .of(25, 1))
            #expect(try await value("fresh", "science").value == .of(100))
            #expect(try await !value("fresh", "finance").hasValue)

            // A broken event becomes a dead letter and counts for nothing; a repeated one counts once.
            try await bench.publish(
                Zhitongche_Appeal_V1_CaseRated.with {
                    $0.case = facts("case-9", unit: "finance", submitted: try time(2020, 3, 2))
                    ($0.at, $0.mark) = (try time(2020, 3, 3), 7)
                }, topic: Evidence.topics[0], key: "case-9", seq: 1)
            let id = newID()
            for _ in 0..<2 {
                try await bench.publish(
                    Zhitongche_Appeal_V1_CaseRated.with {
                        $0.case = facts("case-8", unit: "finance", submitted: try time(2020, 3, 2))
                        ($0.at, $0.mark) = (try time(2020, 3, 3), 4)
                    }, topic: Evidence.topics[0], key: "case-8", seq: 1, id: id)
            }
            _ = try await office.derived("satisfaction", .satisfaction)
            try await office.consumed(count + 1)
            let satisfaction = try await value("satisfaction", "finance")
            #expect(satisfaction.numerator == 4 && satisfaction.denominator == 5 && satisfaction.events == 1)
            let letters = try await eventually(within: .seconds(60)) {
                try await bench.administration.transaction {
                    try $0.only("SELECT count(*) AS n FROM assessment.dead_letter").get("n", as: Int64.self)
                }
            } is: {
                $0 == 1
            }
            #expect(letters == 1)
            let kept = try await office.calls.getConsumedEvent(
                .with { ($0.eventSource, $0.eventID) = ("/bench", id) }, metadata: try await office.metadata(.assessor),
                options: office.options)
            #expect(try Zhitongche_Appeal_V1_CaseRated(serializedBytes: kept.payload).mark == 4)
            let outside = try await problem {
                try await office.calls.getConsumedEvent(
                    .with { ($0.eventSource, $0.eventID) = ("/bench", id) },
                    metadata: try await office.metadata(.drafter),
                    options: office.options)
            }
            #expect(outside?.reason == .scopeDenied)
        }
    }

    /// Indicators, targets, values and a scheme over two units.
    private func stage(_ office: Office) async throws -> Zhitongche_Assessment_V1_Scheme {
        try await office.counties(["finance", "science"])
        _ = try await office.derived("on-time", .onTimeReply)
        _ = try await office.define("trade") { $0.reportingTiers = [.county] }
        _ = try await office.approve(
            try await office.draft("trade", .set(.of(30), [("finance", .of(20)), ("science", .of(10))])))
        _ = try await office.report("trade", "finance", (15, 0))
        return try await office.scheme([
            .leaf("reply", 40, "on-time", .efficacy(.with { ($0.floor, $0.best) = (.of(0), .of(100)) })),
            .leaf("trade", 60, "trade", .completion(.with { ($0.cap, $0.floor) = (.of(120), .of(10)) })),
        ])
    }

    @Test("ASM-8 ASM-10 ASM-15 a result is frozen, published by another, traced to events, computed again bit by bit")
    func result() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 5)
            // The year before is an input as well: growth is measured against it.
            let lastYear = try time(2019, 3, 4)
            var earlier = Zhitongche_Appeal_V1_CaseReplied.with {
                $0.case = facts("case-0", unit: "finance", onTime: true, submitted: lastYear)
                $0.at = lastYear
            }
            try await bench.publish(earlier, topic: Evidence.topics[0], key: "case-0", seq: 1)
            let count = try await evidence(bench) + 1
            try await office.consumed(count)
            let scheme = try await stage(office)
            let result = try await office.compute(.month(3))
            #expect(result.state == .draft && result.units == 2 && result.eventPlace == count)
            let scores = try await office.scores(result.resultID)
            // finance: 40 % of 60 + 40 × 0.5, and 60 % of 75; science: 40 % of 100, and no report.
            #expect(scores.map(\.unitID) == ["finance", "science"])
            #expect(scores.map(\.score) == [.of(77), .of(40)])
            #expect(scores[1].nodes[1].missing && scores[0].nodes[1].points == .of(75))

            let hidden = try await problem {
                try await office.calls.getResult(
                    .with { $0.resultID = result.resultID }, metadata: try await office.metadata(.nobody),
                    options: office.options)
            }
            #expect(hidden?.code == .notFound)
            let own = try await problem {
                try await office.calls.publishResult(
                    .with { ($0.requestID, $0.resultID, $0.version) = (newID(), result.resultID, result.version) },
                    metadata: try await office.metadata(.assessor), options: office.options)
            }
            #expect(own?.reason == .actionDenied)
            let published = try await office.publish(result)
            #expect(published.state == .published && published.hasPublishedAt)
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(AssessmentApp.resultEvents)
            } is: {
                $0.count == 2
            }
            #expect(events.map(\.seq) == [1, 2])
            let part = try Zhitongche_Assessment_V1_ResultScoresPart(serializedBytes: events[1].payload)
            #expect(part.scores.map(\.unitID) == ["finance", "science"] && part.scores[0].nodes.isEmpty)
            let twice = try await problem { try await office.publish(try await office.compute(.month(3))) }
            #expect(twice?.code == .alreadyExists)

            let trace = try await office.calls.traceScore(
                .with {
                    ($0.resultID, $0.unitID, $0.code, $0.pageSize) = (result.resultID, "finance", "reply", 1)
                }, metadata: try await office.metadata(.drafter), options: office.options)
            #expect(trace.arithmetic == "60 + 40 × (50 − 0) / (100 − 0), 60 to 100 = 80; × 40 / 100")
            #expect(trace.derived.numerator == 1 && trace.derived.denominator == 2 && trace.events.count == 1)
            let rest = try await office.calls.traceScore(
                .with {
                    ($0.resultID, $0.unitID, $0.code) = (result.resultID, "finance", "reply")
                    $0.pageToken = trace.nextPageToken
                }, metadata: try await office.metadata(.drafter), options: office.options)
            #expect(Set((trace.events + rest.events).map(\.subject)) == ["case-1", "case-2"])
            let reported = try await office.calls.traceScore(
                .with { ($0.resultID, $0.unitID, $0.code) = (result.resultID, "finance", "trade") },
                metadata: try await office.metadata(.assessor), options: office.options)
            #expect(
                reported.input.origin == .reported && !reported.input.valueID.isEmpty
                    && reported.input.target == .of(20))
            let foreign = try await problem {
                try await office.calls.traceScore(
                    .with { ($0.resultID, $0.unitID, $0.code) = (result.resultID, "science", "reply") },
                    metadata: try await office.metadata(.drafter), options: office.options)
            }
            #expect(foreign?.reason == .scopeDenied)

            // What happens afterwards changes nothing of it: a later event, a revised value.
            try await bench.publish(
                Zhitongche_Appeal_V1_CaseReplied.with {
                    $0.case = facts("case-7", unit: "finance", onTime: true, submitted: try time(2020, 3, 2))
                    $0.at = try time(2020, 3, 4)
                }, topic: Evidence.topics[0], key: "case-7", seq: 1)
            try await office.consumed(count + 1)
            let later = try await office.calls.traceScore(
                .with { ($0.resultID, $0.unitID, $0.code) = (result.resultID, "finance", "reply") },
                metadata: try await office.metadata(.drafter), options: office.options)
            #expect(later.events == trace.events + rest.events && later.derived == trace.derived)
            let id = try #require(UUID(uuidString: result.resultID))
            let before = try await stored(bench, id)
            #expect(before.count == 2)
            let owner = bench.administration
            _ = try await owner.transaction {
                try $0.execute("DELETE FROM assessment.result_score WHERE result_id = \(id)")
            }
            #expect(try await stored(bench, id).isEmpty)
            let again = try await office.recompute(result.resultID)
            #expect(again.inputsEqual && again.scoresEqual && again.restored == 2 && again.events == count)
            #expect(again.scoresDigest == published.scoresDigest && again.inputsDigest == published.inputsDigest)
            #expect(try await stored(bench, id) == before)
            // Bytes that were changed are found out, those of the year before too, though they move no score here.
            earlier.case.onTime = false
            let changed: [UInt8] = try earlier.serializedBytes()
            _ = try await owner.transaction {
                try $0.execute(
                    "UPDATE assessment.consumed_event SET payload = \(changed) WHERE subject = 'case-0'", expecting: 1)
            }
            let altered = try await office.recompute(result.resultID)
            #expect(!altered.inputsEqual && altered.scoresEqual)
            _ = try await owner.transaction {
                try $0.execute(
                    """
                    UPDATE assessment.consumed_event SET payload = (
                        SELECT payload FROM assessment.consumed_event WHERE subject = 'case-1')
                    WHERE subject = 'case-2'
                    """)
            }
            let tampered = try await office.recompute(result.resultID)
            #expect(!tampered.inputsEqual && !tampered.scoresEqual && tampered.restored == 0)

            // What if, on a draft: nothing is kept.
            let draft = try await office.calls.reviseScheme(
                .with { ($0.requestID, $0.schemeID, $0.version) = (newID(), scheme.schemeID, scheme.version) },
                metadata: try await office.metadata(.assessor), options: office.options
            ).scheme
            var content = draft.content
            content.nodes[0].weight = .of(100)
            content.nodes[1].weight = .of(0)
            _ = try await office.calls.editScheme(
                .with {
                    ($0.requestID, $0.schemeID, $0.version) = (newID(), scheme.schemeID, draft.version)
                    $0.content = content
                }, metadata: try await office.metadata(.assessor), options: office.options)
            let tried = try await office.calls.tryScheme(
                .with { ($0.schemeID, $0.period) = (scheme.schemeID, .month(3)) },
                metadata: try await office.metadata(.assessor), options: office.options)
            #expect(tried.scores.map(\.unitID) == ["science", "finance"] && tried.scores.map(\.movement) == [1, -1])
            let results = try await office.calls.listResults(
                .with { $0.tier = .county }, metadata: try await office.metadata(.nobody), options: office.options)
            #expect(results.results.map(\.resultID) == [result.resultID])
        }
    }

    private func stored(_ bench: ServiceBench<AssessmentApp>, _ id: UUID) async throws -> [[UInt8]] {
        try await bench.administration.transaction { tx in
            try tx.query("SELECT bytes FROM assessment.result_score WHERE result_id = \(id) ORDER BY place") {
                try $0.get("bytes", as: [UInt8].self)
            }
        }
    }

    @Test("ASM-2 report punctuality counts reports that never came")
    func punctuality() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 5)
            _ = try await stage(office)
            _ = try await office.define("punctuality") {
                ($0.source, $0.derivation, $0.reportDays, $0.measure) = (.events, .reportPunctuality, 0, "%")
            }
            // The report for March falls due on 11 April; before that it counts for nobody.
            try await office.travel(to: 2020, 4, 30)
            func value(_ unit: String) async throws -> Zhitongche_Assessment_V1_DerivedValue {
                try await office.calls.getDerivedValue(
                    .with { ($0.indicatorID, $0.unitID, $0.period) = ("punctuality", unit, .month(4)) },
                    metadata: try await office.metadata(.assessor), options: office.options
                ).derived
            }
            #expect(try await value("finance").value == .of(100))
            let science = try await value("science")
            #expect(science.numerator == 0 && science.denominator == 1 && science.value == .of(0))
        }
    }

    @Test("ASM-10 awards and warnings are proposed once, with their arithmetic, and announced")
    func awards() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 5)
            _ = try await stage(office)
            _ = try await office.define("place") { ($0.direction, $0.decimals, $0.measure) = (.less, 0, "位") }
            let assessor = try await office.metadata(.assessor)
            let rules: [Zhitongche_Assessment_V1_AwardRule] = [
                .with {
                    ($0.code, $0.name) = ("mean", "达到全省平均分")
                    $0.referencePrizes.reference = .of(40)
                    $0.referencePrizes.prizes = [150_000_000, 100_000_000, 70_000_000].map { fen in
                        .with { $0.fen = fen }
                    }
                },
                .with {
                    ($0.code, $0.name) = ("rise", "进位奖")
                    ($0.placePrize.indicatorID, $0.placePrize.prize.fen) = ("place", 10_000_000)
                },
                .with {
                    ($0.code, $0.name) = ("card", "黄牌")
                    ($0.notRisen.indicatorID, $0.notRisen.andLast) = ("place", true)
                },
            ]
            func set(_ version: Int64, _ rules: [Zhitongche_Assessment_V1_AwardRule]) async throws -> Int64 {
                try await office.calls.setAwardRules(
                    .with { ($0.requestID, $0.tier, $0.version, $0.rules) = (newID(), .county, version, rules) },
                    metadata: assessor, options: office.options
                ).version
            }
            #expect(try await set(0, rules) == 1)
            #expect(try await problem { try await set(0, rules) }?.code == .aborted)
            let unknown = try await problem {
                var wrong = rules
                wrong[1].placePrize.indicatorID = "nothing"
                return try await set(1, wrong)
            }
            #expect(unknown?.violations.map(\.field) == ["rules[1].indicator_id"])
            let read = try await office.calls.getAwardRules(
                .with { $0.tier = .county }, metadata: assessor, options: office.options)
            #expect(read.rules == rules && read.version == 1)

            _ = try await office.report("place", "finance", (13, 0), year: 2019)
            _ = try await office.report("place", "finance", (10, 0))
            let draft = try await office.compute(.month(3))
            func propose() async throws -> Zhitongche_Assessment_V1_ProposeAwardsResponse {
                try await office.calls.proposeAwards(
                    .with { ($0.requestID, $0.resultID) = (newID(), draft.resultID) }, metadata: assessor,
                    options: office.options)
            }
            #expect(try await problem { try await propose() }?.code == .failedPrecondition)
            _ = try await office.publish(draft)
            let proposed = try await propose()
            // 45 points of trade reach the reference; three places gained.
            #expect(proposed.awards == 2 && proposed.total.fen == 180_000_000)
            #expect(try await problem { try await propose() }?.code == .alreadyExists)
            let list = try await office.calls.listAwards(
                .with { $0.resultID = draft.resultID }, metadata: try await office.metadata(.leader),
                options: office.options)
            #expect(list.awards.map(\.ruleCode) == ["mean", "rise"])
            #expect(list.awards[1].arithmetic == "place 13 → 10 = 3 places × 100,000.00 = 300,000.00")
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(AssessmentApp.resultEvents)
            } is: {
                $0.count == 4
            }
            #expect(events.map(\.seq) == [1, 2, 3, 4])
            let part = try Zhitongche_Assessment_V1_AwardsPart(serializedBytes: events[3].payload)
            #expect(part.awards.map(\.amount.fen) == [150_000_000, 30_000_000])
        }
    }
}
