import Crypto
import Foundation
import JWTKit
import Postgres

/// Why a token is refused. A caller learns only that it is; the log and the audit learn why.
public enum TokenRefusal: String, Error, Sendable, CaseIterable {
    /// Not three parts of base64url JSON, or too long.
    case malformed
    /// Signed in another way than EdDSA, or not at all.
    case algorithm
    /// Not an access token.
    case type
    /// A header extension that must be understood and is not.
    case critical
    /// The key is unknown or not in force.
    case key
    /// The signature does not belong to these bytes.
    case signature
    /// Another issuer.
    case issuer
    /// Another audience.
    case audience
    /// Past its end.
    case expired
    /// Before its begin, or issued in the future.
    case early
    /// Claims that contradict each other or are missing.
    case claims
    /// The account is disabled, or its tokens of that time were revoked.
    case revoked
}

/// Verifies access tokens against the replica; EdDSA only (rule 18).
public struct TokenVerifier: Sendable {
    /// How far clocks may differ.
    public static let clockSkew = Duration.seconds(30)
    private static let greatestLength = 8_192

    private let trust: Trust
    private let now: @Sendable () -> Instant
    private let verified = VerifiedTokens()

    /// A verifier in real time, or in that of a test.
    public init(trust: Trust, now: @escaping @Sendable () -> Instant = { .now }) {
        self.trust = trust
        self.now = now
    }

    /// Verifies a compact token.
    ///
    /// - Throws: ``TokenRefusal``, or ``Problem`` UNAVAILABLE while no key set has arrived yet.
    public func verify(_ token: String) async throws -> TokenClaims {
        guard let keySet = trust.keySet, trust.isLoaded else {
            throw Problem.unavailable("trust not loaded: the directory's states have not arrived yet")
        }
        guard token.utf8.count <= Self.greatestLength else { throw TokenRefusal.malformed }
        let now = now()
        let name = VerifiedTokens.Name(token)
        if let known = verified.entry(name) {
            // The key may have ended or been replaced since.
            guard let key = keySet.keys[known.keyID], key.bytes == known.keyBytes,
                key.isInForce(at: now, skew: Self.clockSkew)
            else { throw TokenRefusal.key }
            try check(known.claims, now)
            return known.claims
        }
        guard let header = Self.header(of: token) else { throw TokenRefusal.malformed }
        guard header.alg == "EdDSA" else { throw TokenRefusal.algorithm }
        guard header.typ?.lowercased() == TokenClaims.type else { throw TokenRefusal.type }
        guard header.crit == nil else { throw TokenRefusal.critical }
        guard let kid = header.kid, let key = keySet.keys[kid], key.isInForce(at: now, skew: Self.clockSkew) else {
            throw TokenRefusal.key
        }
        let claims = try await Self.claims(of: token, signedBy: key)
        try check(claims, now)
        verified.keep(VerifiedTokens.Entry(claims: claims, keyID: key.keyID, keyBytes: key.bytes), for: name)
        return claims
    }

    /// The caller that verified claims describe, with the permissions of its roles at this moment.
    public func caller(_ claims: TokenClaims) throws -> Caller {
        guard let kind = Caller.Kind(rawValue: claims.kind), kind != .anonymous, !claims.sub.isEmpty else {
            throw TokenRefusal.claims
        }
        guard (kind == .service) == (claims.service != nil), kind == .enterprise || claims.enterprise == nil else {
            throw TokenRefusal.claims
        }
        return Caller(
            accountID: claims.sub, kind: kind, unitID: claims.unit, region: claims.region, roles: claims.roles,
            enterpriseID: claims.enterprise, serviceName: claims.service, tokenIssuedAt: claims.issuedAt,
            tokenExpiresAt: claims.expiresAt, permissions: trust.permissions(of: claims.roles), units: trust)
    }

    private func check(_ claims: TokenClaims, _ now: Instant) throws {
        guard claims.iss == TokenClaims.issuer else { throw TokenRefusal.issuer }
        guard claims.aud == TokenClaims.audience else { throw TokenRefusal.audience }
        // Beyond these seconds microseconds would not fit; a comparison, since the least number has no absolute value.
        let representable = -(Int64(1) << 40)..<(Int64(1) << 40)
        guard representable.contains(claims.exp), representable.contains(claims.nbf) else {
            throw TokenRefusal.claims
        }
        guard now < claims.expiresAt else { throw TokenRefusal.expired }
        let latest = now + Self.clockSkew
        guard Instant(microseconds: claims.nbf * 1_000_000) <= latest, claims.issuedAt <= latest else {
            throw TokenRefusal.early
        }
        guard !trust.isRevoked(account: claims.sub, issuedAt: claims.issuedAt) else { throw TokenRefusal.revoked }
    }

    private struct Header: Decodable {
        let alg: String?
        let typ: String?
        let kid: String?
        let crit: [String]?
    }

    private static func header(of token: String) -> Header? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decode(parts[0]) else { return nil }
        // Whatever keeps the header from being read means the same: it is malformed.
        return try? JSONDecoder().decode(Header.self, from: bytes)
    }

    private static func claims(of token: String, signedBy key: TrustedKey) async throws -> TokenClaims {
        let publicKey = EdDSA.PublicKey(backing: try Curve25519.Signing.PublicKey(rawRepresentation: key.bytes))
        let keys = JWTKeyCollection()
        await keys.add(eddsa: publicKey, kid: JWKIdentifier(string: key.keyID))
        do {
            return try await keys.verify(token, as: TokenClaims.self)
        } catch let error as JWTError {
            throw error.errorType == .signatureVerificationFailed ? TokenRefusal.signature : TokenRefusal.malformed
        } catch is DecodingError {
            throw TokenRefusal.malformed
        }
    }
}
