import Domain
import Messaging
import PolicyDomain
import Postgres
import ServiceRuntime

/// Ends points whose last day has passed (POL-6), on one replica, each once: the state changes under the row's lock,
/// so whoever comes second finds nothing due.
struct ExpirePoints: Sendable {
    /// Points per transaction, so that none holds its locks for long.
    private static let batch = 50

    let store: PolicyStore
    let database: Database
    let clock: BusinessClock
    let outbox: Outbox

    /// Ends all points that are due.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func run() async throws -> Int {
        var total = 0
        while true {
            let ended = try await database.transaction(.consumers) { try batch(in: $0) }
            total += ended
            if ended < Self.batch { return total }
        }
    }

    private func batch(in tx: Transaction) throws -> Int {
        let now = try clock.now(tx)
        let today = try BusinessClock.date(of: now)
        let due = try store.points.due(on: today, limit: Self.batch, in: tx)
        for id in due {
            guard var point = try store.points.find(id, in: tx) else { continue }
            let fact = try point.expire(today: today)
            let seq = try store.points.save(fact, of: point, in: tx)
            try store.index.remove(id, in: tx)
            try outbox.append(contentsOf: PolicyEvents.expired(fact, of: point, at: now, seq: seq), in: tx)
        }
        return due.count
    }
}
