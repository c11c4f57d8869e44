import Postgres
import ServiceRuntime

/// By which right a caller reads a stream, and for how long: that of its token, as for every other call (NTF-1).
struct StreamRight: Sendable {
    /// Identifier of the account.
    let account: String
    /// When the token was issued.
    let issuedAt: Instant
    /// From when on the token is refused.
    let expiresAt: Instant
    /// Tells whether tokens of an account that were issued at a time are refused.
    let isRevoked: @Sendable (_ account: String, _ issuedAt: Instant) -> Bool

    /// Time until the right ends by itself.
    var remaining: Duration { expiresAt - .now }

    /// Requires that the right still stands.
    ///
    /// - Throws: ``Problem`` UNAUTHENTICATED when the token has expired or was revoked, or the account is disabled.
    func check() throws {
        guard remaining > .zero else {
            throw Problem.unauthenticated("the token has expired; open the stream again with a new one")
        }
        guard !isRevoked(account, issuedAt) else { throw Problem.unauthenticated("the token was revoked") }
    }
}

extension StreamRight {
    /// The right of a caller under what the directory publishes.
    ///
    /// - Throws: ``Problem`` UNAUTHENTICATED for a caller without a token.
    init(_ caller: Caller, under trust: Trust) throws {
        guard let issuedAt = caller.tokenIssuedAt, let expiresAt = caller.tokenExpiresAt else {
            throw Problem.unauthenticated("the call carries no token")
        }
        self.init(
            account: caller.accountID, issuedAt: issuedAt, expiresAt: expiresAt,
            isRevoked: { trust.isRevoked(account: $0, issuedAt: $1) })
    }
}
