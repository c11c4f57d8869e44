import Crypto
import DirectoryContracts
import Foundation
import JWTKit
import Messaging
import Postgres

/// Signs access tokens; only the directory has the key for it (DIR-6).
public struct TokenIssuer: Sendable {
    /// The "kid" of the tokens.
    public let keyID: String
    private let key: EdDSA.PrivateKey

    /// An issuer with an Ed25519 key.
    public init(keyID: String, key: Curve25519.Signing.PrivateKey) {
        self.keyID = keyID
        self.key = EdDSA.PrivateKey(backing: key)
    }

    /// Signs claims and returns the compact token.
    public func sign(_ claims: TokenClaims) async throws -> String {
        let keys = JWTKeyCollection()
        await keys.add(eddsa: key, kid: JWKIdentifier(string: keyID))
        return try await keys.sign(
            claims, kid: JWKIdentifier(string: keyID), header: ["typ": .string(TokenClaims.type)])
    }
}

extension Zhitongche_Directory_V1_SignedKeySet {
    /// Signs a key set by the root key; the signature covers the exact bytes that are stored and published.
    public static func signed(
        _ keySet: Zhitongche_Directory_V1_KeySet, by rootKey: Curve25519.Signing.PrivateKey, rootKeyID: String
    ) throws -> Self {
        let bytes: Data = try keySet.serializedBytes()
        return try .with {
            $0.keySet = bytes
            $0.signature = try rootKey.signature(for: bytes)
            $0.rootKeyID = rootKeyID
        }
    }
}
