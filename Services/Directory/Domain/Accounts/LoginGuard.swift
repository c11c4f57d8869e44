/// Counts failed logins of an account and locks it for a while (DIR-5).
public struct LoginGuard: Hashable, Sendable {
    /// Failures in a row that lock the account.
    public static let failureLimit = 5
    /// How long the account stays locked, in seconds of real time.
    public static let lockSeconds: Int64 = 15 * 60

    /// Failures in a row since the last success or lock.
    public private(set) var failures: Int
    /// When the lock opens; nil when none was set since the last success.
    public private(set) var lockedUntil: RealTime?

    /// A guard as it was stored.
    public init(failures: Int = 0, lockedUntil: RealTime? = nil) {
        self.failures = failures
        self.lockedUntil = lockedUntil
    }

    /// Whether logins are refused at a time, whatever they prove.
    public func isLocked(at now: RealTime) -> Bool { lockedUntil.map { now < $0 } ?? false }

    /// Notes a failure; the fifth in a row locks. Failures while locked change nothing, so that nobody can keep an
    /// account locked for ever by one call at a time.
    public mutating func fail(at now: RealTime) {
        guard !isLocked(at: now) else { return }
        failures += 1
        guard failures >= Self.failureLimit else { return }
        failures = 0
        lockedUntil = now.adding(seconds: Self.lockSeconds)
    }

    /// Notes a success.
    public mutating func succeed() {
        failures = 0
        lockedUntil = nil
    }
}
