/// How many codes a phone gets and how often they may be guessed, over all codes together (ENT-2).
///
/// Without it a guesser would simply ask for a new code after every five attempts.
public struct CodeAllowance: Hashable, Sendable {
    /// Codes sent to one phone in an hour.
    public static let codesPerHour = 5
    /// Wrong attempts in a day over all codes of one phone: a chance of 1 in 50,000 to guess one.
    public static let wrongAttemptsPerDay = 20

    /// Shortest pause between two codes to one phone, in seconds.
    public let pauseSeconds: Int64
    /// Codes sent in the past hour.
    public let sentInHour: Int
    /// When the last code was sent; nil when none was in the past hour.
    public let lastSentAt: RealTime?
    /// Wrong attempts in the past day.
    public let wrongInDay: Int

    /// The record of one phone.
    public init(pauseSeconds: Int64, sentInHour: Int, lastSentAt: RealTime?, wrongInDay: Int) {
        self.pauseSeconds = pauseSeconds
        self.sentInHour = sentInHour
        self.lastSentAt = lastSentAt
        self.wrongInDay = wrongInDay
    }

    /// Whether another code may be sent at a time.
    public func allowsSending(at now: RealTime) -> Bool {
        guard sentInHour < Self.codesPerHour, allowsAttempts else { return false }
        return lastSentAt.map { now >= $0.adding(seconds: pauseSeconds) } ?? true
    }

    /// Whether codes of the phone may be tried at all.
    public var allowsAttempts: Bool { wrongInDay < Self.wrongAttemptsPerDay }
}
