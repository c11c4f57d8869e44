import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization

/// Answers `/metrics`, `/livez` and `/readyz` over plain HTTP for the platform's probes (XCT-14).
final class OperationsServer: Service {
    private let host: String
    private let port: Int
    private let registry: MetricsRegistry
    private let health: HealthState
    private let logger: Logger
    private let bound = Once<Int>()

    init(host: String, port: Int, registry: MetricsRegistry, health: HealthState, logger: Logger) {
        self.host = host
        self.port = port
        self.registry = registry
        self.health = health
        self.logger = logger
    }

    /// The port that was bound; waits until it is.
    var boundPort: Int { get async throws { try await bound.value } }

    func run() async throws {
        let router = Router()
        router.get("metrics") { [registry] _, _ in
            Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: registry.text())))
        }
        router.get("livez") { _, _ in "alive\n" }
        router.get("readyz") { [health] _, _ in
            let missing = health.missing
            return Response(
                status: missing.isEmpty ? .ok : .serviceUnavailable,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(
                        string: missing.isEmpty ? "ready\n" : "not ready: \(missing.joined(separator: ", "))\n")))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "ztc"),
            onServerRunning: { [bound] channel in bound.succeed(channel.localAddress?.port ?? 0) }, logger: logger)
        do {
            try await application.run()
        } catch {
            bound.fail(error)
            throw error
        }
        bound.fail(CancellationError())
    }
}
