import Synchronization

/// Wakes the one who waits; raised many times before the waiter comes it counts as once.
final class WakeSignal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func raise() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isRaised = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits until the signal is raised or the time is over.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func wait(atMost time: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitUntilRaised() }
            group.addTask { try await Task.sleep(for: time) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    private func waitUntilRaised() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiter
                state.waiter = nil
                return waiter
            }
            waiter?.resume()
        }
    }
}

/// The signals of a service's workers by name.
final class WorkerWakes: Sendable {
    private let signals = Mutex<[String: WakeSignal]>([:])

    func signal(of worker: String) -> WakeSignal {
        signals.withLock { signals in
            if let found = signals[worker] { return found }
            let made = WakeSignal()
            signals[worker] = made
            return made
        }
    }

    func wake(_ worker: String) { signal(of: worker).raise() }

    func wakeAll() { for signal in signals.withLock({ Array($0.values) }) { signal.raise() } }
}
