import Postgres

/// Wakes the workers of this replica when another one has moved business time, so that timers fire wherever their worker
/// leads (rule 14). Only development mode has the call that moves it, and this.
enum ClockFollower {
    /// The longest that a move stays unnoticed.
    static let interval = Duration.milliseconds(500)

    /// The worker that looks.
    static func worker(_ clock: BusinessClock, _ database: Database, _ wakes: WorkerWakes) -> Worker {
        Worker(name: "business-clock", leader: false) { context in
            func shift() async throws -> Int64 {
                try await database.transaction(.consumers, readOnly: true) { try clock.shift($0) }
            }
            var known = try await shift()
            while true {
                try await context.wait(for: interval)
                let current = try await shift()
                guard current != known else { continue }
                known = current
                wakes.wakeAll()
            }
        }
    }
}
