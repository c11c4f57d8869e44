import ArgumentParser
import Foundation

/// Proves that a broker does what the services rely on.
struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Checks a broker: produce, fetch, groups, rebalance, headers, large messages, restart.")

    @Option(
        help: "Shell command that restarts the broker and returns when it serves; without it that check is skipped.")
    var restart: String?

    func run() async throws {
        let configuration = try await Stack().kafka()
        let restarting: (@Sendable () async throws -> Void)? = restart.map { command in
            { @Sendable in
                let process = Process()
                process.executableURL = URL(filePath: "/bin/sh")
                process.arguments = ["-c", command]
                try process.run()
                process.waitUntilExit()
                guard process.terminationStatus == 0 else {
                    throw Refusal("the restart command ended with \(process.terminationStatus)")
                }
            }
        }
        let isConforming = await KafkaConformance(configuration: configuration, restart: restarting).run {
            name, outcome in
            switch outcome {
            case .passed: print("passed   \(name)")
            case .skipped(let reason): print("skipped  \(name): \(reason)")
            case .failed(let reason): print("FAILED   \(name): \(reason)")
            }
        }
        guard isConforming else { throw ExitCode.failure }
    }
}
