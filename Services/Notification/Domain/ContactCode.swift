/// The code by which an account proves that an address is its own (NTF-2): for one use, ten minutes and five attempts.
public struct ContactCode: Hashable, Sendable {
    /// How long a code is valid, in seconds of real time; mail is slower than a text message.
    public static let lifetimeSeconds: Int64 = 10 * 60
    /// Attempts after which a code is worthless.
    public static let attemptLimit = 5

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

    /// A code as it was stored, or a fresh one.
    public init(state: State = .open(failed: 0)) { self.state = state }

    /// Tries the code.
    ///
    /// - Parameters:
    ///   - matches: whether what was entered equals the code.
    ///   - isExpired: whether its time has passed.
    public mutating func attempt(matches: Bool, isExpired: Bool) -> Outcome {
        switch state {
        case .used, .exhausted: return .invalid
        case .open(let failed):
            guard !isExpired else { return .invalid }
            if matches {
                state = .used
                return .accepted
            }
            state = failed + 1 >= Self.attemptLimit ? .exhausted : .open(failed: failed + 1)
            return .wrong
        }
    }
}

/// How many codes an account or an address gets, so that nobody fills a stranger's mailbox or guesses without end: the
/// limits of codes to phones (ENT-2).
public struct ContactAllowance: Hashable, Sendable {
    /// Codes in an hour, to one address and by one account.
    public static let codesPerHour = 5
    /// Wrong attempts in a day over all codes of one account: a chance of 1 in 50,000 to guess one.
    public static let wrongAttemptsPerDay = 20

    /// Codes in the past hour.
    public let sentInHour: Int
    /// Whether the pause after the last code is over.
    public let isPauseOver: Bool
    /// Wrong attempts in the past day.
    public let wrongInDay: Int

    /// The record of one account or address.
    public init(sentInHour: Int, isPauseOver: Bool, wrongInDay: Int) {
        self.sentInHour = sentInHour
        self.isPauseOver = isPauseOver
        self.wrongInDay = wrongInDay
    }

    /// Whether another code may be sent.
    public var allowsSending: Bool { sentInHour < Self.codesPerHour && isPauseOver && allowsAttempts }
    /// Whether codes may be tried at all.
    public var allowsAttempts: Bool { wrongInDay < Self.wrongAttemptsPerDay }
}
