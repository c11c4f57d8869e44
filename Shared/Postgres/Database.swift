import Logging
import Metrics

/// A service's database: a bounded pool of connections and transactions on it.
///
/// Connections are opened when they are first needed; `run()` keeps the pool in shape and closes it in the end.
public final class Database: Sendable {
    /// The pause before a repetition lies between half of this and all of it, times the number of the attempt.
    private static let pause = Duration.milliseconds(40)

    /// Where the connections lead.
    public let configuration: PostgresConfiguration
    private let poolConfiguration: PoolConfiguration
    private let pools: [Share: SharePool]
    let logger: Logger

    /// A database without any open connection yet.
    public init(
        configuration: PostgresConfiguration, pool: PoolConfiguration = PoolConfiguration(), logger: Logger
    ) {
        self.configuration = configuration
        self.poolConfiguration = pool
        self.logger = logger
        pools = Dictionary(
            uniqueKeysWithValues: Share.allCases.map { share in
                let pool = SharePool(share: share, configuration: pool) { () throws(PostgresError) in
                    try Connection(
                        configuration: configuration, name: "pg-\(share.rawValue)", reconnects: true, logger: logger)
                }
                return (share, pool)
            })
    }

    /// Closes connections that have long been idle, until the task is cancelled; then refuses new transactions, lets
    /// those under way end (cancelling them after the drain limit) and closes every connection.
    public func run() async throws {
        let interval = max(poolConfiguration.idleLimit / 4, .milliseconds(50))
        while !Task.isCancelled {
            do { try await Task.sleep(for: interval) } catch { break }
            await closeIdle(since: .now - poolConfiguration.idleLimit)
        }
        for pool in pools.values { pool.close() }
        // The drain must take place although this task is cancelled, hence tasks of its own.
        let limit = Task { [pools, poolConfiguration] in
            do { try await Task.sleep(for: poolConfiguration.drainLimit) } catch { return }
            for connection in pools.values.flatMap(\.inUse) { connection.abandon() }
        }
        for pool in pools.values { await pool.drained() }
        limit.cancel()
        await closeIdle(since: .now)
    }

    private func closeIdle(since limit: ContinuousClock.Instant) async {
        for connection in pools.values.flatMap({ $0.removeIdle(since: limit) }) { await connection.disconnect() }
    }

    /// Runs the body in a transaction and commits it.
    ///
    /// The body is synchronous and may run several times, so it loads everything inside and captures no state that it
    /// changes. It is repeated after serialisation failures and deadlocks (`attempts` runs in all) and once after a
    /// connection lost before COMMIT. Cancelling the task cancels the statement on the server. BEGIN travels with the
    /// body's first statement, so a body without any does not reach the server.
    ///
    /// - Parameters:
    ///   - share: the part of the pool to draw from.
    ///   - attempts: runs in all, at least 1.
    ///   - deadline: when waiting, statements and repetitions end with `PostgresError.deadlineExceeded`. A COMMIT
    ///     under way is not cut off.
    /// - Throws: what the body throws, or `PostgresError`; after `unknownOutcome` the caller may not assume anything.
    @discardableResult
    public func transaction<T: Sendable>(
        _ share: Share = .calls, isolation: Isolation = .readCommitted, readOnly: Bool = false, attempts: Int = 3,
        deadline: ContinuousClock.Instant? = nil, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        let plan = TransactionPlan(isolation: isolation, readOnly: readOnly, deadline: deadline)
        var conflicts = 0
        var losses = 0
        while true {
            do {
                return try await attempt(share, plan, body)
            } catch let failure as TransactionFailure {
                switch failure.repetition {
                case .never: throw failure.cause
                case .conflict:
                    conflicts += 1
                    if conflicts >= attempts { throw failure.cause }
                case .connection:
                    losses += 1
                    if losses > 1 { throw failure.cause }
                }
                logger.debug("a transaction is repeated", metadata: ["error": "\(failure.cause)"])
            }
            try await pauseBeforeRepetition(number: conflicts + losses, deadline: deadline)
        }
    }

    private func attempt<T: Sendable>(
        _ share: Share, _ plan: TransactionPlan, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        guard let pool = pools[share] else { throw PostgresError.poolExhausted }
        if Task.isCancelled { throw PostgresError.cancelled }
        let waitLimit = ContinuousClock.now + poolConfiguration.waitLimit
        let connection: Connection
        if let deadline = plan.deadline, deadline < waitLimit {
            connection = try await pool.acquire(until: deadline, otherwise: .deadlineExceeded)
        } else {
            connection = try await pool.acquire(until: waitLimit, otherwise: .poolExhausted)
        }
        defer { pool.release(connection) }
        return try await withTaskCancellationHandler {
            try await connection.transaction(plan, body)
        } onCancel: {
            connection.interrupt()
        }
    }

    private func pauseBeforeRepetition(number: Int, deadline: ContinuousClock.Instant?) async throws {
        let end = ContinuousClock.now + Self.pause * number * Double.random(in: 0.5...1)
        if let deadline, deadline <= end { throw PostgresError.deadlineExceeded }
        do {
            try await Task.sleep(until: end, clock: .continuous)
        } catch {
            throw PostgresError.cancelled
        }
    }

    /// Opens a connection outside the pool, for a lock or LISTEN; the name is added to the application's. Throws
    /// `PostgresError.connection` if the server is away. The caller closes it.
    public func dedicated(name: String) async throws -> DedicatedConnection {
        try await DedicatedConnection.open(
            configuration.with(applicationName: "\(configuration.applicationName) \(name)"), name: name, logger: logger)
    }
}
