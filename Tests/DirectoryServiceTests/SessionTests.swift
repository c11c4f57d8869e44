import Crypto
import DirectoryContracts
import DirectoryDomain
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceTestSupport
import TestSupport
import Testing

@testable import DirectoryService
@testable import ServiceRuntime

@Suite("DIR-6: sessions, keys and service tokens over the wire", .serialized)
struct SessionTests {
    private static func refresh(_ bench: DirectoryBench, _ token: String) async throws
        -> Zhitongche_Directory_V1_Session
    {
        try await bench.client.refreshSession(.with { $0.refreshToken = token }, options: bench.options).session
    }

    @Test("DIR-6: a refresh token is for one use; using one again ends the whole session; logout ends it too")
    func refresh() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            _ = try await bench.makeStaff("wang", roles: ["handler"], admin)
            let first = try await bench.login("wang", "Staff-Pass-2020").session
            let other = try await bench.login("wang", "Staff-Pass-2020").session
            let second = try await Self.refresh(bench, first.refreshToken)
            let third = try await Self.refresh(bench, second.refreshToken)
            #expect(Set([first, second, third].map(\.refreshToken)).count == 3)
            let reused = try await problem { try await Self.refresh(bench, first.refreshToken) }
            #expect(reused?.code == .unauthenticated)
            let revoked = try await problem { try await Self.refresh(bench, third.refreshToken) }
            #expect(revoked?.code == .unauthenticated, "the newest token of the session is revoked as well")
            let alarms = try await bench.count(
                """
                SELECT count(*) AS n FROM directory.audit_entry
                WHERE outcome = 'denied' AND detail = 'a used refresh token came again'
                """)
            #expect(alarms == 1)
            let fourth = try await Self.refresh(bench, other.refreshToken)

            // Two calls with one token at the same moment: one wins, and the other reveals the double use.
            let results = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<2 {
                    group.addTask { (try? await Self.refresh(bench, fourth.refreshToken)) != nil }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0 } == 1)

            let last = try await bench.login("wang", "Staff-Pass-2020").session
            for _ in 0..<2 {
                _ = try await bench.client.logout(
                    .with { $0.refreshToken = last.refreshToken }, options: bench.options)
            }
            #expect(try await problem { try await Self.refresh(bench, last.refreshToken) }?.code == .unauthenticated)
            let expired = try await bench.login("wang", "Staff-Pass-2020").session
            _ = try await bench.change(
                "UPDATE directory.refresh_token SET expires_at = issued_at WHERE used_at IS NULL")
            #expect(try await problem { try await Self.refresh(bench, expired.refreshToken) }?.code == .unauthenticated)
            #expect(try await problem { try await Self.refresh(bench, "") }?.code == .invalidArgument)
            #expect(
                try await problem { try await Self.refresh(bench, String(repeating: "0", count: 64)) }?.code
                    == .unauthenticated)
        }
    }

    /// The time of a new key has come, instead of the seconds that it would take.
    private static func hasCome(_ key: String, _ bench: DirectoryBench) async throws {
        _ = try await bench.change(
            "UPDATE directory.signing_key SET signs_from = created_at - interval '1 second' WHERE id = \(key)")
        _ = try await bench.change(
            "UPDATE directory.signing_key SET signs_from = signs_from - interval '1 hour' WHERE id <> \(key)")
    }

    @Test("DIR-6: rotation publishes a new signed set; old tokens stay valid until they expire")
    func rotation() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            func keySet() async throws -> Zhitongche_Directory_V1_KeySet {
                let signed = try await bench.client.getKeySet(.init(), options: bench.options).keySet
                let root = try Curve25519.Signing.PublicKey(rawRepresentation: bench.rootPublicKey)
                #expect(root.isValidSignature(signed.signature, for: signed.keySet))
                return try Zhitongche_Directory_V1_KeySet(serializedBytes: signed.keySet)
            }
            let before = try await keySet()
            #expect(before.serial == 1 && before.keys.count == 1 && !before.keys[0].hasNotAfter)
            func rotate(_ request: String) async throws -> String {
                try await bench.client.rotateSigningKey(
                    .with { $0.requestID = request }, metadata: admin, options: bench.options
                ).keyID
            }
            let new = try await rotate("rotate-1")
            #expect(try await rotate("rotate-1") == new, "a repetition makes no second key")
            let after = try await keySet()
            #expect(after.serial == 2 && after.keys.map(\.keyID) == [new, before.keys[0].keyID])
            #expect(!after.keys[0].hasNotAfter && after.keys[1].hasNotAfter)
            let states = try await eventually {
                try await bench.published(
                    Zhitongche_Directory_V1_KeySetState.self, on: DirectoryEvents.keySetStates)
            } is: {
                $0.count == 2
            }
            #expect(states.map(\.seq) == [1, 2])
            #expect(
                states[1].message.keySet == (try await bench.client.getKeySet(.init(), options: bench.options).keySet))

            // The old token is still good, and the new key signs once its time has come.
            _ = try await bench.client.whoAmI(.init(), metadata: admin, options: bench.options)
            try await Self.hasCome(new, bench)
            let fresh = try await bench.client.issueServiceToken(
                .with {
                    $0.service = "policy"
                    $0.secret = DirectoryBench.policySecret
                }, options: bench.options
            ).accessToken
            let caller = try await eventually {
                try await problem {
                    try await bench.client.whoAmI(.init(), metadata: bench.bearer(fresh), options: bench.options)
                }
            } is: {
                $0 == nil
            }
            #expect(caller == nil)
            let verifier = TokenVerifier(trust: bench.handle.runtime.trust)
            _ = try await verifier.verify(fresh)
            _ = try await bench.client.whoAmI(.init(), metadata: admin, options: bench.options)
            let third = try await rotate("rotate-2")
            #expect(try await keySet().keys.first?.keyID == third)
        }
    }

    @Test("DIR-6: a new key signs once verifiers have it; while the broker is away the key before goes on, to its end")
    func unpublishedKey() async throws {
        try await DirectoryBench.run { bench in
            guard !bench.broker.isExternal else { return }
            let admin = try await bench.administrator()
            func issue() async throws -> Zhitongche_Directory_V1_IssueServiceTokenResponse {
                try await bench.client.issueServiceToken(
                    .with {
                        $0.service = "policy"
                        $0.secret = DirectoryBench.policySecret
                    }, options: bench.options)
            }
            func signer() async throws -> String {
                let token = try await issue().accessToken
                let header = try #require(token.split(separator: ".").first.flatMap { Base64URL.decode($0) })
                return try #require(try JSONSerialization.jsonObject(with: header) as? [String: Any])["kid"] as? String
                    ?? ""
            }
            func endOld(in seconds: Int64) async throws {
                _ = try await bench.change(
                    """
                    UPDATE directory.signing_key
                    SET accepted_until = clock_timestamp() + \(seconds) * interval '1 second'
                    WHERE accepted_until IS NOT NULL
                    """)
            }
            let old = try await signer()
            try bench.broker.stop()
            let new = try await bench.client.rotateSigningKey(
                .with { $0.requestID = "rotate-away" }, metadata: admin, options: bench.options
            ).keyID
            try await Self.hasCome(new, bench)
            #expect(try await signer() == old)
            // No token of a key outlives it.
            try await endOld(in: 200)
            let end = try await issue().accessExpiresAt.seconds
            let left = end - Int64(Date().timeIntervalSince1970)
            #expect((150...200).contains(left), "\(left)")
            try await endOld(in: 50)
            #expect(try await signer() == new)
            try await endOld(in: 500)
            #expect(try await signer() == old)
            // Until then this process is itself too young to tell for how long a key has been known.
            try await eventually {
                bench.handle.runtime.trust.hasHeld(old, for: .seconds(SigningKeyPlan.leadSeconds))
            } is: {
                $0
            }
            try bench.broker.startAgain()
            let heard = try await eventually(within: .seconds(60)) {
                (
                    key: try await signer(),
                    isHeld: bench.handle.runtime.trust.hasHeld(new, for: .seconds(SigningKeyPlan.leadSeconds))
                )
            } is: {
                $0.key == new
            }
            // Others hear of the set at about the same time; the new key gives them five seconds.
            #expect(heard.isHeld)
        }
    }

    @Test("DIR-6: a service gets its token by its secret, and only by it")
    func serviceTokens() async throws {
        try await DirectoryBench.run { bench in
            func issue(_ service: String, _ secret: String) async throws -> String {
                try await bench.client.issueServiceToken(
                    .with {
                        $0.service = service
                        $0.secret = secret
                    }, options: bench.options
                ).accessToken
            }
            let token = try await issue("policy", DirectoryBench.policySecret)
            let verifier = TokenVerifier(trust: bench.handle.runtime.trust)
            let caller = try verifier.caller(try await verifier.verify(token))
            #expect(caller.kind == .service && caller.serviceName == "policy" && caller.roles.isEmpty)
            for (service, secret) in [
                ("policy", "wrong"), ("enterprise", DirectoryBench.policySecret),
                ("nobody", DirectoryBench.policySecret),
                ("directory", ""), ("administrator", DirectoryBench.administratorPassword),
            ] {
                #expect(
                    try await problem { try await issue(service, secret) }?.reason == .wrongCredentials, "\(service)")
            }
            let denials = try await bench.count(
                """
                SELECT count(*) AS n FROM directory.audit_entry
                WHERE outcome = 'denied' AND method LIKE '%/IssueServiceToken'
                """)
            #expect(denials == 5, "one row for each refusal, by the way that limits their rate")
            let password = try await problem { try await bench.login("policy", DirectoryBench.policySecret) }
            #expect(password?.reason == .wrongCredentials, "a service does not log in like a person")
            let own = try await problem {
                try await bench.client.enrolSecondFactor(
                    .with { $0.password = "x" }, metadata: bench.bearer(token), options: bench.options)
            }
            #expect(own?.code == .permissionDenied)
        }
    }
}
