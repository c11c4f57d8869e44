import AppealContracts
import AssessmentContracts
import AssessmentDomain
import CommonContracts
import Domain
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import AssessmentService

@Suite("Assessment: what events mean", .serialized)
struct EvidenceTests {
    @Test(
        "ASM-2 PRJ-18 events add up to the figure, and by the first rules to what it was",
        arguments: try EvidenceExample.all())
    func rules(_ example: EvidenceExample) throws {
        for (reading, expected) in [
            (.second, example.figures), (.first, example.former ?? example.figures),
        ] as [(EvidenceReading, [String: DerivedFigure])] {
            var ledger = ContributionLedger()
            for event in example.events {
                ledger.apply(
                    try Evidence.changes(
                        of: type(of: event.message).protoMessageName, try event.message.serializedBytes(), by: reading))
            }
            let found = try ledger.figures(example.derivation, in: AssessmentPeriod(.month, year: 2020, number: 3))
            for (unit, figure) in expected {
                #expect(found[try UnitID(unit, field: "unit")] ?? DerivedFigure() == figure, "\(reading) \(unit)")
            }
        }
    }

    @Test("ASM-2 a case that the first rules took for a problem is one no more with its next event")
    func mended() throws {
        for example in try EvidenceExample.all() where example.derivation == .solvedProblems && example.former != nil {
            var ledger = ContributionLedger()
            for (event, reading) in zip(example.events, [EvidenceReading.first, .second]) {
                ledger.apply(
                    try Evidence.changes(
                        of: type(of: event.message).protoMessageName, try event.message.serializedBytes(), by: reading))
            }
            #expect(try ledger.figures(.solvedProblems, in: AssessmentPeriod(.month, year: 2020, number: 3)).isEmpty)
        }
    }

    @Test("ASM-2 ASM-15 the figures of all examples are served, scored, and counted again by the rules of each event")
    func served() async throws {
        let examples = try EvidenceExample.all()
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 5)
            var sequence: [String: Int64] = [:]
            for event in examples.flatMap(\.events) {
                sequence[event.subject, default: 0] += 1
                let type = type(of: event.message).protoMessageName
                try await bench.publish(
                    bytes: try event.message.serializedBytes(),
                    topic: Evidence.topics[type.hasPrefix("zhitongche.appeal.") ? 0 : 1], key: event.subject,
                    seq: sequence[event.subject] ?? 1, id: newID(), type: type)
            }
            let count = Int64(examples.map(\.events.count).reduce(0, +))
            try await office.consumed(count)
            let indicators: [(Derivation, String, Zhitongche_Assessment_V1_Derivation)] = [
                (.onTimeReply, "reply", .onTimeReply), (.solvedProblems, "solved", .solvedProblems),
                (.startRate, "start", .startRate), (.fundsInPlace, "funds", .fundsInPlace),
            ]
            for (_, id, derivation) in indicators { _ = try await office.derived(id, derivation) }
            let assessor = try await office.metadata(.assessor)
            for example in examples {
                let indicator = try #require(indicators.first { $0.0 == example.derivation }).1
                for (unit, figure) in example.figures {
                    let derived = try await office.calls.getDerivedValue(
                        .with { ($0.indicatorID, $0.unitID, $0.period) = (indicator, unit, .month(3)) },
                        metadata: assessor, options: office.options
                    ).derived
                    // Amounts are shown by their measure.
                    let below = example.derivation.fold == .increase ? Derivation.fenOfMeasure : figure.denominator
                    #expect(
                        derived.numerator == figure.numerator && derived.denominator == below
                            && derived.events == figure.events, "\(example): \(unit)")
                }
            }
            try await office.counties(Set(examples.flatMap(\.figures.keys)).sorted())
            _ = try await office.scheme(
                indicators.map {
                    .leaf($0.1, 25, $0.1, .efficacy(.with { ($0.floor, $0.best) = (.of(0), .of(100)) }))
                })
            let result = try await office.compute(.month(3))
            let again = try await office.recompute(result.resultID)
            #expect(again.inputsEqual && again.scoresEqual && again.events == count)
            let trace = try await office.calls.traceScore(
                .with { ($0.resultID, $0.unitID, $0.code) = (result.resultID, "s-first", "start") },
                metadata: assessor, options: office.options)
            #expect(Set(trace.events.map(\.subject)) == ["s-first-a", "s-second-b"])
            // An event is counted again by the rules by which it was read, so other rules are found out.
            _ = try await bench.administration.transaction {
                try $0.execute("UPDATE assessment.consumed_event SET reading = 1 WHERE subject = 'no-appeal'")
            }
            let other = try await office.recompute(result.resultID)
            #expect(!other.inputsEqual)
        }
    }

    @Test("ASM-8 schemes are listed without their nodes, page by page, and read with them, by version")
    func schemes() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            _ = try await office.derived("on-time", .onTimeReply)
            let leaf = Zhitongche_Assessment_V1_SchemeNode.leaf(
                "reply", 100, "on-time", .efficacy(.with { ($0.floor, $0.best) = (.of(0), .of(100)) }))
            let first = try await office.scheme([leaf])
            let assessor = try await office.metadata(.assessor)
            let second = try await office.calls.draftScheme(
                .with {
                    ($0.requestID, $0.tier, $0.content.name, $0.content.nodes) = (newID(), .town, "乡镇考核方案", [leaf])
                }, metadata: assessor, options: office.options
            ).scheme
            let draft = try await office.calls.reviseScheme(
                .with { ($0.requestID, $0.schemeID, $0.version) = (newID(), first.schemeID, first.version) },
                metadata: assessor, options: office.options
            ).scheme
            // Any staff may read schemes.
            let nobody = try await office.metadata(.nobody)
            func read(_ id: String, _ revision: Int32) async throws -> Zhitongche_Assessment_V1_Scheme {
                try await office.calls.getScheme(
                    .with { ($0.schemeID, $0.revision) = (id, revision) }, metadata: nobody, options: office.options
                ).scheme
            }
            let published = try await read(first.schemeID, 1)
            #expect(published.state == .published && published.content.nodes == [leaf])
            #expect(try await read(first.schemeID, 0) == draft)
            #expect(try await read(second.schemeID, 0) == second)
            #expect(try await problem { try await read(newID(), 0) }?.code == .notFound)
            #expect(try await problem { try await read(first.schemeID, -1) }?.violations.map(\.field) == ["revision"])

            func list(_ token: String) async throws -> Zhitongche_Assessment_V1_ListSchemesResponse {
                try await office.calls.listSchemes(
                    .with { ($0.pageSize, $0.pageToken) = (1, token) }, metadata: nobody, options: office.options)
            }
            let page = try await list("")
            let rest = try await list(page.nextPageToken)
            #expect(rest.nextPageToken.isEmpty && !page.nextPageToken.isEmpty)
            let listed = page.schemes + rest.schemes
            #expect(listed.map(\.schemeID) == [first.schemeID, second.schemeID])
            #expect(listed.map(\.revision) == [2, 1] && listed.map(\.state) == [.draft, .draft])
            #expect(listed.allSatisfy { $0.content.nodes.isEmpty } && listed[1].content.name == "乡镇考核方案")
        }
    }
}
