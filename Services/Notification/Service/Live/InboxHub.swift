import Foundation
import NotificationDomain
import ServiceRuntime
import Synchronization

/// The open streams of this replica, and how far it has told them of new notices (NTF-1).
final class InboxHub: Sendable {
    /// What a stream is given.
    enum Signal: Sendable {
        /// A notice that has just become visible to the stream's enterprise.
        case entry(InboxItem)
        /// Nothing new; the connection is alive.
        case heartbeat
    }

    private struct Listener {
        let enterprise: UUID
        let account: UUID
        let signals: AsyncThrowingStream<Signal, any Error>.Continuation
        let overflow: AsyncStream<Never>.Continuation
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var lastListener = 0
        /// Transactions before this one have been told of.
        var horizon: Int64?
        /// Notices told of whose transactions are not before the horizon.
        var told: [UUID: Int64] = [:]
    }

    /// Streams that one account may have open at a replica: enough for a person's windows and devices.
    static let streamsPerAccount = 8

    private let limit: Int
    private let streams: Int
    private let state = Mutex(State())

    /// A hub of at most `streams` streams, which each hold at most `limit` signals for a slow reader.
    init(limit: Int, streams: Int) {
        self.limit = limit
        self.streams = streams
    }

    /// Opens a stream of an account for its enterprise; from transaction `horizon` on it misses nothing.
    ///
    /// - Throws: ``Problem`` RESOURCE_EXHAUSTED when the account, or the replica, has too many open.
    func join(_ enterprise: UUID, account: UUID, horizon: Int64) throws -> InboxStream {
        let (signals, continuation) = AsyncThrowingStream.makeStream(
            of: Signal.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(limit))
        let (overflow, overflowContinuation) = AsyncStream.makeStream(of: Never.self)
        let number = try state.withLock { state in
            guard state.listeners.count < streams else {
                throw Problem.exhausted("too many inbox streams are open; list the inbox instead")
            }
            guard state.listeners.values.count(where: { $0.account == account }) < Self.streamsPerAccount else {
                throw Problem.exhausted("the account has \(Self.streamsPerAccount) inbox streams open; close one")
            }
            state.lastListener += 1
            state.listeners[state.lastListener] = Listener(
                enterprise: enterprise, account: account, signals: continuation, overflow: overflowContinuation)
            if state.horizon == nil { state.horizon = horizon }
            return state.lastListener
        }
        return InboxStream(signals: signals, overflow: overflow, continuation: continuation) { [weak self] in
            self?.leave(number)
        }
    }

    private func leave(_ number: Int) {
        let listener = state.withLock { $0.listeners.removeValue(forKey: number) }
        listener?.signals.finish()
    }

    /// Enterprises for which streams are open.
    var enterprises: Set<UUID> { state.withLock { Set($0.listeners.values.map(\.enterprise)) } }

    /// The first transaction that may hold notices not told of, nil before anything is known; and the notices from
    /// there on that were told of.
    var progress: (horizon: Int64?, told: [UUID]) { state.withLock { ($0.horizon, Array($0.told.keys)) } }

    /// Moves the horizon forward; what lies before it is forgotten.
    func move(to horizon: Int64) {
        state.withLock { state in
            state.horizon = max(horizon, state.horizon ?? horizon)
            state.told = state.told.filter { $0.value >= horizon }
        }
    }

    /// Notes that a notice is told of now.
    ///
    /// - Returns: false when it was told of before.
    func begin(_ notice: UUID, writtenBy transaction: Int64) -> Bool {
        state.withLock { $0.told.updateValue(transaction, forKey: notice) == nil }
    }

    /// Takes back that a notice was told of, so that it is tried again.
    func takeBack(_ notice: UUID) { state.withLock { state in state.told[notice] = nil } }

    /// Gives a notice to the streams of an enterprise; a stream whose reader is too slow to take it is ended.
    func deliver(_ entry: InboxItem, to enterprise: UUID) {
        let listeners = state.withLock { state in state.listeners.values.filter { $0.enterprise == enterprise } }
        for listener in listeners {
            switch listener.signals.yield(.entry(entry)) {
            case .enqueued, .terminated: break
            case .dropped: listener.overflow.finish()
            @unknown default: break
            }
        }
    }
}

/// One open stream: signals for its reader, until one of both leaves.
struct InboxStream: Sendable {
    let signals: AsyncThrowingStream<InboxHub.Signal, any Error>
    /// Ends when the reader is too slow.
    let overflow: AsyncStream<Never>
    let continuation: AsyncThrowingStream<InboxHub.Signal, any Error>.Continuation
    /// Takes the stream out of the hub; whoever opened it must call this.
    let leave: @Sendable () -> Void

    /// Ends the stream from this side; what waits in it is still given out.
    func finish(throwing error: (any Error)? = nil) { continuation.finish(throwing: error) }

    /// Writes signals until the stream is finished, with a heartbeat whenever the time passes. Whether the reader may
    /// still read is asked before each signal, at each heartbeat, and when its right ends.
    ///
    /// - Throws: ``Problem`` RESOURCE_EXHAUSTED when writing is too slow for what comes; what the right's check
    ///   throws; what finished the stream; errors of `write`.
    func pump(
        heartbeat: Duration, right: StreamRight, write: @escaping @Sendable (InboxHub.Signal) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await signal in signals {
                    try right.check()
                    try await write(signal)
                }
            }
            group.addTask {
                for await _ in overflow {}
                try Task.checkCancellation()
                throw Problem.exhausted("the inbox's stream was read too slowly; list what was missed")
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: min(heartbeat, max(right.remaining, .zero)))
                    try right.check()
                    // When the reader is behind it has enough to read, so a heartbeat that finds no room is needless.
                    continuation.yield(.heartbeat)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
