import Synchronization

/// How recently the leader knew that it holds the lock; past that it sends nothing more (RELIABILITY rule 4).
///
/// Counts on the system's steady clock, which goes on while the process is frozen.
final class LeaderLease: Sendable {
    /// A check older than this is no proof; a successor waits this long on top of the broker's time to acknowledge.
    static let validity: Duration = .seconds(2)
    /// How often the lock is checked while messages are under way.
    static let interval: Duration = .milliseconds(500)

    private let lastCheck = Mutex(ContinuousClock.now)
    private let ended = Mutex(false)

    /// The lock was held at a moment not before `begun`.
    func renew(begun: ContinuousClock.Instant) { lastCheck.withLock { $0 = max($0, begun) } }

    /// Nothing more may be sent: the term is over or about to be.
    func end() { ended.withLock { $0 = true } }

    /// Whether another message may be sent.
    var isValid: Bool {
        !ended.withLock { $0 } && ContinuousClock.now - lastCheck.withLock { $0 } < Self.validity
    }
}
