import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@Suite("PostgreSQL over TLS (XCT-11)")
struct EncryptionTests {
    private struct Secured {
        let cluster: PostgresCluster
        let authority: TestAuthority
        let stranger: TestAuthority

        static let shared = Task { () throws -> Secured in
            let authority = try TestAuthority()
            // libpq resolves the name and compares it with the certificate; the address alone is not in it.
            let cluster = try await PostgresCluster.launch(
                encryption: .init(
                    files: try authority.issue(["127.0.0.1"]), authority: authority.certificateFile,
                    certifiedRoles: ["ztc_probe_app"]))
            return Secured(cluster: cluster, authority: authority, stranger: try TestAuthority("Stranger"))
        }

        /// What a connection with these settings ends with; nil when a statement ran over TLS.
        func refusal(_ change: (inout PostgresConfiguration) -> Void) async throws -> String? {
            var configuration = cluster.administration
            change(&configuration)
            let connection: DedicatedConnection
            do {
                connection = try await Database(configuration: configuration, logger: testLogger)
                    .dedicated(name: "encryption")
            } catch {
                return "\(error)"
            }
            let isEncrypted = try await connection.transaction { transaction in
                try transaction.only("SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()")
                    .get("ssl", as: Bool.self)
            }
            await connection.close()
            return isEncrypted ? nil : "not encrypted"
        }
    }

    private let secured: Secured

    init() async throws { secured = try await Secured.shared.value }

    @Test("verify-full with the right authority works, and the connection is encrypted") func right() async throws {
        #expect(try await secured.refusal { _ in } == nil)
    }

    @Test("another authority, another name and plaintext are refused") func wrong() async throws {
        let wrongAuthority = try await secured.refusal { [secured] in
            $0.tls.rootCertificate = secured.stranger.certificateFile
        }
        #expect(wrongAuthority?.contains("certificate verify failed") == true, "\(wrongAuthority ?? "accepted")")
        let wrongName = try await secured.refusal { $0.host = "localhost" }
        #expect(wrongName?.contains("does not match host name") == true, "\(wrongName ?? "accepted")")
        let plain = try await secured.refusal { $0.tls = .init(mode: "disable") }
        #expect(plain?.contains("no encryption") == true, "\(plain ?? "accepted")")
    }

    @Test("an expired server certificate is refused") func expired() async throws {
        let authority = try TestAuthority()
        let cluster = try await PostgresCluster.launch(
            encryption: .init(
                files: try authority.issue(["127.0.0.1"], validity: .past), authority: authority.certificateFile))
        let expired = Secured(cluster: cluster, authority: authority, stranger: secured.stranger)
        let refusal = try await expired.refusal { _ in }
        #expect(refusal?.contains("certificate verify failed") == true, "\(refusal ?? "accepted")")
    }

    /// The role that logs in by certificate, if no other test has made it yet.
    private func makeRole() async throws {
        let database = Database(configuration: secured.cluster.administration, logger: testLogger)
        let connection = try await database.dedicated(name: "role")
        try await connection.executeScript(
            "DO $$ BEGIN CREATE ROLE ztc_probe_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        await connection.close()
    }

    @Test("a role logs in by its client certificate, without a password; another's certificate and none are refused")
    func clientCertificate() async throws {
        try await makeRole()
        func login(_ files: TestAuthority.Files?) async throws -> String? {
            try await secured.refusal {
                $0.user = "ztc_probe_app"
                $0.password = nil
                $0.tls.certificate = files?.certificate
                $0.tls.key = files?.key
            }
        }
        #expect(try await login(secured.authority.issue(["ztc_probe_app"])) == nil)
        for (what, files) in [
            ("another role's", try secured.authority.issue(["ztc_policy_app"])),
            ("another authority's", try secured.stranger.issue(["ztc_probe_app"])),
            ("expired", try secured.authority.issue(["ztc_probe_app"], validity: .past)), ("none", nil),
        ] {
            #expect(try await login(files) != nil, "\(what)")
        }
    }

    @Test("docs/operating.md, a certificate runs out: replaced files count for new connections, standing ones go on")
    func renewedCertificate() async throws {
        try await makeRole()
        let files = try secured.authority.issue(["ztc_probe_app"], file: "renewed")
        var configuration = secured.cluster.administration
        configuration.user = "ztc_probe_app"
        configuration.password = nil
        configuration.tls.certificate = files.certificate
        configuration.tls.key = files.key
        let app = Database(configuration: configuration, logger: testLogger)
        let standing = try await app.dedicated(name: "standing")
        // The time of the certificate has passed: nothing new is opened with it.
        _ = try secured.authority.issue(["ztc_probe_app"], validity: .past, file: "renewed")
        let refused = await errorOf { try await app.dedicated(name: "late") }
        #expect((refused as? PostgresError)?.isUnavailable == true, "\(String(describing: refused))")
        try await standing.transaction { try $0.execute("SELECT 1") }
        _ = try secured.authority.issue(["ztc_probe_app"], file: "renewed")
        let renewed = try await app.dedicated(name: "renewed")
        try await renewed.transaction { try $0.execute("SELECT 1") }
        try await standing.transaction { try $0.execute("SELECT 1") }
        await renewed.close()
        await standing.close()
    }

    @Test("a wrong password is refused over TLS, and no message shows it") func password() async throws {
        let refusal = try await secured.refusal { $0.password = "open sesame" }
        #expect(refusal?.contains("password authentication failed") == true, "\(refusal ?? "accepted")")
        #expect(refusal?.contains("sesame") == false)
    }
}
