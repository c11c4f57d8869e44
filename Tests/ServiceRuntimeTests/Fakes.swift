import Postgres
import Synchronization

@testable import ServiceRuntime

/// A clock that only the test moves.
final class TestClock: Sendable {
    private let time: Mutex<Instant>

    init(_ start: Instant) { time = Mutex(start) }

    var now: Instant { time.withLock { $0 } }

    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// Issues numbered tokens of ten minutes, unless it is away.
final class FakeDirectory: Sendable {
    private let clock: TestClock
    private let state = Mutex((issued: 0, isAway: false))

    init(clock: TestClock) { self.clock = clock }

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    var issue: ServiceTokens.Fetch {
        { [self] in
            try state.withLock { state in
                if state.isAway { throw Problem.unavailable("the directory is away") }
                state.issued += 1
                return ("token-\(state.issued)", clock.now + .seconds(600))
            }
        }
    }
}
