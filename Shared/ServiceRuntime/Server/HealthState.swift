import Synchronization

/// What has to hold before the service takes calls, and who waits to hear of changes.
final class HealthState: Sendable {
    /// The conditions, by the words that `/readyz` shows.
    enum Condition: String, Sendable, CaseIterable {
        case schema = "schema migrated"
        case database = "database reachable"
        case trust = "trust loaded"
        case running = "not stopping"
    }

    private struct State {
        var met: Set<Condition> = [.running]
        var watchers: [Int: AsyncStream<Bool>.Continuation] = [:]
        var lastWatcher = 0
    }

    private let state = Mutex(State())

    /// Whether calls are served: schema and database are there and nobody asked to stop. Trust may still be missing;
    /// calls that need it are refused one by one.
    var isServing: Bool { state.withLock { Self.isServing($0) } }

    /// The conditions that readiness waits for.
    var missing: [String] {
        state.withLock { state in
            Condition.allCases.filter { !state.met.contains($0) }.map { "\($0.rawValue): no" }
        }
    }

    func set(_ condition: Condition, _ isMet: Bool) {
        state.withLock { state in
            let before = Self.isServing(state)
            if isMet { state.met.insert(condition) } else { state.met.remove(condition) }
            let after = Self.isServing(state)
            guard before != after else { return }
            for watcher in state.watchers.values { watcher.yield(after) }
        }
    }

    /// The state now and every change, until the reader stops or the service does.
    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = continuation
            continuation.yield(Self.isServing(state))
            return state.lastWatcher
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.watchers[number] = nil }
        }
        return stream
    }

    /// Ends all watches, so that open streams do not hold up the stop.
    func finishWatches() {
        let watchers = state.withLock { Array($0.watchers.values) }
        for watcher in watchers { watcher.finish() }
    }

    private static func isServing(_ state: State) -> Bool {
        state.met.isSuperset(of: [.schema, .database, .running])
    }
}
