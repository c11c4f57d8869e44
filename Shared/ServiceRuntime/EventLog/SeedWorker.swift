import Messaging
import Postgres

/// Seeds every state topic from the tables when a broker made anew could not be refilled from the whole journal
/// (RELIABILITY rule 11). The relay notes that need; this worker answers it, and begins anew when it is interrupted.
struct SeedWorker: Sendable {
    /// States of one transaction.
    static let pageSize = 200
    private static let interval = Duration.seconds(15)

    let schema: String
    let database: Database
    let clock: BusinessClock
    let outbox: Outbox
    let sources: [StateSource]

    var worker: Worker {
        Worker(name: "state-seeds", leader: true) { context in
            while true {
                if try await isWanted() {
                    for source in sources {
                        let states = try await seed(source)
                        context.logger.notice(
                            "states were seeded from the tables",
                            metadata: ["topic": "\(source.topic.name)", "states": "\(states)"])
                    }
                    try await settle()
                }
                try await context.wait(for: Self.interval)
            }
        }
    }

    private func isWanted() async throws -> Bool {
        try await database.transaction(.consumers, readOnly: true) { [schema] transaction in
            try transaction.only("SELECT seed_wanted FROM \(identifier: schema).relay_state").get("seed_wanted")
        }
    }

    private func seed(_ source: StateSource) async throws -> Int {
        var after: String?
        var states = 0
        repeat {
            let page = try await database.transaction(.consumers) { [outbox, clock, after] transaction in
                let page = try source.load(after, Self.pageSize, clock.now(transaction), transaction)
                try outbox.append(contentsOf: page.events, in: transaction)
                return page
            }
            states += page.events.count
            after = page.last
        } while after != nil
        return states
    }

    private func settle() async throws {
        try await database.transaction(.consumers) { [schema] transaction in
            try transaction.execute("UPDATE \(identifier: schema).relay_state SET seed_wanted = false", expecting: 1)
        }
    }
}
