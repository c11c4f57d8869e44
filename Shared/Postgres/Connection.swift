import Foundation
import Logging
import Synchronization

/// Why a transaction did not succeed, and whether it may be run again.
struct TransactionFailure: Error {
    enum Repetition {
        /// The outcome is final, or not known.
        case never
        /// Another transaction won, or a prepared statement had gone stale.
        case conflict
        /// The connection was lost before anything could be committed.
        case connection
    }

    let cause: any Error
    let repetition: Repetition
    /// Whether the connection turned out to be dead before the server had answered anything.
    var isStillborn = false
}

/// How a transaction is begun and what ends it early.
struct TransactionPlan: Sendable {
    var isolation = Isolation.readCommitted
    var readOnly = false
    var deadline: ContinuousClock.Instant?

    /// The statement that begins it.
    var opening: String { "BEGIN ISOLATION LEVEL \(isolation.clause)\(readOnly ? " READ ONLY" : "")" }
}

/// One connection's place: an actor on a thread of its own that opens its session when it is first needed and, unless
/// it is dedicated, again after a loss.
actor Connection {
    private let executor: ConnectionExecutor
    private let configuration: PostgresConfiguration
    private let logger: Logger
    /// A dedicated connection never comes back after a loss, because its locks would not come back with it.
    private let reconnects: Bool
    private var session: Session?
    private var listeners: [String: AsyncThrowingStream<String, any Error>.Continuation] = [:]
    private let isAbandoned = Atomic(false)

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A place without a session yet. Throws `PostgresError.connection` when the process cannot have another one.
    init(
        configuration: PostgresConfiguration, name: String, reconnects: Bool, logger: Logger
    ) throws(PostgresError) {
        executor = try ConnectionExecutor(name: name)
        self.configuration = configuration
        self.reconnects = reconnects
        self.logger = logger
    }

    /// Makes a waiting statement look again at cancellation.
    nonisolated func interrupt() { executor.wakeup.signal() }

    /// Cancels the transaction under way, if any, and refuses further ones.
    nonisolated func abandon() {
        isAbandoned.store(true, ordering: .releasing)
        interrupt()
    }

    /// Opens the session now and returns the server's process number for it.
    func open() throws -> Int32 {
        let session = try Session(
            configuration: configuration, wakeup: executor.wakeup, stop: StopRule(), logger: logger)
        self.session = session
        return session.backendPID
    }

    /// Closes the session; listeners end without an error.
    func disconnect() {
        executor.watch(nil)
        session = nil
        for listener in listeners.values { listener.finish() }
        listeners = [:]
    }

    private func usableSession(_ stop: StopRule) throws -> Session {
        if let session, !session.isBroken { return session }
        if !reconnects { throw PostgresError.connection("the dedicated connection was lost") }
        session = nil
        let opened = try Session(
            configuration: configuration, wakeup: executor.wakeup, stop: stop, logger: logger)
        session = opened
        return opened
    }

    /// Runs a transaction; every error arrives as `TransactionFailure`. A session that had died while it lay idle, as
    /// all do when the server restarts, is replaced at once, since nothing can have been lost with it.
    func transaction<T: Sendable>(
        _ plan: TransactionPlan, _ body: @Sendable (Transaction) throws -> T
    ) throws -> T {
        defer { settle() }
        let hadSession = session != nil
        do {
            return try attempt(plan, body)
        } catch let failure as TransactionFailure where failure.isStillborn && hadSession && reconnects {
            return try attempt(plan, body)
        }
    }

    private func attempt<T: Sendable>(
        _ plan: TransactionPlan, _ body: @Sendable (Transaction) throws -> T
    ) throws -> T {
        let stop = StopRule(deadline: plan.deadline, abandoned: { [self] in isAbandoned.load(ordering: .acquiring) })
        let session: Session
        do {
            session = try usableSession(stop)
            if let reason = stop.reason { throw reason }
            try session.dropStalePlans()
        } catch let error as PostgresError {
            throw failure(error)
        }
        let transaction = Transaction(session: session, stop: stop, opening: plan.opening)
        let value: T
        let rest: [Session.Statement]?
        do {
            defer { transaction.finish() }
            value = try body(transaction)
            // A body may have caught the error of a statement; COMMIT would then roll back without saying so.
            if let cause = transaction.abortion ?? transaction.failure ?? stop.reason { throw cause }
            rest = try transaction.takeRest()
        } catch {
            // Also when nothing came back: a cancelled BEGIN may have begun all the same.
            rollBack(session)
            if session.hasStalePlans { throw TransactionFailure(cause: error, repetition: .conflict) }
            if let abortion = transaction.abortion {
                var failure = failure(abortion)
                failure.isStillborn = session.isBroken && !transaction.hasBegun
                throw failure
            }
            // The body may have wrapped the database's error; what the server said decides about a repetition.
            if let refusal = transaction.failure, refusal.isConflict {
                throw TransactionFailure(cause: error, repetition: .conflict)
            }
            throw TransactionFailure(cause: error, repetition: .never)
        }
        if let rest { try commit(session, after: rest, readOnly: plan.readOnly) }
        for action in transaction.commitActions { action() }
        return value
    }

    private func commit(_ session: Session, after rest: [Session.Statement], readOnly: Bool) throws {
        do {
            let tag: String? =
                rest.isEmpty
                ? try session.simple("COMMIT", stop: .none).commandTag
                : try session.run(together: rest + [.text("COMMIT")], stop: .none).last?.commandTag
            guard tag == "COMMIT" else {
                throw PostgresError.server(sqlState: "25P02", message: "the transaction was rolled back")
            }
        } catch let error as PostgresError {
            if session.isBroken && !readOnly {
                throw TransactionFailure(cause: PostgresError.unknownOutcome, repetition: .never)
            }
            rollBack(session)
            if session.hasStalePlans { throw TransactionFailure(cause: error, repetition: .conflict) }
            throw failure(error)
        }
    }

    /// Leaves the session without a transaction, or without a session.
    private func rollBack(_ session: Session) {
        if session.isBroken || session.isIdle { return }
        do {
            try session.simple("ROLLBACK", stop: .none)
        } catch {
            logger.debug("a connection is dropped because it could not roll back", metadata: ["error": "\(error)"])
            self.session = nil
        }
    }

    private func failure(_ error: PostgresError) -> TransactionFailure {
        switch error {
        case .connection: TransactionFailure(cause: error, repetition: .connection)
        case .server: TransactionFailure(cause: error, repetition: error.isConflict ? .conflict : .never)
        case .poolExhausted, .deadlineExceeded, .unknownOutcome, .decoding, .unexpectedRowCount, .cancelled:
            TransactionFailure(cause: error, repetition: .never)
        }
    }

    /// Runs text outside a transaction, for what the server refuses inside one.
    func script(_ text: String) throws {
        defer { settle() }
        try usableSession(StopRule()).simple(text, stop: StopRule())
    }

    /// Begins to deliver a channel's notifications.
    func listen(_ channel: String, to listener: AsyncThrowingStream<String, any Error>.Continuation) throws {
        defer { settle() }
        try usableSession(StopRule()).simple("LISTEN \(SQL.quoted(identifier: channel))", stop: StopRule())
        listeners.updateValue(listener, forKey: channel)?.finish()
    }

    func stopListening(_ channel: String) {
        guard listeners.removeValue(forKey: channel) != nil, let session, !session.isBroken else { return }
        do {
            try session.simple("UNLISTEN \(SQL.quoted(identifier: channel))", stop: .none)
        } catch {
            logger.debug("UNLISTEN failed", metadata: ["error": "\(error)"])
        }
        settle()
    }

    /// After each use: drops a broken session, hands out notifications, and watches for further ones.
    private func settle() {
        guard let session else { return }
        if !listeners.isEmpty {
            for (channel, payload) in session.takeNotifications() { listeners[channel]?.yield(payload) }
        }
        if session.isBroken {
            executor.watch(nil)
            self.session = nil
            for listener in listeners.values {
                listener.finish(throwing: PostgresError.connection("the listening connection was lost"))
            }
            listeners = [:]
        } else if listeners.isEmpty {
            executor.watch(nil)
        } else {
            executor.watch((session.socket, { [weak self] in Task { await self?.settle() } }))
        }
    }
}
