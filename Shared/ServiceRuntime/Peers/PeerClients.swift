import GRPCCore
import GRPCNIOTransportHTTP2
import Logging
import ServiceLifecycle
import Synchronization

/// One connection to each other service, made on first use and kept until the service stops.
final class PeerClients: Service {
    private struct State {
        var clients: [String: PeerClient] = [:]
        var tokens: ServiceTokens?
    }

    private let configuration: ServiceConfiguration
    private let logger: Logger
    private let certificate: OwnCertificate?
    private let tracer: TraceTracer
    private let state = Mutex(State())
    private let added: AsyncStream<PeerClient>
    private let add: AsyncStream<PeerClient>.Continuation

    /// - Parameter certificate: what the service shows to the others; nil shows none.
    init(
        _ configuration: ServiceConfiguration, certificate: OwnCertificate? = nil, tracer: TraceTracer, logger: Logger
    ) {
        self.configuration = configuration
        self.certificate = certificate
        self.tracer = tracer
        self.logger = logger
        (added, add) = AsyncStream.makeStream(of: PeerClient.self)
    }

    /// The client of a service; its address comes from the key `<service>.grpc`.
    func client(of service: String) -> PeerClient {
        if let found = state.withLock({ $0.clients[service] }) { return found }
        // Made outside the lock, since making one may ask for the directory's.
        let made = PeerClient(service: service, client: make(service, tokens: tokens(for: service)))
        let (kept, isNew) = state.withLock { state in
            if let found = state.clients[service] { return (found, false) }
            state.clients[service] = made
            return (made, true)
        }
        if isNew { add.yield(kept) }
        return kept
    }

    /// Keeps the connections until the service stops, then lets calls under way end.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                for await peer in added {
                    group.addTask { [logger] in
                        do {
                            try await peer.client.runConnections()
                        } catch {
                            logger.error(
                                "connection to a peer ended",
                                metadata: ["peer": "\(peer.service)", "error": "\(error)"])
                        }
                    }
                }
                await group.waitForAll()
            }
        } onGracefulShutdown: { [self] in
            add.finish()
            for peer in state.withLock({ Array($0.clients.values) }) { peer.client.beginGracefulShutdown() }
        }
    }

    private func tokens(for service: String) -> ServiceTokens? {
        guard let secret = configuration.serviceSecret else { return nil }
        if let tokens = state.withLock({ $0.tokens }) { return tokens }
        let directory = PeerClient(service: "directory-tokens", client: make("directory", tokens: nil))
        let made = ServiceTokens(service: configuration.name, secret: secret, directory: directory)
        let (kept, isNew) = state.withLock { state in
            if let found = state.tokens { return (found, false) }
            state.tokens = made
            state.clients[directory.service] = directory
            return (made, true)
        }
        if isNew { add.yield(directory) }
        return kept
    }

    private func make(_ service: String, tokens: ServiceTokens?) -> GRPCClient<PeerClient.Transport> {
        let address = configuration.string("\(service).grpc").flatMap(Address.init)
        let host = address?.host ?? "127.0.0.1"
        let port = address?.port ?? ConfigurationKeys.defaultPorts[service] ?? 1
        // One default for all methods: a deadline, and an error at once while the peer is away.
        let standard = MethodConfig(
            names: [MethodConfig.Name(service: "")], waitForReady: false, timeout: configuration.callTime)
        do {
            let transport = try PeerClient.Transport(
                target: .dns(host: host, port: port), transportSecurity: try security,
                config: .defaults { [isEncrypted = configuration.tls.peerAuthorities != nil] config in
                    // The other end has to be the service that is meant, wherever its address leads: its certificate
                    // carries the service's name.
                    if isEncrypted { config.http2.authority = service }
                    config.backoff.initial = .milliseconds(100)
                    config.backoff.max = .seconds(5)
                }, serviceConfig: ServiceConfig(methodConfig: [standard]))
            return GRPCClient(transport: transport, interceptors: [PeerInterceptor(tokens: tokens, tracer: tracer)])
        } catch {
            preconditionFailure("the resolver is built in and the certificate was read at the start: \(error)")
        }
    }

    private var security: PeerClient.Transport.TransportSecurity {
        get throws {
            guard let authorities = configuration.tls.peerAuthorities else { return .plaintext }
            let roots = TLSConfig.TrustRootsSource.certificates([.file(path: authorities, format: .pem)])
            guard let certificate else { return .tls { $0.trustRoots = roots } }
            return try .mTLS(certificateReloader: certificate.reloader) { $0.trustRoots = roots }
        }
    }
}
