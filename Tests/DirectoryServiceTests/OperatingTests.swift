import Crypto
import DirectoryContracts
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import ServiceTestSupport
import TestSupport
import Testing

@testable import DirectoryService
@testable import ServiceRuntime

@Suite("Recipes of docs/operating.md for the directory", .serialized)
struct OperatingTests {
    /// A service's view of the directory under a root key, kept up to date while a body runs.
    private static func reading(
        _ root: [UInt8], _ bench: DirectoryBench, _ log: RecordedLog = RecordedLog(),
        _ body: (Trust) async throws -> Void
    ) async throws {
        let trust = Trust(rootPublicKey: root, isComplete: false)
        let reader = TrustReplica.reader(of: trust, kafka: bench.broker.configuration(), logger: log.logger)
        let reading = Task { try await reader.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(trust)) } catch { result = .failure(error) }
        reading.cancel()
        try await reading.value
        try result.get()
    }

    @Test("DIR-6, a root key is replaced: directory first, then the others; tokens stay valid throughout")
    func rootKey() async throws {
        try await DirectoryBench.run { bench in
            let session = try await bench.login(
                "administrator", DirectoryBench.administratorPassword, totp: bench.totp()
            ).session
            let log = RecordedLog()
            try await Self.reading(bench.rootPublicKey, bench, log) { old in
                try await eventually {
                    old.isLoaded
                } is: {
                    $0
                }
                let root = Curve25519.Signing.PrivateKey()
                let key = [UInt8](root.publicKey.rawRepresentation)

                // A service that was restarted too early is not ready, and becomes so by itself.
                try await Self.reading(key, bench) { early in
                    try await bench.handle.stop()
                    #expect(!early.isLoaded)
                    try await bench.anew([
                        "ZTC_ROOT_PUBLIC_KEY": root.publicKey.rawRepresentation.base64EncodedString(),
                        "ZTC_DIRECTORY_ROOT_PRIVATE_KEY": root.rawRepresentation.base64EncodedString(),
                    ]) { client in
                        try await eventually {
                            early.isLoaded
                        } is: {
                            $0
                        }
                        let signed = try await client.getKeySet(.init(), options: bench.options).keySet
                        #expect(root.publicKey.isValidSignature(signed.signature, for: signed.keySet))
                        // One that still has the old key says so, and goes on with the set that it knows.
                        try await eventually {
                            log.says("state of the directory refused")
                        } is: {
                            $0
                        }
                        for trust in [old, early] {
                            _ = try await TokenVerifier(trust: trust).verify(session.accessToken)
                        }
                        _ = try await client.whoAmI(
                            .init(), metadata: bench.bearer(session.accessToken), options: bench.options)
                        let renewed = try await client.refreshSession(
                            .with { $0.refreshToken = session.refreshToken }, options: bench.options
                        ).session
                        for trust in [old, early] {
                            _ = try await TokenVerifier(trust: trust).verify(renewed.accessToken)
                        }
                    }
                }
            }
        }
    }

    @Test("DIR-5, a password is lost: a new account for the post and the old one disabled; users log in by code")
    func lostPassword() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            let lost = try await bench.makeStaff("wang", roles: ["handler"], admin).account
            let standing = try await bench.login("wang", "Staff-Pass-2020").session.accessToken
            _ = try await bench.makeStaff("wang-2", roles: ["handler"], password: "Staff-Pass-2021", admin)
            _ = try await bench.client.setAccountStatus(
                .with {
                    ($0.requestID, $0.accountID, $0.version) = (newID(), lost.accountID, lost.version)
                    $0.status = .disabled
                }, metadata: admin, options: bench.options)
            // Whoever found the password has nothing of it, and neither have sessions from before.
            #expect(try await code { try await bench.login("wang", "Staff-Pass-2020") } == .unauthenticated)
            try await eventually {
                try await code {
                    try await bench.client.whoAmI(.init(), metadata: bench.bearer(standing), options: bench.options)
                }
            } is: {
                $0 == .unauthenticated
            }
            let account = try await bench.login("wang-2", "Staff-Pass-2021").account
            #expect(account.unitID == lost.unitID && account.roleIds == ["handler"])

            let phone = "13805381007"
            let registration = try await bench.client.startRegistration(
                .with {
                    ($0.requestID, $0.phone, $0.displayName) = (newID(), phone, "李经理")
                    $0.password = "Forgotten-2020"
                }, options: bench.options)
            func newest(_ count: Int) async throws -> String {
                let letters = try await eventually {
                    bench.postOffice.letters(to: phone)
                } is: {
                    $0.count == count
                }
                return letters[count - 1].code
            }
            let first = try await newest(1)
            _ = try await bench.client.confirmRegistration(
                .with {
                    ($0.requestID, $0.registrationID) = (newID(), registration.registrationID)
                    $0.code = first
                }, options: bench.options)
            _ = try await bench.client.sendLoginCode(
                .with { ($0.requestID, $0.phone) = (newID(), phone) }, options: bench.options)
            let second = try await newest(2)
            let user = try await bench.client.login(
                .with { ($0.login, $0.code) = (phone, second) }, options: bench.options
            )
            #expect(user.account.kind == .enterprise)
        }
    }
}

extension DirectoryBench {
    /// Runs the directory once more on the same database and broker, with other settings, around a body.
    fileprivate func anew(_ settings: [String: String], _ body: (DirectoryClient) async throws -> Void) async throws {
        let configuration = try ServiceConfiguration(
            DirectoryApp.definition, environment: environment.merging(settings) { $1 })
        let handle = try await ServiceHandle.start(DirectoryApp.self, configuration, logger: .bench("directory"))
        let result: Result<Void, any Error>
        do {
            try await eventually(within: .seconds(60)) {
                handle.isServing && handle.runtime.trust.isLoaded
            } is: {
                $0
            }
            let raw = GRPCClient(
                transport: try HTTP2ClientTransport.Posix(
                    target: .ipv4(address: "127.0.0.1", port: handle.grpcPort), transportSecurity: .plaintext))
            let connections = Task { try await raw.runConnections() }
            do { result = .success(try await body(DirectoryClient(wrapping: raw))) } catch { result = .failure(error) }
            raw.beginGracefulShutdown()
            try await connections.value
        } catch {
            try await handle.stop()
            throw error
        }
        try await handle.stop()
        try result.get()
    }
}
