import Domain
import Logging
import Messaging
import ServiceRuntime
import Synchronization

/// Names of regions as the directory publishes them, for breakdowns and explanations; codes stand in for missing ones.
final class RegionNames: Sendable {
    private let names = Mutex<[RegionCode: String]>([:])

    /// All names known.
    var all: [RegionCode: String] { names.withLock { $0 } }

    /// The name of a code of six or nine digits.
    func name(of code: String) -> BilingualText? {
        guard let region = try? RegionCode(code) else { return nil }
        return names.withLock { $0[region] }.map { BilingualText($0, code) }
    }

    /// Follows the directory's compacted topic until the task is cancelled.
    func follow(_ runtime: Runtime, _ context: WorkerContext) async throws {
        let reader = StateReader(
            kafka: runtime.configuration.kafka,
            topics: [.state("directory", "region"): { event in self.apply(event, context.logger) }],
            logger: context.logger)
        try await reader.run()
        // The reader ends only when the worker has to.
        try Task.checkCancellation()
    }

    private func apply(_ event: IncomingEvent, _ logger: Logger) {
        do {
            let code = try RegionCode(event.key)
            let name = event.isTombstone ? nil : try Self.name(in: event.payload)
            names.withLock { $0[code] = name }
        } catch {
            // The name is missing then, and the code is shown.
            logger.warning("a region cannot be read", metadata: ["key": "\(event.key)", "error": "\(error)"])
        }
    }
}
