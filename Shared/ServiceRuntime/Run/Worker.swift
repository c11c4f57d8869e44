import Logging
import Postgres

/// Work in the background, such as firing deadlines. It is restarted, after a growing pause, when it throws.
public struct Worker: Sendable {
    /// Name, unique within the service; also part of the name of the lock.
    public let name: String
    /// Whether it runs on one replica only, under an advisory lock of the database.
    public let leader: Bool
    let run: @Sendable (WorkerContext) async throws -> Void

    /// A worker; `run` is cancelled when the service stops or, for a leader, when the lock is lost.
    public init(name: String, leader: Bool, run: @escaping @Sendable (WorkerContext) async throws -> Void) {
        self.name = name
        self.leader = leader
        self.run = run
    }
}

/// What a worker gets.
public struct WorkerContext: Sendable {
    /// The worker's log.
    public let logger: Logger
    let signal: WakeSignal

    /// Waits for a time, or until the worker is woken.
    ///
    /// - Throws: `CancellationError` when the worker has to end.
    public func wait(for time: Duration) async throws { try await signal.wait(atMost: time) }

    /// Waits until a point in real time, or until the worker is woken.
    ///
    /// - Throws: `CancellationError` when the worker has to end.
    public func wait(until instant: Instant) async throws {
        let time = instant - .now
        if time > .zero { try await wait(for: time) } else { try Task.checkCancellation() }
    }
}
