import GRPCCore
import GRPCNIOTransportHTTP2
import Logging
import ServiceLifecycle

/// The gRPC server of a service. Asked to stop, it takes no new calls and lets those under way end.
final class CallServer: Service {
    typealias Transport = HTTP2ServerTransport.Posix

    /// The longest message that is taken, in bytes.
    static let messageLimit = 4 * 1_024 * 1_024

    private let transport: Transport
    private let server: GRPCServer<Transport>
    private let health: HealthState
    private let bound = Once<Int>()

    init(
        _ configuration: ServiceConfiguration, services: [any RegistrableRPCService],
        interceptors: [any ServerInterceptor], health: HealthState, certificate: OwnCertificate? = nil
    ) throws {
        let limit = ConnectionLimit(
            total: configuration.connections, perAddress: configuration.connectionsPerAddress)
        transport = Transport(
            address: configuration.grpcHost.contains(":")
                ? .ipv6(host: configuration.grpcHost, port: configuration.grpcPort)
                : .ipv4(host: configuration.grpcHost, port: configuration.grpcPort),
            transportSecurity: try Self.security(configuration.tls, certificate),
            config: .defaults { config in
                config.http2.maxConcurrentStreams = configuration.streamsPerConnection
                config.rpc.maxRequestPayloadSize = Self.messageLimit
                // Memory that a client which does not read, or writes without end, can claim for each stream.
                config.http2.targetWindowSize = 1_024 * 1_024
                config.connection.maxGraceTime = .seconds(10)
                // Also ends connections that never say a word.
                config.connection.maxIdleTime = .seconds(300)
                config.channelDebuggingCallbacks.onAcceptTCPConnection = { limit.admit($0) }
                config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { stream in
                    stream.eventLoop.makeCompletedFuture {
                        try stream.pipeline.syncOperations.addHandler(
                            MessageSizeGuard(limit: Self.messageLimit), position: .first)
                    }
                }
                config.connection.keepalive = .init(
                    time: .seconds(60), timeout: .seconds(20),
                    clientBehavior: .init(minPingIntervalWithoutCalls: .seconds(10), allowWithoutCalls: true))
            })
        server = GRPCServer(transport: transport, services: services, interceptors: interceptors)
        self.health = health
    }

    /// The port that was bound; waits until it is.
    var boundPort: Int { get async throws { try await bound.value } }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [server, bound] in
                do {
                    try await withGracefulShutdownHandler {
                        try await server.serve()
                    } onGracefulShutdown: { [health = self.health] in
                        health.finishWatches()
                        server.beginGracefulShutdown()
                    }
                } catch {
                    bound.fail(error)
                    throw error
                }
            }
            group.addTask { [transport, bound] in
                // A port that cannot be bound is reported by `serve`, with its cause.
                guard let address = try? await transport.listeningAddress else { return }
                bound.succeed(address.ipv4?.port ?? address.ipv6?.port ?? 0)
            }
            try await group.waitForAll()
        }
    }

    private static func security(
        _ tls: ServiceConfiguration.TLS, _ certificate: OwnCertificate?
    ) throws -> Transport.TransportSecurity {
        guard let certificate else { return .plaintext }
        return try .tls(certificateReloader: certificate.reloader) { config in
            config.requireALPN = true
            if let authorities = tls.clientAuthorities {
                config.clientCertificateVerification = .noHostnameVerification
                config.trustRoots = .certificates([.file(path: authorities, format: .pem)])
            }
        }
    }
}
