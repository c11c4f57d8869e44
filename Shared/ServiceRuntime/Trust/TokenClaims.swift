import JWTKit
import Postgres

/// What an access token says about its bearer (DIR-6); names as registered for JWT, ours unregistered.
public struct TokenClaims: JWTPayload, Hashable {
    /// The only issuer.
    public static let issuer = "zhitongche-directory"
    /// The only audience.
    public static let audience = "zhitongche"
    /// The token's type in its header.
    public static let type = "at+jwt"

    /// Issuer.
    public var iss: String
    /// Audience.
    public var aud: String
    /// Account identifier.
    public var sub: String
    /// End of validity, seconds since 1970, real time.
    public var exp: Int64
    /// Begin of validity, seconds since 1970, real time.
    public var nbf: Int64
    /// Time of issue, seconds since 1970 with microseconds, so that revocation can tell tokens of one second apart.
    public var iat: Double
    /// Identifier of the token.
    public var jti: String
    /// Kind of the bearer: "staff", "enterprise" or "service".
    public var kind: String
    /// Unit of staff.
    public var unit: String?
    /// Region of staff.
    public var region: String?
    /// Role identifiers.
    public var roles: [String]
    /// Enterprise acted for.
    public var enterprise: String?
    /// Name of the service.
    public var service: String?

    /// Claims of a fresh token that is valid from now for `lifetime`.
    public init(
        account: String, kind: Caller.Kind, unit: String? = nil, region: String? = nil, roles: [String] = [],
        enterprise: String? = nil, service: String? = nil, identifier: String, now: Instant, lifetime: Duration
    ) {
        iss = Self.issuer
        aud = Self.audience
        sub = account
        exp = (now + lifetime).microseconds / 1_000_000
        nbf = now.microseconds / 1_000_000
        iat = Double(now.microseconds) / 1_000_000
        jti = identifier
        self.kind = kind.rawValue
        self.unit = unit
        self.region = region
        self.roles = roles
        self.enterprise = enterprise
        self.service = service
    }

    /// Time of issue; the greatest time for a number out of range, which then lies in the future.
    var issuedAt: Instant {
        guard iat.isFinite, abs(iat) < 1e11 else { return Instant(microseconds: .max) }
        return Instant(microseconds: Int64((iat * 1_000_000).rounded()))
    }

    /// From when on a token with these claims is refused; long past for a number out of range.
    var expiresAt: Instant {
        guard (0..<1 << 40).contains(exp) else { return Instant(microseconds: 0) }
        return Instant(microseconds: exp * 1_000_000) + TokenVerifier.clockSkew
    }

    /// Claims are checked by ``TokenVerifier``, which knows the time; the signature alone is JWTKit's part.
    public func verify(using algorithm: some JWTAlgorithm) async throws {}
}
