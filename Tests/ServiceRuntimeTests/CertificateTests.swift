import CoreMetrics
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import Logging
import Postgres
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite("Transport security of calls (XCT-10, XCT-11, rule 18)", .serialized)
struct CertificateTests {
    /// The probe as the service "directory", behind mutual TLS.
    private struct Secured {
        let stage: Stage
        let authority: TestAuthority
        let stranger: TestAuthority

        static let shared = Task { () throws -> Secured in
            let authority = try TestAuthority()
            let own = try authority.issue(["directory", "localhost"], file: "directory")
            let security = CertificateTests.security(
                try authority.issue(["policy"], file: "policy"), trusting: authority.certificateFile)
            let stage = try await Stage(
                kafka: "127.0.0.1:1",
                extra: [
                    "ZTC_DIRECTORY_TLS_CERTIFICATE": own.certificate, "ZTC_DIRECTORY_TLS_KEY": own.key,
                    "ZTC_DIRECTORY_TLS_CLIENT_CA": authority.certificateFile, "ZTC_DIRECTORY_TLS_RELOAD_SECONDS": "1",
                ], security: security)
            try stage.identity.apply(to: stage.handle.runtime.trust)
            await stage.handle.waitUntilServing()
            return Secured(stage: stage, authority: authority, stranger: try TestAuthority("Stranger"))
        }

        /// What a call ends with over a connection of its own; nil when it succeeds.
        func refusal(
            _ method: String, with own: TestAuthority.Files?, token: String? = nil,
            trusting roots: TestAuthority? = nil
        ) async throws -> RPCError? {
            let client = try Stage.client(
                port: stage.handle.grpcPort,
                security: CertificateTests.security(own, trusting: (roots ?? authority).certificateFile))
            let connections = Task { try await client.runConnections() }
            defer { connections.cancel() }
            do {
                _ = try await stage.call(method, token: token, timeout: .seconds(20), client: client)
                return nil
            } catch let error as RPCError {
                return error
            }
        }
    }

    private let secured: Secured
    private var stage: Stage { secured.stage }

    init() async throws { secured = try await Secured.shared.value }

    private static func security(
        _ own: TestAuthority.Files?, trusting roots: String
    ) -> HTTP2ClientTransport.Posix.TransportSecurity {
        let trusted = TLSConfig.TrustRootsSource.certificates([.file(path: roots, format: .pem)])
        guard let own else { return .tls { $0.trustRoots = trusted } }
        return .mTLS(
            certificateChain: [.file(path: own.certificate, format: .pem)],
            privateKey: .file(path: own.key, format: .pem)
        ) { $0.trustRoots = trusted }
    }

    @Test("a service is known by its certificate alone where services are allowed, and by no other call")
    func certificateAlone() async throws {
        #expect(try await stage.call("Peer") == "policy")
        #expect(await stage.refusal("Whoami")?.code == .unauthenticated)
        #expect(try await stage.call("Open", "hello") == "hello")
    }

    @Test("another service's certificate is refused with PERMISSION_DENIED and audited") func otherService()
        async throws
    {
        let other = try secured.authority.issue(["enterprise", "policy.example"])
        #expect(try await secured.refusal("Peer", with: other)?.code == .permissionDenied)
        let audited = try await stage.rows(
            "SELECT subject || ' ' || reason AS line FROM directory.audit_entry WHERE outcome = 'denied'", "line",
            as: String.self)
        #expect(audited.contains("service:enterprise ACTION_DENIED"))
    }

    @Test("a certificate names a service only by one exact DNS name, never by its common name") func names()
        async throws
    {
        for names in [["policy.example"], ["gateway"], ["policy", "enterprise"], ["Policy"]] {
            let files = try secured.authority.issue(names, commonName: "policy")
            #expect(try await secured.refusal("Peer", with: files)?.code == .unauthenticated, "\(names)")
        }
        let both = try secured.authority.issue(["policy", "policy.ztc.svc"], commonName: "whatever")
        #expect(try await secured.refusal("Peer", with: both) == nil)
    }

    @Test("a service's token counts only over a connection of that service") func tokens() async throws {
        let identity = stage.identity
        let policy = try await identity.token(
            identity.claims(roles: [], account: "s-policy", kind: .service, unit: nil, service: "policy"))
        #expect(try await stage.call("Peer", token: policy) == "policy")
        let gateway = try secured.authority.issue(["gateway"])
        let enterprise = try secured.authority.issue(["enterprise"])
        for files in [gateway, enterprise] {
            for method in ["Peer", "Whoami", "Open"] {
                #expect(
                    try await secured.refusal(method, with: files, token: policy)?.code == .permissionDenied,
                    "\(method)")
            }
        }
        let audited = try await stage.rows(
            "SELECT subject || ' ' || reason AS line FROM directory.audit_entry WHERE outcome = 'denied'", "line",
            as: String.self)
        #expect(audited.contains("s-policy certificate"))
        // People's tokens come through whatever connection.
        let staff = try await identity.token()
        for files in [gateway, enterprise] {
            #expect(try await secured.refusal("Whoami", with: files, token: staff) == nil)
        }
        // A token that is there is looked at, and the certificate does not make up for a bad one.
        #expect(await stage.refusal("Peer", token: "rubbish")?.code == .unauthenticated)
    }

    @Test("another authority's, an expired and no certificate do not even get a connection") func handshake()
        async throws
    {
        let wrong = try secured.stranger.issue(["policy"])
        let expired = try secured.authority.issue(["policy"], validity: .past)
        for (what, files) in [("wrong authority", wrong), ("expired", expired), ("none", nil)] {
            #expect(try await secured.refusal("Open", with: files)?.code == .unavailable, "\(what)")
        }
        let good = try secured.authority.issue(["policy"])
        #expect(try await secured.refusal("Open", with: good, trusting: secured.stranger)?.code == .unavailable)
        let plain = try Stage.client(port: stage.handle.grpcPort)
        let connections = Task { try await plain.runConnections() }
        defer { connections.cancel() }
        await #expect(throws: RPCError.self) {
            _ = try await stage.call("Open", timeout: .seconds(20), client: plain)
        }
    }

    /// Calls the probe as the service `called`, by the production client of a service with these files.
    private func callPeer(
        _ called: String = "directory", own: TestAuthority.Files?, trusting authority: String
    ) async throws -> String {
        var environment = Stage.environment(stage.admin, stage.identity)
        environment["ZTC_DIRECTORY_\(called.uppercased())_GRPC"] = "127.0.0.1:\(stage.handle.grpcPort)"
        environment["ZTC_DIRECTORY_CALL_SECONDS"] = "20"
        environment["ZTC_DIRECTORY_TLS_PEER_CA"] = authority
        environment["ZTC_DIRECTORY_TLS_CERTIFICATE"] = own?.certificate
        environment["ZTC_DIRECTORY_TLS_KEY"] = own?.key
        let configuration = try ServiceConfiguration(ProbeApp.definition, environment: environment)
        let logger = Logger(label: "peers")
        let peers = PeerClients(
            configuration,
            certificate: try configuration.tls.server.map {
                try OwnCertificate($0, every: .seconds(1), logger: logger)
            },
            tracer: TraceTracer(logger: logger), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await peers.run() }
            defer { group.cancelAll() }
            return try await peers.client(of: called).client.unary(
                request: ClientRequest(message: Text("hello")),
                descriptor: MethodDescriptor(fullyQualifiedService: ProbeApp.service, method: "Peer"),
                serializer: ProtobufSerializer<Text>(), deserializer: ProtobufDeserializer<Text>(), options: .defaults
            ) { try $0.message.value }
        }
    }

    @Test("a service calls another by its name, and refuses whoever answers with another one") func peers()
        async throws
    {
        let own = try secured.authority.issue(["policy"])
        let roots = secured.authority.certificateFile
        #expect(try await callPeer(own: own, trusting: roots) == "policy")
        for (what, called, trusted) in [
            ("wrong name", "enterprise", roots), ("wrong authority", "directory", secured.stranger.certificateFile),
        ] {
            let error = await #expect(throws: RPCError.self, "\(what)") {
                _ = try await callPeer(called, own: own, trusting: trusted)
            }
            #expect(error?.code == .unavailable, "\(what)")
        }
        await #expect(throws: RPCError.self, "no certificate") { _ = try await callPeer(own: nil, trusting: roots) }
    }

    @Test("a certificate runs out: new files are in force without a restart, and standing connections stay")
    func rotation() async throws {
        let mine = try secured.authority.issue(["policy"])
        let roots = secured.authority.certificateFile
        #expect(try await callPeer(own: mine, trusting: roots) == "policy")
        let standing = try Stage.client(
            port: stage.handle.grpcPort, security: Self.security(mine, trusting: roots))
        let connections = Task { try await standing.runConnections() }
        defer { connections.cancel() }
        #expect(try await stage.call("Peer", client: standing) == "policy")

        // The server's files become those of another authority, which the caller does not trust.
        let foreign = try secured.stranger.issue(["directory"], file: "directory")
        let place = secured.authority.folder
        func install(_ files: TestAuthority.Files) throws {
            for (from, to) in [(files.key, "directory.key"), (files.certificate, "directory.pem")] {
                try Data(contentsOf: URL(filePath: from)).write(to: place.appending(path: to), options: .atomic)
            }
        }
        try install(foreign)
        let trusting = secured.stranger.certificateFile
        let other = try await eventually {
            do { return try await callPeer(own: mine, trusting: trusting) } catch is RPCError { return "refused" }
        } is: {
            $0 == "policy"
        }
        #expect(other == "policy")
        await #expect(throws: RPCError.self) { _ = try await callPeer(own: mine, trusting: roots) }
        #expect(try await stage.call("Peer", client: standing) == "policy", "the standing connection goes on")

        // An expired one is served, since only its owner can tell why, and every caller refuses it.
        try install(try secured.authority.issue(["directory"], validity: .past))
        let expired = try await eventually { () async throws -> RPCError.Code? in
            do {
                _ = try await callPeer(own: mine, trusting: trusting)
                return nil
            } catch let error as RPCError { return error.code }
        } is: {
            $0 == .unavailable
        }
        #expect(expired == .unavailable)
        await #expect(throws: RPCError.self) { _ = try await callPeer(own: mine, trusting: roots) }

        try install(try secured.authority.issue(["directory"]))
        let again = try await eventually {
            do { return try await callPeer(own: mine, trusting: roots) } catch is RPCError { return "refused" }
        } is: {
            $0 == "policy"
        }
        #expect(again == "policy")
    }

    @Test("what is left of each certificate is measured (ztc_certificate_expiry_seconds)") func expiry() throws {
        let registry = MetricsRegistry()
        let files = try secured.authority.issue(["policy"])
        let past = try secured.authority.issue(["policy"], validity: .past)
        let expiry = CertificateExpiry(
            files: [
                .init(setting: "tls.certificate", path: files.certificate),
                .init(setting: "kafka.tls.certificate", path: past.certificate),
                .init(setting: "kafka.tls.ca", path: "/nowhere"),
            ], metrics: registry, logger: Logger(label: "expiry") { _ in SwiftLogNoOpLogHandler() })
        expiry.measure(at: Date(), isLogging: true)
        func left(_ setting: String) -> Double? {
            let prefix = "\(MetricName.certificateExpiry){setting=\"\(setting)\"} "
            return registry.text().split(separator: "\n").first { $0.hasPrefix(prefix) }
                .flatMap { Double($0.dropFirst(prefix.count)) }
        }
        #expect(left("tls.certificate").map { (86_000...86_400).contains($0) } == true)
        #expect(left("kafka.tls.certificate").map { (-3_700 ... -3_600).contains($0) } == true)
        #expect(left("kafka.tls.ca") == nil)
    }

    @Test("a certificate without its key, as between two copies, leaves the one before in force") func halfReplaced()
        throws
    {
        let files = try secured.authority.issue(["directory"], file: "half")
        let own = try OwnCertificate(
            (files.certificate, files.key), every: .seconds(60),
            logger: Logger(label: "half") { _ in SwiftLogNoOpLogHandler() })
        let before = own.reloader.sslContextConfigurationOverride.certificateChain
        let other = try secured.authority.issue(["directory"])
        try Data(contentsOf: URL(filePath: other.certificate)).write(
            to: URL(filePath: files.certificate), options: .atomic)
        #expect(throws: (any Error).self) { try own.reloader.reload() }
        #expect(own.reloader.sslContextConfigurationOverride.certificateChain == before)
        try Data(contentsOf: URL(filePath: other.key)).write(to: URL(filePath: files.key), options: .atomic)
        try own.reloader.reload()
        #expect(own.reloader.sslContextConfigurationOverride.certificateChain != before)
    }

    @Test("a certificate without its key keeps a service from starting, and the message names the setting")
    func startRefused() throws {
        let one = try secured.authority.issue(["directory"])
        let other = try secured.authority.issue(["directory"])
        let error = #expect(throws: AssemblyError.self) {
            _ = try OwnCertificate((one.certificate, other.key), every: .seconds(60), logger: Logger(label: "start"))
        }
        #expect(error?.description.hasPrefix("tls.certificate, tls.key: ") == true)
    }
}
