import ArgumentParser
import CommonContracts
import EnterpriseContracts
import Foundation
import GRPCCore

/// Sends a registry file to the service, as `ztc load` does.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Loads a registry file and prints how long it took until all was committed.")

    @OptionGroup var target: Target

    @Option(help: "CSV file with its header line.")
    var file: String

    @Option(help: "Bytes of one message of the stream.")
    var piece = 262_144

    func run() async throws {
        var options = CallOptions.defaults
        options.timeout = .seconds(3_600)
        guard let data = FileManager.default.contents(atPath: file) else { throw Failure("\(file) cannot be read") }
        let (metadata, piece) = (target.metadata, piece)
        let began = ContinuousClock.now
        let report = try await target.connected { client in
            let enterprise = Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client)
            return try await enterprise.loadEnterprises(metadata: metadata, options: options) { writer in
                try await writer.write(
                    .with {
                        $0.header = .with {
                            $0.loadID = UUID().uuidString.lowercased()
                            $0.source = "legal-person-database"
                        }
                    })
                for start in stride(from: 0, to: data.count, by: piece) {
                    let part = data[start..<min(start + piece, data.count)]
                    try await writer.write(.with { $0.data = Data(part) })
                }
            }
        }
        guard report.rejected == 0, report.created == report.rows else {
            throw Failure("\(report.rejected) rows were rejected and \(report.created) of \(report.rows) are new")
        }
        try Finding(count: Int(report.created), time: ContinuousClock.now - began).print()
    }
}

/// Matches one point against every enterprise, as a preview of its audience.
struct PreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Previews an audience several times and prints counts and times.")

    /// How the audience is chosen.
    enum Shape: String, ExpressibleByArgument, CaseIterable {
        /// By the number of dimensions in which tags are equal.
        case tags
        /// By a condition with three numbers.
        case conditions
    }

    @OptionGroup var target: Target

    @Option(help: "What is matched: tags or conditions.")
    var shape: Shape

    @Option(help: "How often.")
    var times = 5

    func run() async throws {
        var options = CallOptions.defaults
        options.timeout = .seconds(120)
        options.maxResponseMessageBytes = nil
        let (metadata, request) = (target.metadata, request)
        let (answer, taken) = try await target.connected { client in
            let enterprise = Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client)
            var taken = Times()
            // The first one may find the index still being read or catching up.
            var answer = try await enterprise.previewAudience(request, metadata: metadata, options: options)
            for _ in 0..<times {
                let start = ContinuousClock.now
                answer = try await enterprise.previewAudience(request, metadata: metadata, options: options)
                taken.add(ContinuousClock.now - start)
            }
            return (answer, taken)
        }
        var finding = Finding(times: taken, time: .milliseconds(taken.milliseconds.reduce(0, +)))
        let counts = answer.figures.counts
        (finding.met, finding.notMet, finding.unknown) = (counts.met, counts.notMet, counts.unknown)
        var breakdown: [String: [Int64]] = [:]
        for (kind, lines) in [
            ("region", answer.figures.byRegion), ("industry", answer.figures.byIndustry),
            ("size", answer.figures.bySize),
        ] {
            for line in lines {
                breakdown["\(kind) \(line.code)"] = [line.counts.met, line.counts.notMet, line.counts.unknown]
            }
        }
        finding.breakdown = breakdown
        try finding.print()
    }

    private var request: Zhitongche_Enterprise_V1_PreviewAudienceRequest {
        switch shape {
        case .tags:
            .with {
                $0.tags = [(.nature, "private"), (.size, "small"), (.size, "medium"), (.industry, "C35")].map { tag in
                    .with { ($0.dimension, $0.code) = tag }
                }
                $0.audience.minimumEqualDimensions = 2
            }
        case .conditions:
            .with {
                $0.condition.all.parts = [
                    Self.atLeast("employees", .with { $0.integer = 20 }),
                    Self.atLeast("revenue", .with { $0.money.fen = 500_000_000 }),
                    Self.atLeast("total.assets", .with { $0.money.fen = 400_000_000 }),
                ]
                $0.tags = [.with { ($0.dimension, $0.code) = (.regionLevel, "city") }]
                $0.audience.minimumEqualDimensions = 1
            }
        }
    }

    private static func atLeast(
        _ attribute: String, _ value: Zhitongche_Common_V1_AttributeValue
    ) -> Zhitongche_Common_V1_Condition {
        .with {
            $0.comparison = .with {
                $0.attribute = attribute
                $0.operator = .atLeast
                $0.values = [value]
            }
        }
    }
}
