import Logging
import Metrics
import Synchronization

/// The part of the pool that a caller draws from, so that none of them can starve the others (rule 15).
public enum Share: String, Sendable, CaseIterable {
    /// Transactions of incoming calls.
    case calls
    /// The relay of the outbox.
    case relay
    /// Message consumers.
    case consumers
    /// Health checks.
    case health
}

/// How many connections each share may open and how long callers wait for one.
public struct PoolConfiguration: Sendable {
    /// Connections per share, at least 1 each.
    public var sizes: [Share: Int]
    /// Longest wait for a free connection.
    public var waitLimit: Duration
    /// Callers that may wait per share; one more is refused at once.
    public var maximumWaiters: Int
    /// A connection unused for so long is closed.
    public var idleLimit: Duration
    /// How long running transactions may take to end when the database is closed; then they are cancelled.
    public var drainLimit: Duration

    /// By default eleven connections and a wait of five seconds.
    public init(
        calls: Int = 6, relay: Int = 1, consumers: Int = 3, health: Int = 1, waitLimit: Duration = .seconds(5),
        maximumWaiters: Int = 1_000, idleLimit: Duration = .seconds(300), drainLimit: Duration = .seconds(10)
    ) {
        sizes = [.calls: calls, .relay: relay, .consumers: consumers, .health: health]
        self.waitLimit = waitLimit
        self.maximumWaiters = maximumWaiters
        self.idleLimit = idleLimit
        self.drainLimit = drainLimit
    }
}

/// The connections of one share. Free ones are handed out last in, first out; waiting callers are served in order.
final class SharePool: Sendable {
    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Connection, any Error>
    }

    private struct Idle {
        let connection: Connection
        let since: ContinuousClock.Instant
    }

    private struct State {
        var idle: [Idle] = []
        var inUse: [ObjectIdentifier: Connection] = [:]
        var waiters: [Waiter] = []
        var lastWaiter = 0
        var isClosed = false
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    private let size: Int
    private let maximumWaiters: Int
    private let open: @Sendable () throws(PostgresError) -> Connection
    private let inUseGauge: Gauge
    private let waitingGauge: Gauge
    private let state = Mutex(State())

    init(
        share: Share, configuration: PoolConfiguration,
        open: @escaping @Sendable () throws(PostgresError) -> Connection
    ) {
        size = max(1, configuration.sizes[share] ?? 1)
        maximumWaiters = configuration.maximumWaiters
        self.open = open
        inUseGauge = Gauge(label: "ztc_pool_in_use", dimensions: [("share", share.rawValue)])
        waitingGauge = Gauge(label: "ztc_pool_waiting", dimensions: [("share", share.rawValue)])
        inUseGauge.record(0)
        waitingGauge.record(0)
    }

    /// A free connection, waiting until the limit at most; past it the given error is thrown.
    func acquire(until limit: ContinuousClock.Instant, otherwise late: PostgresError) async throws -> Connection {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let timer = Mutex<UInt64?>(nil)
        defer { timer.withLock { $0.map(Expiry.shared.remove) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let mustWait = enqueue(Waiter(number: number, continuation: continuation))
                guard mustWait else { return }
                let entry = Expiry.shared.add(at: limit) { self.expire(number, with: late) }
                timer.withLock { $0 = entry }
                // The handler below may have run before there was anyone to wake.
                if Task.isCancelled { expire(number, with: .cancelled) }
            }
        } onCancel: {
            expire(number, with: .cancelled)
        }
    }

    /// Serves the caller at once if that is possible or hopeless; otherwise it waits and the result is true.
    private func enqueue(_ waiter: Waiter) -> Bool {
        let answer: Result<Connection, PostgresError>? = state.withLock { state in
            if state.isClosed { return .failure(.connection("the database is closed")) }
            if let free = state.idle.popLast() { return .success(use(free.connection, &state)) }
            if state.inUse.count < size {
                return Result { () throws(PostgresError) in try open() }.map { use($0, &state) }
            }
            if state.waiters.count >= maximumWaiters { return .failure(.poolExhausted) }
            state.waiters.append(waiter)
            record(state)
            return nil
        }
        switch answer {
        case .success(let connection): waiter.continuation.resume(returning: connection)
        case .failure(let error): waiter.continuation.resume(throwing: error)
        case nil: return true
        }
        return false
    }

    private func use(_ connection: Connection, _ state: inout State) -> Connection {
        state.inUse[ObjectIdentifier(connection)] = connection
        record(state)
        return connection
    }

    private func expire(_ number: Int, with error: PostgresError) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
            defer { record(state) }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: error)
    }

    /// Gives a connection back, to the caller that has waited longest if there is one.
    func release(_ connection: Connection) {
        let (next, drained): (Waiter?, [CheckedContinuation<Void, Never>]) = state.withLock { state in
            if !state.waiters.isEmpty {
                let next = state.waiters.removeFirst()
                record(state)
                return (next, [])
            }
            state.inUse[ObjectIdentifier(connection)] = nil
            state.idle.append(Idle(connection: connection, since: .now))
            record(state)
            guard state.inUse.isEmpty else { return (nil, []) }
            defer { state.drained = [] }
            return (nil, state.drained)
        }
        next?.continuation.resume(returning: connection)
        for continuation in drained { continuation.resume() }
    }

    /// Takes out the connections that nobody has used since the given time.
    func removeIdle(since limit: ContinuousClock.Instant) -> [Connection] {
        state.withLock { state in
            let old = state.idle.filter { $0.since <= limit }
            state.idle.removeAll { $0.since <= limit }
            return old.map(\.connection)
        }
    }

    /// Refuses new callers and those that wait.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer {
                state.waiters = []
                record(state)
            }
            return state.waiters
        }
        for waiter in waiters {
            waiter.continuation.resume(throwing: PostgresError.connection("the database is closed"))
        }
    }

    /// Returns when no connection is in use.
    func drained() async {
        await withCheckedContinuation { continuation in
            let isDrained = state.withLock { state in
                if !state.inUse.isEmpty { state.drained.append(continuation) }
                return state.inUse.isEmpty
            }
            if isDrained { continuation.resume() }
        }
    }

    var inUse: [Connection] { state.withLock { Array($0.inUse.values) } }

    /// Called inside the lock, so that the last value recorded is the last one that was true.
    private func record(_ state: borrowing State) {
        inUseGauge.record(state.inUse.count)
        waitingGauge.record(state.waiters.count)
    }
}
