import Foundation
import Synchronization

/// Wakes a thread that waits in `poll` for a socket.
///
/// A pipe rather than a condition variable, because one call has to wait for the socket and for other threads.
final class Wakeup: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    /// Makes the pipe. Throws `PostgresError.connection` when the process has no file descriptors left.
    init() throws(PostgresError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .connection("no file descriptors are left for a connection") }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// A full pipe already wakes the reader, so a refused byte is no loss.
    func signal() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Waits until a signal, the socket's event, or the limit.
    func wait(socket: Int32?, events: Int32, until limit: ContinuousClock.Instant?) -> Outcome {
        var watched = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket ?? -1, events: Int16(events), revents: 0),
        ]
        var milliseconds: Int32 = -1
        if let limit {
            let left = ContinuousClock.now.duration(to: limit)
            if left <= .zero { return .limitReached }
            // One more, so that the rounding never ends the wait before the limit.
            milliseconds = Int32(clamping: left.wholeMilliseconds + 1)
        }
        let ready = poll(&watched, 2, milliseconds)
        if ready == 0 { return .limitReached }
        if watched[0].revents != 0 {
            var sink = [UInt8](repeating: 0, count: 64)
            while read(readEnd, &sink, sink.count) == sink.count {}
        }
        return ready > 0 && watched[1].revents != 0 ? .socketReady : .signalled
    }

    enum Outcome {
        case socketReady
        case signalled
        case limitReached
    }
}

/// Runs the jobs of one connection's actor on a thread of its own, so that libpq may wait there without holding up
/// Swift's cooperative threads.
final class ConnectionExecutor: SerialExecutor {
    private let core: Core

    init(name: String) throws(PostgresError) {
        core = try Core()
        core.adopt(asUnownedSerialExecutor())
        let thread = Thread { [core] in core.run() }
        thread.name = name
        thread.start()
    }

    /// The actor is gone, hence no job can follow; the thread ends by itself.
    deinit { core.stop() }

    var wakeup: Wakeup { core.wakeup }

    func enqueue(_ job: consuming ExecutorJob) { core.submit(UnownedJob(job)) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Calls the action once, on the thread, when the idle thread sees data on the socket; nil stops watching.
    func watch(_ watch: (socket: Int32, action: @Sendable () -> Void)?) { core.watch(watch) }

    /// What the thread holds: it must not keep the executor alive, or the thread would never end.
    private final class Core: Sendable {
        private struct State {
            var jobs: [UnownedJob] = []
            var isStopped = false
            var executor: UnownedSerialExecutor?
            var watch: (socket: Int32, action: @Sendable () -> Void)?
        }

        let wakeup: Wakeup
        private let state = Mutex(State())

        init() throws(PostgresError) { wakeup = try Wakeup() }

        func adopt(_ executor: UnownedSerialExecutor) { state.withLock { $0.executor = executor } }

        func submit(_ job: UnownedJob) {
            state.withLock { $0.jobs.append(job) }
            wakeup.signal()
        }

        func watch(_ watch: (socket: Int32, action: @Sendable () -> Void)?) {
            state.withLock { $0.watch = watch }
            wakeup.signal()
        }

        func stop() {
            state.withLock { $0.isStopped = true }
            wakeup.signal()
        }

        func run() {
            while true {
                let (jobs, isStopped, executor) = state.withLock { state in
                    defer { state.jobs = [] }
                    return (state.jobs, state.isStopped, state.executor)
                }
                if let executor {
                    for job in jobs { job.runSynchronously(on: executor) }
                }
                if !jobs.isEmpty { continue }
                if isStopped { return }
                let watched = state.withLock { $0.watch?.socket }
                switch wakeup.wait(socket: watched, events: POLLIN, until: nil) {
                case .socketReady:
                    let action = state.withLock { state in
                        defer { state.watch = nil }
                        return state.watch?.action
                    }
                    action?()
                case .signalled, .limitReached: continue
                }
            }
        }
    }
}
