import Crypto
import Synchronization

/// Tokens whose signature was found good, so that it is checked once per token and not once per call: a token lives ten
/// minutes and comes with every call of its bearer.
///
/// Only the signature and the decoding are spared. Whether the key is in force, whether the token has ended or was
/// revoked, is asked anew with each call. What is kept is the token's hash, never the token.
final class VerifiedTokens: Sendable {
    /// What a good signature has told.
    struct Entry: Sendable {
        let claims: TokenClaims
        let keyID: String
        let keyBytes: [UInt8]
    }

    /// The name under which a token is kept.
    struct Name: Hashable, Sendable {
        private let digest: [UInt8]

        init(_ token: String) { digest = Array(SHA256.hash(data: Array(token.utf8))) }
    }

    /// Tokens kept; beyond that all are forgotten, which costs one check of the signature each.
    static let limit = 10_000

    private let entries = Mutex<[Name: Entry]>([:])

    /// What is known of a token; nil when its signature has to be checked.
    func entry(_ name: Name) -> Entry? { entries.withLock { $0[name] } }

    /// Keeps a token whose signature is good.
    func keep(_ entry: Entry, for name: Name) {
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
            entries[name] = entry
        }
    }
}
