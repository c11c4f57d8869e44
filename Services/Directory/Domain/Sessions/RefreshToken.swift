/// A refresh token's part in its session (DIR-6): for one use; a second use reveals a theft and ends the session.
public struct RefreshToken: Hashable, Sendable {
    /// How long a token may wait for its use, in seconds of real time.
    public static let lifetimeSeconds: Int64 = 12 * 3600
    /// How long a session lives at most, however often it is refreshed.
    public static let sessionSeconds: Int64 = 7 * 86_400

    /// The states of a token.
    public enum State: Hashable, Sendable, CaseIterable {
        /// Not used yet.
        case fresh
        /// Exchanged for another.
        case used
    }

    /// What presenting a token leads to.
    public enum Outcome: Hashable, Sendable, CaseIterable {
        /// It is exchanged for new tokens.
        case rotated
        /// It was used before: every token of the session is revoked.
        case reused
        /// It is past its time, or the session has ended.
        case refused
    }

    /// State.
    public private(set) var state: State
    /// From here on the token is refused.
    public let expiresAt: RealTime
    /// Whether the session has ended.
    public let sessionHasEnded: Bool

    /// A token as it was stored.
    public init(state: State, expiresAt: RealTime, sessionHasEnded: Bool) {
        self.state = state
        self.expiresAt = expiresAt
        self.sessionHasEnded = sessionHasEnded
    }

    /// Presents the token for exchange.
    public mutating func present(at now: RealTime) -> Outcome {
        if sessionHasEnded { return .refused }
        switch state {
        case .used: return .reused
        case .fresh:
            guard now < expiresAt else { return .refused }
            state = .used
            return .rotated
        }
    }

    /// When a token issued at a time expires, in a session opened at another.
    public static func expiry(issuedAt now: RealTime, sessionOpenedAt opened: RealTime) -> RealTime {
        min(now.adding(seconds: lifetimeSeconds), opened.adding(seconds: sessionSeconds))
    }
}
