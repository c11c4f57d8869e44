/// A one-time code sent to a phone (ENT-2, DIR-5): for one use, five minutes and five attempts.
public struct OneTimeCode: Hashable, Sendable {
    /// How long a code is valid, in seconds of real time.
    public static let lifetimeSeconds: Int64 = 5 * 60
    /// Attempts after which a code is worthless.
    public static let attemptLimit = 5

    /// What a code is for; the raw value is the stored word.
    public enum Purpose: String, Hashable, Sendable, CaseIterable {
        /// Confirms the phone of a registration.
        case registration
        /// Proves a login.
        case login
    }

    /// The states of a code; expiry is a matter of time and no state.
    public enum State: Hashable, Sendable {
        /// Waiting, after so many wrong attempts.
        case open(failed: Int)
        /// Used once.
        case used
        /// Tried too often.
        case exhausted
    }

    /// What an attempt led to.
    public enum Outcome: Hashable, Sendable, CaseIterable {
        /// The code was right and is used up.
        case accepted
        /// The code was wrong; the attempt counts.
        case wrong
        /// The code is past its time, used, or tried too often; right or wrong makes no difference.
        case invalid
    }

    /// State.
    public private(set) var state: State
    /// From here on the code is invalid.
    public let expiresAt: RealTime

    /// A code as it was stored.
    public init(state: State, expiresAt: RealTime) {
        self.state = state
        self.expiresAt = expiresAt
    }

    /// A fresh code.
    public static func issue(at now: RealTime) -> OneTimeCode {
        OneTimeCode(state: .open(failed: 0), expiresAt: now.adding(seconds: lifetimeSeconds))
    }

    /// Tries the code.
    ///
    /// - Parameter matches: Whether what was entered equals the code.
    public mutating func attempt(matches: Bool, at now: RealTime) -> Outcome {
        switch state {
        case .used, .exhausted: return .invalid
        case .open(let failed):
            guard now < expiresAt else { return .invalid }
            if matches {
                state = .used
                return .accepted
            }
            state = failed + 1 >= Self.attemptLimit ? .exhausted : .open(failed: failed + 1)
            return .wrong
        }
    }
}
