import Postgres

/// The order that has to be kept: events of one key on one topic follow each other.
struct Lane: Hashable, Sendable {
    let topic: String
    let key: String

    init(_ row: JournalRow) {
        topic = row.topic
        key = row.key
    }
}

/// Lanes whose next event could not be delivered: they wait, and nothing of theirs overtakes, while others go on.
struct HeldLanes: Sendable {
    private struct Held {
        var until: ContinuousClock.Instant
        var failures: Int
        var ids: Set<Int64>
        /// Whether the rows that waited have been handed out to be sent; only then may further ones of the lane go.
        var isReleased = false
    }

    private static let first: Duration = .milliseconds(200)
    private static let longest: Duration = .seconds(5)
    private var lanes: [Lane: Held] = [:]

    /// Number of lanes that wait.
    var count: Int { lanes.count }

    /// Releases the lanes that have waited long enough, whole lanes at a time, until there are at least `limit` rows:
    /// gives the journal numbers that are to be read again now.
    mutating func due(limit: Int, at now: ContinuousClock.Instant = .now) -> [Int64] {
        // What was released before and not settled since had no rows any more.
        lanes = lanes.filter { !$0.value.isReleased }
        var ids: [Int64] = []
        for (lane, held) in lanes where held.until <= now && ids.count < limit {
            ids += held.ids
            lanes[lane]?.ids = []
            lanes[lane]?.isReleased = true
        }
        return ids
    }

    /// Sorts rows into those that may be sent and those that have to wait behind a held lane. A lane lets nothing pass
    /// before ``due(limit:)`` has released it, however late it is: its first rows would be overtaken.
    mutating func admit(_ rows: [JournalRow]) -> [JournalRow] {
        rows.filter { row in
            guard let held = lanes[Lane(row)], !held.isReleased else { return true }
            lanes[Lane(row)]?.ids.insert(row.id)
            return false
        }
    }

    /// Takes note of what became of rows: lanes with rows left wait longer each time, the others are free.
    mutating func settle(_ sent: [JournalRow], left: [JournalRow], at now: ContinuousClock.Instant = .now) {
        var leftIDs: [Lane: Set<Int64>] = [:]
        for row in left { leftIDs[Lane(row), default: []].insert(row.id) }
        for lane in Set(sent.map(Lane.init)) {
            guard let ids = leftIDs[lane] else {
                lanes[lane] = nil
                continue
            }
            let failures = (lanes[lane]?.failures ?? 0) + 1
            let pause = min(Self.longest, Self.first * (1 << min(failures, 5))) * Double.random(in: 0.5...1)
            lanes[lane] = Held(until: now + pause, failures: failures, ids: ids.union(lanes[lane]?.ids ?? []))
        }
    }

    /// Forgets everything; the next scan from the start finds it again.
    mutating func clear() { lanes = [:] }
}
