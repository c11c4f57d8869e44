import ArgumentParser
import AssessmentContracts
import CommonContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2

/// Puts a scheme into force that asks for so many indicators, each with the same weight: of every four two by
/// completion of a target, one by scheduled progress, one between a floor and a best.
struct SchemeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheme", abstract: "Puts a scheme of the tier of towns into force and prints its identifier."
    )

    @OptionGroup var target: Target

    @Option(help: "Token of whoever publishes; --token is that of whoever drafts.")
    var publisher: String

    @Option(help: "Indicators, called bench-1 and so on; they divide 100,000,000.")
    var indicators = 200

    func run() async throws {
        var options = CallOptions.defaults
        options.timeout = .seconds(60)
        var other = target
        other.token = publisher
        let (drafting, publishing, content, calls) = (target.metadata, other.metadata, content, options)
        let began = ContinuousClock.now
        let scheme = try await target.connected { client in
            let assessment = Zhitongche_Assessment_V1_AssessmentService.Client(wrapping: client)
            let draft = try await assessment.draftScheme(
                .with { ($0.requestID, $0.tier, $0.content) = (UUID().uuidString.lowercased(), .town, content) },
                metadata: drafting, options: calls
            ).scheme
            return try await assessment.publishScheme(
                .with {
                    ($0.requestID, $0.schemeID, $0.version) = (
                        UUID().uuidString.lowercased(), draft.schemeID, draft.version
                    )
                }, metadata: publishing, options: calls
            ).scheme
        }
        var finding = Finding(count: 1, time: ContinuousClock.now - began)
        finding.ids = [scheme.schemeID]
        try finding.print()
    }

    private var content: Zhitongche_Assessment_V1_SchemeContent {
        let weight = 100_000_000 / Int64(indicators)
        return .with {
            $0.name = "乡镇考核"
            $0.bonusCap = Self.whole(0)
            $0.nodes = (1...indicators).map { number in
                .with {
                    $0.code = "leaf-\(number)"
                    $0.name = "指标 \(number)"
                    $0.weight = .with { ($0.unscaled, $0.scale) = (weight, 6) }
                    $0.indicatorID = "bench-\(number)"
                    switch number % 4 {
                    case 1:
                        $0.function.scheduledProgress.cap = Self.whole(100)
                    case 2:
                        $0.function.efficacy.floor = Self.whole(0)
                        $0.function.efficacy.best = Self.whole(1_000)
                    case _:
                        $0.function.completion.cap = Self.whole(100)
                        $0.function.completion.floor = Self.whole(0)
                    }
                }
            }
        }
    }

    private static func whole(_ number: Int64) -> Zhitongche_Common_V1_Decimal { .with { $0.unscaled = number } }
}

/// Scores the tier of towns for the months of a year, one after the other.
struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Computes results and prints their times and identifiers.")

    @OptionGroup var target: Target

    @Option(help: "The year.")
    var year: Int32

    @Option(help: "Months from January on.")
    var months: Int32 = 12

    func run() async throws {
        var options = CallOptions.defaults
        options.timeout = .seconds(300)
        let (metadata, year, months, calls) = (target.metadata, year, months, options)
        let began = ContinuousClock.now
        let (times, ids) = try await target.connected { client in
            let assessment = Zhitongche_Assessment_V1_AssessmentService.Client(wrapping: client)
            var times = Times()
            var ids: [String] = []
            for month in 1...months {
                let start = ContinuousClock.now
                let result = try await assessment.computeResult(
                    .with {
                        $0.requestID = UUID().uuidString.lowercased()
                        $0.tier = .town
                        $0.period = .with { ($0.kind, $0.year, $0.number) = (.month, year, month) }
                    }, metadata: metadata, options: calls
                ).result
                times.add(ContinuousClock.now - start)
                ids.append(result.resultID)
            }
            return (times, ids)
        }
        var finding = Finding(times: times, time: ContinuousClock.now - began)
        finding.ids = ids
        try finding.print()
    }
}
