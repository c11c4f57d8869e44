import Crypto
import Foundation
import Postgres
import ServiceTestSupport

@testable import ServiceRuntime

/// Ways in which a call can come with authorization that must not count.
enum ForgedToken: String, CaseIterable, Sendable {
    case expired
    case notYetValid
    case issuedInTheFuture
    case wrongAudience
    case wrongIssuer
    case wrongType
    case noType
    case criticalExtension
    case algorithmNone
    case algorithmNoneWithoutSignature
    case algorithmConfusion
    case foreignKey
    case rotatedOutKey
    case unknownKey
    case noKey
    case truncated
    case changedClaims
    case revoked
    case garbage
    case empty
    case tooLong
    case notBearer
    case twoHeaders
    case twoDifferentHeaders
    case unknownKind
    case serviceWithoutName
    case staffWithEnterprise

    /// The account whose tokens were revoked.
    static let revokedAccount = "019a0000-0000-7000-8000-00000000dead"

    /// The values of the authorization header.
    func headers(_ directory: BenchDirectory) async throws -> [String] {
        let claims = directory.staff("019a0000-0000-7000-8000-000000000001", roles: [Stage.everything])
        let good = try await directory.token(claims)
        let parts = good.split(separator: ".").map(String.init)
        func changed(_ change: (inout TokenClaims) -> Void) async throws -> String {
            var other = claims
            change(&other)
            return try await directory.token(other)
        }
        func signed(
            _ header: [String: Any], by key: Curve25519.Signing.PrivateKey? = nil
        ) throws -> String {
            let head = Base64URL.encode(try JSONSerialization.data(withJSONObject: header))
            let text = "\(head).\(parts[1])"
            return "\(text).\(Base64URL.encode(try (key ?? directory.signing).signature(for: Data(text.utf8))))"
        }
        func header(_ type: String? = TokenClaims.type, _ key: String? = "bench-1") -> [String: Any] {
            var header = ["alg": "EdDSA"]
            header["typ"] = type
            header["kid"] = key
            return header
        }
        let now = Instant.now.microseconds / 1_000_000
        switch self {
        case .expired: return ["Bearer \(try await changed { $0.exp = now - 60 })"]
        case .notYetValid: return ["Bearer \(try await changed { $0.nbf = now + 300 })"]
        case .issuedInTheFuture: return ["Bearer \(try await changed { $0.iat = Double(now + 300) })"]
        case .wrongAudience: return ["Bearer \(try await changed { $0.aud = "another" })"]
        case .wrongIssuer: return ["Bearer \(try await changed { $0.iss = "another" })"]
        case .wrongType: return ["Bearer \(try signed(header("JWT")))"]
        case .noType: return ["Bearer \(try signed(header(nil)))"]
        case .criticalExtension:
            return ["Bearer \(try signed(header().merging(["crit": ["exp"]]) { $1 }))"]
        case .algorithmNone: return ["Bearer \(try signed(header().merging(["alg": "none"]) { $1 }))"]
        case .algorithmNoneWithoutSignature:
            let head = try JSONSerialization.data(withJSONObject: header().merging(["alg": "none"]) { $1 })
            return ["Bearer \(Base64URL.encode(head)).\(parts[1])."]
        case .algorithmConfusion:
            let head = try JSONSerialization.data(withJSONObject: header().merging(["alg": "HS256"]) { $1 })
            let text = "\(Base64URL.encode(head)).\(parts[1])"
            let secret = SymmetricKey(data: directory.signing.publicKey.rawRepresentation)
            let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: secret)
            return ["Bearer \(text).\(Base64URL.encode(Data(code)))"]
        case .foreignKey: return ["Bearer \(try signed(header(), by: Curve25519.Signing.PrivateKey()))"]
        case .rotatedOutKey:
            return ["Bearer \(try signed(header(TokenClaims.type, "bench-0"), by: directory.retired))"]
        case .unknownKey: return ["Bearer \(try signed(header(TokenClaims.type, "nobody-knows")))"]
        case .noKey: return ["Bearer \(try signed(header(TokenClaims.type, nil)))"]
        case .truncated: return ["Bearer \(good.dropLast(7))"]
        case .changedClaims:
            var other = claims
            other.sub = "019a0000-0000-7000-8000-000000000002"
            let body = Base64URL.encode(try JSONEncoder().encode(other))
            return ["Bearer \(parts[0]).\(body).\(parts[2])"]
        case .revoked: return ["Bearer \(try await changed { $0.sub = Self.revokedAccount })"]
        case .garbage: return ["Bearer \u{7f}..{}\"';--"]
        case .empty: return ["Bearer "]
        case .tooLong: return ["Bearer \(good)\(String(repeating: "A", count: 9_000))"]
        case .notBearer: return ["Basic YWRtaW46YWRtaW4="]
        case .twoHeaders: return ["Bearer \(good)", "Bearer \(good)"]
        case .twoDifferentHeaders: return ["Bearer \(good)", "Bearer x"]
        case .unknownKind: return ["Bearer \(try await changed { $0.kind = "root" })"]
        case .serviceWithoutName: return ["Bearer \(try await changed { $0.kind = "service" })"]
        case .staffWithEnterprise: return ["Bearer \(try await changed { $0.enterprise = $0.sub })"]
        }
    }
}
