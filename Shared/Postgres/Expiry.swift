import Synchronization

/// Ends what runs past its time: calls, and waits for a connection.
///
/// Hardly any of them does, but each would set a timer of the runtime, which wakes a thread when it is set and stays in
/// the runtime's list until its time even when it was cancelled. Here one task sleeps for all of them.
public final class Expiry: Sendable {
    /// What ends something that has a limit.
    private struct Entry {
        let limit: ContinuousClock.Instant
        let action: @Sendable () -> Void
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var lastNumber: UInt64 = 0
        /// When the sleeping task wakes; nil while there is none.
        var wake: ContinuousClock.Instant?
        /// Number of the task that sleeps; one before it, which sleeps for longer, finds that it is not needed any more.
        var sleeper = 0
    }

    /// A task that was overtaken by one that wakes earlier ends no later than this.
    private static let longestSleep = Duration.seconds(60)

    private let state = Mutex(State())

    /// One for all of the process.
    public static let shared = Expiry()

    init() {}

    /// Has the action called at the limit unless the entry is removed before; it must be short.
    ///
    /// - Returns: the entry's number, for ``remove(_:)``.
    public func add(at limit: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        let (number, sleeper, wake) = state.withLock { state -> (UInt64, Int?, ContinuousClock.Instant) in
            state.lastNumber += 1
            state.entries[state.lastNumber] = Entry(limit: limit, action: action)
            if let wake = state.wake, wake <= limit { return (state.lastNumber, nil, wake) }
            let wake = min(limit, .now + Self.longestSleep)
            state.wake = wake
            state.sleeper += 1
            return (state.lastNumber, state.sleeper, wake)
        }
        if let sleeper {
            // Detached, since it outlives the call that happens to be the first.
            Task.detached { await self.sleep(sleeper, until: wake) }
        }
        return number
    }

    /// Forgets an entry, whether its action was called or not.
    public func remove(_ number: UInt64) { state.withLock { $0.entries[number] = nil } }

    /// Calls what is due and sleeps on, until nothing is left or another task wakes earlier.
    private func sleep(_ number: Int, until limit: ContinuousClock.Instant) async {
        var wake: ContinuousClock.Instant? = limit
        while let limit = wake {
            do { try await Task.sleep(until: limit, clock: .continuous) } catch { return }
            let due: [Entry]
            (due, wake) = state.withLock { state in
                guard state.sleeper == number else { return ([], nil) }
                let now = ContinuousClock.now
                let due = state.entries.filter { $0.value.limit <= now }
                for number in due.keys { state.entries[number] = nil }
                state.wake = state.entries.values.map(\.limit).min().map { min($0, now + Self.longestSleep) }
                return (Array(due.values), state.wake)
            }
            for entry in due { entry.action() }
        }
    }
}
