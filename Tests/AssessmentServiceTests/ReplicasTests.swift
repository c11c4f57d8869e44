import AppealContracts
import AssessmentContracts
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import AssessmentService

@Suite("Assessment: replicas side by side", .serialized)
struct ReplicasTests {
    /// Publishes replies about the finance bureau, half of them in time; every event twice.
    private func publish(_ cases: Range<Int>, _ bench: ServiceBench<AssessmentApp>) async throws {
        let submitted = try time(2020, 3, 2)
        for number in cases {
            let (subject, event) = ("case-\(number)", newID())
            let message = Zhitongche_Appeal_V1_CaseReplied.with {
                $0.case = facts(subject, unit: "finance", onTime: number.isMultiple(of: 2), submitted: submitted)
                $0.at = submitted
            }
            for _ in 0..<2 {
                try await bench.publish(message, topic: Evidence.topics[0], key: subject, seq: 1, id: event)
            }
        }
    }

    @Test("ASM-2, ASM-8, XCT-15 over two replicas each event counts once, and a result is published once")
    func once() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            let second = try await bench.start()
            try await bench.withClient(of: second) { client in
                let other = Office(bench: bench, handle: second, client: client)
                try await publish(0..<12, bench)
                try await office.consumed(12)
                // The clock moves through either; both go by it.
                try await office.travel(to: 2020, 4, 4)
                try await other.travel(to: 2020, 4, 5)
                try await office.counties(["finance"])
                _ = try await other.derived("on-time", .onTimeReply)
                _ = try await office.scheme([
                    .leaf("reply", 100, "on-time", .efficacy(.with { ($0.floor, $0.best) = (.of(0), .of(100)) }))
                ])
                // The same request to both at once is one request.
                let draft = Zhitongche_Assessment_V1_ComputeResultRequest.with {
                    $0.requestID = newID()
                    $0.tier = .county
                    $0.period = .month(3)
                }
                let assessor = try await office.metadata(.assessor)
                async let here = office.calls.computeResult(draft, metadata: assessor, options: office.options)
                async let there = other.calls.computeResult(draft, metadata: assessor, options: office.options)
                let results = try await [here.result, there.result]
                #expect(results[0] == results[1] && results[0].eventPlace == 12)
                // Two who publish it at once: one does, the other comes too late.
                let leader = try await office.metadata(.leader)
                func publication(_ calls: Office) async throws -> Problem? {
                    try await problem {
                        try await calls.calls.publishResult(
                            .with {
                                ($0.requestID, $0.resultID, $0.version) =
                                    (newID(), results[0].resultID, results[0].version)
                            }, metadata: leader, options: office.options)
                    }
                }
                async let mine = publication(office)
                async let theirs = publication(other)
                let refused = try await [mine, theirs].compactMap { $0 }
                #expect(refused.count == 1 && [.aborted, .failedPrecondition].contains(refused[0].code))
                let scores = try await other.scores(results[0].resultID)
                // Half of the replies were in time: 60 + 40 × 0.5.
                #expect(scores.map(\.score) == [.of(80)])
                let events = try await eventually(within: .seconds(60)) {
                    try await bench.published(AssessmentApp.resultEvents)
                } is: {
                    $0.count >= 2
                }
                #expect(events.map(\.seq) == [1, 2])
            }
            try await second.stop()
            try await publish(12..<18, bench)
            try await office.consumed(18)
            func count(_ table: String) async throws -> Int64 {
                try await bench.administration.transaction {
                    try $0.only("SELECT count(*) AS n FROM assessment.\(identifier: table)").get("n")
                }
            }
            #expect(try await count("consumed_event") == 18)
            #expect(try await count("contribution") == 18)
            #expect(try await count("result") == 1)
            #expect(try await count("result_score") == 1)
            #expect(try await count("dead_letter") == 0)
        }
    }
}
