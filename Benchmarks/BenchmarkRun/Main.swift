import ArgumentParser
import Foundation

/// The measuring end of `deploy/bench`: load on a service, and the floors that it is compared with. Every command prints
/// one line of JSON; rounds, ratios and the table are the business of `Benchmarks/measure.py`.
@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Measures one thing and prints it as a line of JSON.",
        subcommands: [
            EchoCommand.self, CallsCommand.self, PreviewCommand.self, LoadCommand.self, ThroughputCommand.self,
            LatencyCommand.self, WatchCommand.self, LifeCyclesCommand.self, ListsCommand.self, SchemeCommand.self,
            ScoreCommand.self,
        ])
}

/// Something that makes a measurement worthless.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Times of single events, for their distribution.
struct Times {
    private(set) var milliseconds: [Double] = []

    mutating func add(_ time: Duration) { milliseconds.append(Self.milliseconds(time)) }

    mutating func add(milliseconds time: Double) { milliseconds.append(time) }

    mutating func add(_ other: Times) { milliseconds += other.milliseconds }

    /// The least time that the share `part` of all does not exceed; 0 when there is none.
    func quantile(_ part: Double) -> Double {
        let sorted = milliseconds.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int((part * Double(sorted.count)).rounded(.down)))]
    }

    static func milliseconds(_ time: Duration) -> Double { time / .milliseconds(1) }
}

/// What one measurement found, printed as JSON with the names of its fields.
struct Finding: Encodable {
    var count = 0
    var seconds = 0.0
    var rate = 0.0
    var p50: Double?
    var p99: Double?
    var consumeRate: Double?
    var met: Int64?
    var notMet: Int64?
    var unknown: Int64?
    var breakdown: [String: [Int64]]?
    /// Identifiers of what was made or found, in order.
    var ids: [String]?

    init(count: Int, time: Duration) {
        self.count = count
        seconds = time / .seconds(1)
        rate = seconds > 0 ? Double(count) / seconds : 0
    }

    init(times: Times, time: Duration) {
        self.init(count: times.milliseconds.count, time: time)
        p50 = times.quantile(0.5)
        p99 = times.quantile(0.99)
    }

    func print() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        Swift.print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
