import Crypto
import DirectoryContracts
import Foundation
import JWTKit
import Postgres
import SwiftProtobuf
import Testing

@testable import ServiceRuntime

@Suite("Tokens (DIR-6, rule 18)")
struct TokenTests {
    private let identity: Identity
    private let verifier: TokenVerifier

    init() throws {
        let identity = try Identity(now: Instant(microseconds: 1_800_000_000_000_000))
        self.identity = identity
        verifier = TokenVerifier(trust: identity.trust, now: { [now = identity.now] in now })
    }

    private func refusal(_ token: String, at time: Duration = .zero) async -> TokenRefusal? {
        let verifier = TokenVerifier(trust: identity.trust, now: { [now = identity.now] in now + time })
        do {
            let claims = try await verifier.verify(token)
            _ = try verifier.caller(claims)
            return nil
        } catch {
            return error as? TokenRefusal
        }
    }

    private func signed(_ change: (inout TokenClaims) -> Void) async throws -> String {
        var claims = identity.claims()
        change(&claims)
        return try await identity.token(claims)
    }

    /// A token made by hand, so that nothing of the library stands between the test and the bytes.
    private func forged(header: String, payload: TokenClaims, signature: (Data) throws -> Data) throws -> String {
        let body = Base64URL.encode(Data(header.utf8)) + "." + Base64URL.encode(try JSONEncoder().encode(payload))
        return body + "." + Base64URL.encode(try signature(Data(body.utf8)))
    }

    @Test("a good token makes its caller") func good() async throws {
        let claims = try await verifier.verify(identity.token())
        let caller = try verifier.caller(claims)
        #expect(caller.accountID == "account-1")
        #expect(caller.unitID == "bureau")
        #expect(caller.kind == .staff)
        #expect(caller.scope(of: "probe.read") == .all)
    }

    @Test("times: expired, not yet valid, and the skew of thirty seconds between") func times() async throws {
        let token = try await identity.token()
        #expect(await refusal(token, at: .seconds(629)) == nil)
        #expect(await refusal(token, at: .seconds(630)) == .expired)
        #expect(await refusal(token, at: .seconds(-30)) == nil)
        #expect(await refusal(token, at: .seconds(-31)) == .early)
        let future = identity.now
        #expect(await refusal(try signed { $0.iat = Double(future.microseconds) / 1e6 + 31 }) == .early)
        for seconds: Int64 in [.max, .min, 1 << 40, -(1 << 40) - 1] {
            #expect(await refusal(try signed { $0.exp = seconds }) == .claims)
            #expect(await refusal(try signed { $0.nbf = seconds }) == .claims)
        }
        #expect(await refusal(try signed { $0.iat = .greatestFiniteMagnitude }) == .early)
    }

    @Test("issuer, audience and the bearer's claims have to be ours") func claims() async throws {
        #expect(await refusal(try signed { $0.iss = "someone" }) == .issuer)
        #expect(await refusal(try signed { $0.aud = "elsewhere" }) == .audience)
        #expect(await refusal(try signed { $0.kind = "root" }) == .claims)
        #expect(await refusal(try signed { $0.kind = "anonymous" }) == .claims)
        #expect(await refusal(try signed { $0.sub = "" }) == .claims)
        #expect(await refusal(try signed { $0.service = "policy" }) == .claims)
        #expect(await refusal(try signed { $0.kind = "service" }) == .claims)
        #expect(await refusal(try signed { $0.enterprise = "e" }) == .claims)
    }

    @Test("no algorithm but EdDSA: none, HS256 with the public key, and a wrong type are refused") func algorithms()
        async throws
    {
        let key = SymmetricKey(data: identity.signing.publicKey.rawRepresentation)
        let claims = identity.claims()
        let none = try forged(header: #"{"alg":"none","typ":"at+jwt","kid":"key-1"}"#, payload: claims) { _ in Data() }
        #expect(await refusal(none) == .algorithm)
        let confused = try forged(header: #"{"alg":"HS256","typ":"at+jwt","kid":"key-1"}"#, payload: claims) {
            Data(HMAC<SHA256>.authenticationCode(for: $0, using: key))
        }
        #expect(await refusal(confused) == .algorithm)
        // The honest header with the HMAC as signature does not pass either.
        let disguised = try forged(header: #"{"alg":"EdDSA","typ":"at+jwt","kid":"key-1"}"#, payload: claims) {
            Data(HMAC<SHA512>.authenticationCode(for: $0, using: key))
        }
        #expect(await refusal(disguised) == .signature)
        for (header, expected) in [
            (#"{"alg":"EdDSA","typ":"JWT","kid":"key-1"}"#, TokenRefusal.type),
            (#"{"alg":"EdDSA","kid":"key-1"}"#, .type), (#"{"alg":"EdDSA","typ":"at+jwt"}"#, .key),
            (#"{"alg":"EdDSA","typ":"at+jwt","kid":"key-2"}"#, .key),
            (#"{"alg":"EdDSA","typ":"at+jwt","kid":"key-1","crit":["exp"]}"#, .critical),
            (#"{"typ":"at+jwt","kid":"key-1"}"#, .algorithm),
        ] {
            let token = try forged(header: header, payload: claims) { try identity.signing.signature(for: $0) }
            #expect(await refusal(token) == expected, "\(header)")
        }
    }

    @Test("a foreign key's signature is refused, also under a known kid") func foreignKey() async throws {
        let foreign = try await TokenIssuer(keyID: "key-1", key: Curve25519.Signing.PrivateKey()).sign(
            identity.claims())
        #expect(await refusal(foreign) == .signature)
        let unknown = try await TokenIssuer(keyID: "other", key: identity.signing).sign(identity.claims())
        #expect(await refusal(unknown) == .key)
    }

    @Test("truncated, altered and overlong tokens are refused without a crash") func damaged() async throws {
        let token = try await identity.token()
        for length in stride(from: 0, to: token.count, by: 7) {
            #expect(await refusal(String(token.prefix(length))) != nil)
        }
        for index in stride(from: 0, to: token.count - 1, by: 11) {
            var bytes = Array(token)
            bytes[index] = bytes[index] == "A" ? "B" : "A"
            #expect(await refusal(String(bytes)) != nil, "changed at \(index)")
        }
        #expect(await refusal(String(repeating: "a", count: 10_000)) == .malformed)
        #expect(await refusal("..") == .malformed)
        #expect(await refusal("") == .malformed)
    }

    @Test("revocation: tokens issued before not_before, and those of disabled accounts, are refused") func revocation()
        async throws
    {
        let token = try await identity.token()
        func account(_ status: Zhitongche_Directory_V1_AccountStatus, notBefore: Instant?) {
            identity.trust.apply(
                Zhitongche_Directory_V1_AccountState.with {
                    $0.accountID = "account-1"
                    $0.status = status
                    if let notBefore { $0.notBefore = Google_Protobuf_Timestamp(notBefore) }
                })
        }
        account(.active, notBefore: identity.now)
        #expect(await refusal(token) == nil)
        account(.active, notBefore: identity.now + .milliseconds(1))
        #expect(await refusal(token) == .revoked)
        account(.disabled, notBefore: nil)
        #expect(await refusal(token) == .revoked)
    }

    @Test("before the first key set calls are UNAVAILABLE, not refused") func notLoaded() async throws {
        let empty = Trust(rootPublicKey: [UInt8](identity.root.publicKey.rawRepresentation))
        let token = try await identity.token()
        let problem = await #expect(throws: Problem.self) { try await TokenVerifier(trust: empty).verify(token) }
        #expect(problem?.code == .unavailable)
        #expect(problem?.en.contains("trust not loaded") == true)
    }

    @Test("a key set needs the root's signature, and never goes back") func keySets() throws {
        let other = Curve25519.Signing.PrivateKey()
        var forged = try identity.signedKeySet(serial: 9)
        forged.signature = try other.signature(for: forged.keySet)
        #expect(throws: KeySetError.badSignature) { try identity.trust.apply(forged) }
        try identity.trust.apply(identity.signedKeySet(serial: 5))
        #expect(throws: KeySetError.outdated(serial: 4, current: 5)) {
            try identity.trust.apply(identity.signedKeySet(serial: 4))
        }
        try identity.trust.apply(identity.signedKeySet(serial: 5))
    }

    @Test("a key past its time verifies nothing") func keyTimes() async throws {
        let token = try await identity.token()
        let set = Zhitongche_Directory_V1_KeySet.with {
            $0.serial = 2
            $0.keys = [
                .with {
                    $0.keyID = identity.keyID
                    $0.algorithm = "EdDSA"
                    $0.publicKey = identity.signing.publicKey.rawRepresentation
                    $0.notAfter = Google_Protobuf_Timestamp(identity.now + .seconds(100))
                }
            ]
        }
        try identity.trust.apply(.signed(set, by: identity.root, rootKeyID: "root"))
        #expect(await refusal(token, at: .seconds(99)) == nil)
        #expect(await refusal(token, at: .seconds(100)) == .key)
    }

    @Test("two rotations: each key's tokens are good until they run out, and a key that is left out is refused")
    func rotations() async throws {
        let keys = (1...3).map { ("key-\($0)", Curve25519.Signing.PrivateKey()) }
        // A rotation every hundred seconds; a replaced key is accepted for the life of a token and a little longer.
        func publish(serial: Int64, _ published: [(index: Int, until: Duration?)]) throws {
            let set = Zhitongche_Directory_V1_KeySet.with {
                $0.serial = serial
                $0.keys = published.map { index, until in
                    .with {
                        $0.keyID = keys[index].0
                        $0.algorithm = "EdDSA"
                        $0.publicKey = keys[index].1.publicKey.rawRepresentation
                        if let until { $0.notAfter = Google_Protobuf_Timestamp(identity.now + until) }
                    }
                }
            }
            try identity.trust.apply(.signed(set, by: identity.root, rootKeyID: "root"))
        }
        func token(_ index: Int, at start: Duration) async throws -> String {
            try await TokenIssuer(keyID: keys[index].0, key: keys[index].1).sign(
                TokenClaims(
                    account: "account-1", kind: .staff, unit: "bureau", region: "320583", roles: ["all"],
                    identifier: "t", now: identity.now + start, lifetime: .seconds(600)))
        }
        try publish(serial: 2, [(0, nil)])
        let first = try await token(0, at: .zero)
        try publish(serial: 3, [(1, nil), (0, .seconds(760))])
        let late = try await token(0, at: .seconds(99))
        let second = try await token(1, at: .seconds(101))
        try publish(serial: 4, [(2, nil), (1, .seconds(860)), (0, .seconds(760))])
        let third = try await token(2, at: .seconds(201))
        for good in [first, late, second, third] { #expect(await refusal(good, at: .seconds(205)) == nil) }
        #expect(await refusal(first, at: .seconds(631)) == .expired, "the token runs out before its key does")
        #expect(await refusal(late, at: .seconds(725)) == nil)
        #expect(await refusal(late, at: .seconds(761)) == .key)
        #expect(await refusal(third, at: .seconds(761)) == nil)
        try publish(serial: 5, [(2, nil), (1, .seconds(860))])
        #expect(await refusal(late, at: .seconds(205)) == .key, "left out of the set, refused at once")
        #expect(await refusal(second, at: .seconds(205)) == nil)
    }

    @Test("rule 18: a token that was verified before is held against time, revocation and keys anew")
    func verifiedBefore() async throws {
        let clock = TestClock(identity.now)
        let verifier = TokenVerifier(trust: identity.trust, now: { clock.now })
        func refusal(_ token: String) async -> TokenRefusal? {
            do {
                _ = try await verifier.verify(token)
                return nil
            } catch {
                return error as? TokenRefusal
            }
        }
        func account(_ status: Zhitongche_Directory_V1_AccountStatus) {
            identity.trust.apply(
                Zhitongche_Directory_V1_AccountState.with { ($0.accountID, $0.status) = ("account-1", status) })
        }
        let token = try await identity.token()
        #expect(await refusal(token) == nil)
        #expect(await refusal(token) == nil)
        // Another signature under the same words is another token.
        let parts = token.split(separator: ".").map(String.init)
        let other = Base64URL.encode(Data(repeating: 7, count: 64))
        #expect(await refusal("\(parts[0]).\(parts[1]).\(other)") == .signature)

        account(.disabled)
        #expect(await refusal(token) == .revoked)
        account(.active)
        #expect(await refusal(token) == nil)

        clock.advance(.seconds(630))
        #expect(await refusal(token) == .expired)
        clock.advance(.seconds(-630))
        #expect(await refusal(token) == nil)

        // The same name for another key, which signed nothing of this.
        let set = Zhitongche_Directory_V1_KeySet.with {
            $0.serial = 3
            $0.keys = [
                .with {
                    $0.keyID = identity.keyID
                    $0.algorithm = "EdDSA"
                    $0.publicKey = Curve25519.Signing.PrivateKey().publicKey.rawRepresentation
                }
            ]
        }
        try identity.trust.apply(.signed(set, by: identity.root, rootKeyID: "root"))
        #expect(await refusal(token) == .key)
    }

    @Test("a service token is fetched once, renewed in time, and kept while the directory is away") func serviceTokens()
        async throws
    {
        let clock = TestClock(identity.now)
        let directory = FakeDirectory(clock: clock)
        let tokens = ServiceTokens(now: { clock.now }, fetch: directory.issue)
        async let first = tokens.current()
        async let second = tokens.current()
        #expect(try await [first, second] == ["token-1", "token-1"])
        clock.advance(.seconds(479))
        #expect(try await tokens.current() == "token-1")
        clock.advance(.seconds(2))
        #expect(try await tokens.current() == "token-2")
        directory.isAway = true
        clock.advance(.seconds(500))
        #expect(try await tokens.current() == "token-2")
        clock.advance(.seconds(101))
        await #expect(throws: Problem.self) { try await tokens.current() }
    }
}
