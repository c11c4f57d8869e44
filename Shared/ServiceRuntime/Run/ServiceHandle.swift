import Logging
import ServiceLifecycle

/// A service that runs within this process, for tests: the same parts as ``ServiceMain``, without signals.
public final class ServiceHandle: Sendable {
    /// The port on which calls are answered.
    public let grpcPort: Int
    /// The port of metrics and probes.
    public let httpPort: Int
    /// What the service was built from.
    public let runtime: Runtime

    private let assembly: Assembly
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    /// Starts a service and returns when its ports are bound; the schema may not be ready yet.
    ///
    /// - Parameter logger: by default the service's own, to standard error.
    public static func start<App: ServiceApp>(
        _ app: App.Type, _ configuration: ServiceConfiguration, logger: Logger? = nil
    ) async throws -> ServiceHandle {
        let assembly = try Assembly(app, configuration, logger: logger ?? .service(configuration))
        let group = assembly.group(signals: [])
        let running = Task { try await group.run() }
        do {
            return ServiceHandle(
                grpcPort: try await assembly.server.boundPort, httpPort: try await assembly.operations.boundPort,
                assembly: assembly, group: group, running: running)
        } catch {
            running.cancel()
            throw error
        }
    }

    private init(grpcPort: Int, httpPort: Int, assembly: Assembly, group: ServiceGroup, running: Task<Void, any Error>)
    {
        self.grpcPort = grpcPort
        self.httpPort = httpPort
        runtime = assembly.runtime
        self.assembly = assembly
        self.group = group
        self.running = running
    }

    /// Whether health is SERVING.
    public var isServing: Bool { assembly.health.isServing }

    /// Waits until health is SERVING; ends with the task that waits.
    public func waitUntilServing() async { for await isServing in assembly.health.changes() where isServing { return } }

    /// Stops gracefully and waits for the end.
    public func stop() async throws {
        await group.triggerGracefulShutdown()
        try await running.value
    }
}

extension Logger {
    /// The log of a service: JSON lines to standard error.
    static func service(_ configuration: ServiceConfiguration) -> Logger {
        Logger(label: "zhitongche.\(configuration.name)") { label in
            JSONLogHandler(service: configuration.name, label: label, level: configuration.logLevel)
        }
    }
}
