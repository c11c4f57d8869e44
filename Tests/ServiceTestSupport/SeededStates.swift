import Messaging
import Postgres
import TestSupport

@testable import ServiceRuntime

/// Seeds a state topic from its source and compares the seeds with the states that were published before, key by key:
/// the same sequence number, the same bytes (rule 11).
///
/// - Parameter pageSize: states of one page; small, so that there are several.
/// - Throws: `NotReached` naming the first key that differs.
public func expectSeedsAsPublished(
    _ source: StateSource, of handle: ServiceHandle, schema: String, pageSize: Int = 2
) async throws {
    let runtime = handle.runtime
    let before = try await states(of: source.topic, after: 0, runtime.database, schema)
    guard !before.isEmpty else { throw NotReached(description: "\(source.topic.name) has no states") }
    let newest = before.reduce(into: [String: JournalState]()) { found, state in
        if state.seq >= found[state.key]?.seq ?? 0 { found[state.key] = state }
    }
    var after: String?
    var pages = 0
    repeat {
        let page = try await runtime.database.transaction { [after] transaction in
            let page = try source.load(after, pageSize, runtime.clock.now(transaction), transaction)
            try runtime.outbox.append(contentsOf: page.events, in: transaction)
            return page
        }
        after = page.last
        pages += 1
    } while after != nil && pages < 10_000
    let seeds = try await states(of: source.topic, after: before.last?.id ?? 0, runtime.database, schema)
    guard seeds.count == newest.count else {
        throw NotReached(description: "\(source.topic.name): \(seeds.count) seeds for \(newest.count) keys")
    }
    for seed in seeds {
        let state = newest[seed.key]
        guard seed.seq == state?.seq, seed.payload == state?.payload else {
            throw NotReached(description: "\(source.topic.name) \(seed.key): the seed differs from the state")
        }
    }
}

private struct JournalState: Sendable {
    let id: Int64
    let key: String
    let seq: Int64
    let payload: [UInt8]?
}

private func states(
    of topic: Topic, after id: Int64, _ database: Database, _ schema: String
) async throws -> [JournalState] {
    try await database.transaction { transaction in
        try transaction.query(
            """
            SELECT id, key, seq, payload FROM \(identifier: schema).journal
            WHERE topic = \(topic.name) AND id > \(id) ORDER BY id
            """
        ) { row in
            JournalState(
                id: try row.get("id"), key: try row.get("key"), seq: try row.get("seq"),
                payload: try row.get("payload"))
        }
    }
}
