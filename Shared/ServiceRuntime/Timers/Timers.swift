import Postgres

/// A point in business time at which something has to happen to a subject.
public struct Timer: Hashable, Sendable {
    /// What it is about, such as a case's identifier; 1 to 128 characters.
    public let subject: String
    /// What has to happen, such as `reply.due`: the name of a handler of ``TimerHandlers``. One of a fixed set, since it
    /// labels metrics; 1 to 64 characters.
    public let name: String
    /// When, in business time.
    public let dueAt: Instant

    /// A timer from its parts.
    public init(subject: String, name: String, dueAt: Instant) {
        self.subject = subject
        self.name = name
        self.dueAt = dueAt
    }
}

/// Sets and takes back timers in the transaction of the state that they belong to (rule 14).
///
/// Subject, name and point in time are the key: setting the same timer again changes nothing, and one that has fired
/// never fires again, over restarts, replicas and clocks that go back. A command locks its aggregate's row before it
/// touches timers, as handlers do, so that the two never wait for each other.
public struct Timers: Sendable {
    private let schema: String
    private let wake: @Sendable () -> Void

    /// The timers of the service that is being built.
    public init(_ runtime: Runtime) {
        schema = runtime.configuration.name
        wake = { runtime.wake(worker: TimerWorker.name) }
    }

    /// Sets timers; those already set, and those that fired, stay as they are.
    public func set(_ timers: [Timer], in tx: Transaction) throws {
        guard !timers.isEmpty else { return }
        try tx.execute(
            """
            INSERT INTO \(identifier: schema).timer (subject, name, due_at)
            SELECT subject, name, timestamptz 'epoch' + due_us * interval '1 microsecond'
            FROM unnest(\(timers.map(\.subject)), \(timers.map(\.name)), \(timers.map(\.dueAt.microseconds)))
                AS timer (subject, name, due_us)
            ON CONFLICT DO NOTHING
            """)
        tx.afterCommit(wake)
    }

    /// Makes the given timers the only ones of a subject that have not fired, among those of the given names.
    ///
    /// - Parameter now: business time; what is due by then stays and fires, and its handler decides by the state that it
    ///   finds. Without it such timers are taken back as well.
    public func replace(
        of subject: String, names: [String], with timers: [Timer], dueAfter now: Instant? = nil, in tx: Transaction
    ) throws {
        try tx.execute(
            """
            DELETE FROM \(identifier: schema).timer AS old
            WHERE subject = \(subject) AND fired_at IS NULL AND name = ANY (\(names))
                AND (\(now)::timestamptz IS NULL OR due_at > \(now)) AND NOT EXISTS (
                SELECT FROM unnest(\(timers.map(\.name)), \(timers.map(\.dueAt.microseconds))) AS kept (name, due_us)
                WHERE kept.name = old.name
                    AND timestamptz 'epoch' + kept.due_us * interval '1 microsecond' = old.due_at)
            """)
        try set(timers, in: tx)
    }

    /// Takes the timers of the given names back, as far as they have not fired.
    public func cancel(of subject: String, names: [String], in tx: Transaction) throws {
        try replace(of: subject, names: names, with: [], in: tx)
    }
}

/// What happens when a timer fires.
public struct FiringTimer {
    /// The timer.
    public let timer: Timer
    /// The transaction; effect, events and the mark that it has fired commit together.
    public let tx: Transaction
    /// Business time now: at the timer's, or later after a standstill or a jump of the clock.
    public let now: Instant
}

/// The handlers of a service's timers by name.
public struct TimerHandlers: Sendable {
    /// Synchronous, like every transaction's body, and may run again. It locks its aggregate before it writes, decides
    /// by the state that it finds, and finds nothing to do when that has moved on. A timer that it sets lies after now.
    public typealias Handler = @Sendable (FiringTimer) throws -> Void

    private(set) var handlers: [String: Handler] = [:]

    /// No handlers yet.
    public init() {}

    /// Registers the handler of a name; a later one takes the place of an earlier one.
    public mutating func on(_ name: String, _ handler: @escaping Handler) { handlers[name] = handler }
}
