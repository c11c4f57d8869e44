import Logging

/// A connection of its own, for what must survive between transactions: a session lock or LISTEN.
///
/// It is never reopened: after a loss its locks are gone, and every call throws `PostgresError.connection` (rule 3).
public final class DedicatedConnection: Sendable {
    private let connection: Connection
    /// The server's process number of this session.
    public let backendPID: Int32

    private init(connection: Connection, backendPID: Int32) {
        self.connection = connection
        self.backendPID = backendPID
    }

    static func open(_ configuration: PostgresConfiguration, name: String, logger: Logger) async throws
        -> DedicatedConnection
    {
        let connection = try Connection(
            configuration: configuration, name: "pg-\(name)".prefixed(15), reconnects: false, logger: logger)
        let backendPID = try await connection.interruptible { try await connection.open() }
        return DedicatedConnection(connection: connection, backendPID: backendPID)
    }

    /// Runs the body in one transaction, once: a conflict or a loss is the caller's to handle.
    @discardableResult
    public func transaction<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        do {
            return try await connection.interruptible { try await self.connection.transaction(TransactionPlan(), body) }
        } catch let failure as TransactionFailure {
            throw failure.cause
        }
    }

    /// Takes a session lock if it is free; false if another session has it. Locks count: taking twice holds twice.
    public func tryAdvisoryLock(_ key: Int64) async throws -> Bool {
        try await transaction { try $0.only("SELECT pg_catalog.pg_try_advisory_lock(\(key)) AS taken").get("taken") }
    }

    /// Whether this session still has the lock, as the server sees it. Throws `PostgresError.connection` if the
    /// session is gone, in which case the lock is gone too.
    public func holdsAdvisoryLock(_ key: Int64) async throws -> Bool {
        try await transaction { transaction in
            try transaction.only(
                """
                SELECT EXISTS (
                    SELECT FROM pg_catalog.pg_locks
                    WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() AND granted
                      AND database = (SELECT oid FROM pg_catalog.pg_database
                                      WHERE datname = pg_catalog.current_database())
                      AND objsubid = 1
                      AND classid::bigint = ((\(key) >> 32) & 4294967295)
                      AND objid::bigint = (\(key) & 4294967295)
                ) AS held
                """
            ).get("held")
        }
    }

    /// Gives a session lock back; false if this session did not have it.
    public func releaseAdvisoryLock(_ key: Int64) async throws -> Bool {
        try await transaction {
            try $0.only("SELECT pg_catalog.pg_advisory_unlock(\(key)) AS released").get("released")
        }
    }

    /// Payloads of a channel's notifications from now on. The stream throws when the connection is lost and ends when
    /// it is closed; dropping the stream stops listening. At most 1024 payloads wait, then the oldest are dropped: a
    /// notification is a reason to look, not the news itself.
    public func listen(_ channel: String) async throws -> AsyncThrowingStream<String, any Error> {
        let (stream, continuation) = AsyncThrowingStream<String, any Error>.makeStream(
            bufferingPolicy: .bufferingNewest(1_024))
        try await connection.interruptible { try await self.connection.listen(channel, to: continuation) }
        continuation.onTermination = { [weak connection] termination in
            guard case .cancelled = termination else { return }
            Task { await connection?.stopListening(channel) }
        }
        return stream
    }

    /// Runs text of our own outside a transaction, for what the server refuses inside one: CREATE DATABASE, VACUUM,
    /// CREATE INDEX CONCURRENTLY.
    public func executeScript(_ text: String) async throws {
        try await connection.interruptible { try await self.connection.script(text) }
    }

    /// Closes the connection; the server frees its locks.
    public func close() async { await connection.disconnect() }
}

extension Connection {
    /// Runs an operation of this connection so that cancelling the task reaches its waiting statement.
    nonisolated func interruptible<T: Sendable>(_ operation: @Sendable () async throws -> T) async throws -> T {
        try await withTaskCancellationHandler {
            try await operation()
        } onCancel: {
            interrupt()
        }
    }
}

extension String {
    /// The system allows thread names of fifteen bytes.
    fileprivate func prefixed(_ length: Int) -> String { String(prefix(length)) }
}
