import Domain
import EnterpriseContracts
import EnterpriseDomain
import Foundation
import GRPCCore
import Messaging
import PolicyContracts
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing
import Wire

@testable import EnterpriseService

/// Number of rows of the test at scale; it runs only when asked for, since a million rows take minutes.
private let rowCount = ProcessInfo.processInfo.environment["ZTC_SCALE_ROWS"].flatMap { Int($0) }

@Suite("A large registry (ENT-1, ENT-11, ENT-13)", .enabled(if: rowCount != nil))
struct ScaleTests {
    private func row(_ number: Int) throws -> Row {
        try Row(number).with {
            $0.region =
                number % 7 == 0 ? "371302" : ["370902", "370911", "370921", "370923", "370982", "370983"][number % 6]
            $0.industry = ["3511", "1311", "5112", "6513", "2710", "3912"][number % 6]
            $0.employees = number % 5 == 0 ? "" : String(number % 1_500)
            $0.revenue = number % 5 == 0 ? "" : String(number % 100_000 * 1_000_000)
            $0.year = number % 5 == 0 ? "" : "2019"
        }
    }

    private func load(
        _ stage: Stage, _ count: Int
    ) async throws -> Zhitongche_Enterprise_V1_LoadEnterprisesResponse {
        var options = stage.options
        options.timeout = .seconds(3_600)
        return try await stage.library.loadEnterprises(metadata: try await stage.steward, options: options) { writer in
            try await writer.write(
                .with {
                    $0.header = .with { ($0.loadID, $0.source) = (newID(), "legal-person-database") }
                })
            var piece = Data((Row.header + "\n").utf8)
            for number in 1...count {
                piece += Data((try row(number).text + "\n").utf8)
                if piece.count > 500_000 || number == count {
                    let data = piece
                    try await writer.write(.with { $0.data = data })
                    piece = Data()
                }
            }
        }
    }

    /// Resident memory of this process in MiB, from the kernel.
    private func residentMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(status[1]) ?? 0) * 4_096 / 1_048_576
    }

    @Test(
        "a load, the same load again, points over it, and one change, with the time that each took",
        .timeLimit(.minutes(60)))
    func scale() async throws {
        let count = try #require(rowCount)
        try await ServiceBench.enterprise().stage { stage in
            func timed<T>(_ name: String, _ body: () async throws -> T) async throws -> T {
                let start = ContinuousClock.now
                let result = try await body()
                print("scale: \(name): \(ContinuousClock.now - start), \(try residentMemory()) MiB")
                return result
            }
            let first = try await timed("load of \(count) rows") { try await load(stage, count) }
            #expect(first.created == Int64(count))
            let again = try await timed("the same rows again") { try await load(stage, count) }
            #expect(again.unchanged == Int64(count))

            let large = Domain.Condition.all([
                .attribute(Sample.key("employees"), .greaterOrEqual(.integer(300))),
                .attribute(Sample.key("revenue"), .greater(.money(Money(fen: 2_000_000_000)))),
                .region(within: Sample.region("370900")),
            ])
            let content = Content.sample(
                large, benefit: .perUnit(Sample.key("employees"), amount: Money(fen: 20_000), per: .person), exact: true
            )
            func preview() async throws -> Int64 {
                try await stage.library.previewAudience(
                    .with {
                        $0.tags = content.tags
                        $0.condition = content.condition
                        $0.benefit = content.benefit
                        $0.audience = content.audience
                    }, metadata: try await stage.handler, options: stage.options
                ).figures.counts.met
            }
            let met = try await timed("the index is current, and a preview") { try await preview() }
            #expect(try await timed("a preview") { try await preview() } == met)
            try await timed("from a published point to its audience of \(met)") {
                try await stage.publish("point", content)
                try await stage.audience("point", met: met, notMet: 0, unknown: 0)
            }
            let members = try await stage.library.listAudienceMembers(
                .with { ($0.pointID, $0.pageSize) = ("point", 1) }, metadata: try await stage.handler,
                options: stage.options
            ).members
            let member = try #require(members.first)
            try await timed("one enterprise changed, to its place in the audience") {
                _ = try await stage.library.recordAttributes(
                    .with {
                        $0.requestID = newID()
                        $0.enterpriseID = member.enterpriseID
                        $0.records = [
                            .with {
                                $0.attribute = "employees"
                                $0.value = Domain.AttributeValue.integer(0).wire
                                $0.period = .with { $0.start = Sample.day("2020-01-01").wire }
                                $0.source = "office"
                            }
                        ]
                    }, metadata: try await stage.steward, options: stage.options)
                try await stage.audience("point", met: met - 1, notMet: 0, unknown: 0)
            }
        }
    }
}
