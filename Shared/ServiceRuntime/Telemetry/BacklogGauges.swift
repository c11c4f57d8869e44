import CoreMetrics
import Postgres

/// Measures what waits in a service's tables: the outbox's depth and age, dead letters, parked keys (XCT-14).
struct BacklogGauges: Sendable {
    /// Counting stops here, so that measuring a great backlog does not add to it.
    private static let greatestCount = 100_000
    private static let interval = Duration.seconds(5)

    private struct Backlog: Sendable {
        let pending: Int64
        let age: Double
        let deadLetters: Int64
        let parkedKeys: Int64
        let parkedAge: Double
        let parkedMessages: Int64
        let unsealed: Int64
    }

    let schema: String
    let database: Database
    let metrics: any MetricsFactory

    /// The worker that measures; every replica shows the same tables.
    var worker: Worker {
        Worker(name: "backlog-gauges", leader: false) { context in
            while true {
                try await measure()
                try await context.wait(for: Self.interval)
            }
        }
    }

    private func measure() async throws {
        let backlog = try await database.transaction(.health, readOnly: true) { [schema] transaction in
            let row = try transaction.only(
                """
                SELECT
                    (SELECT count(*) FROM (
                        SELECT 1 FROM \(identifier: schema).pending LIMIT \(Self.greatestCount)) AS rows) AS pending,
                    coalesce((
                        SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float8
                        FROM \(identifier: schema).journal
                        WHERE id = (SELECT min(journal_id) FROM \(identifier: schema).pending)), 0) AS age,
                    (SELECT count(*) FROM \(identifier: schema).dead_letter
                        WHERE replayed_at IS NULL AND dismissed_at IS NULL) AS dead_letters,
                    (SELECT count(*) FROM \(identifier: schema).parked_key) AS parked_keys,
                    coalesce((
                        SELECT extract(epoch FROM clock_timestamp() - min(since))::float8
                        FROM \(identifier: schema).parked_key), 0) AS parked_age,
                    (SELECT count(*) FROM (
                        SELECT 1 FROM \(identifier: schema).parked_message LIMIT \(Self.greatestCount)) AS rows
                    ) AS parked_messages,
                    (SELECT count(*) FROM (
                        SELECT 1 FROM \(identifier: schema).audit_unsealed LIMIT \(Self.greatestCount)
                    ) AS rows) AS unsealed
                """)
            return Backlog(
                pending: try row.get("pending"), age: max(0, try row.get("age")),
                deadLetters: try row.get("dead_letters"), parkedKeys: try row.get("parked_keys"),
                parkedAge: max(0, try row.get("parked_age")), parkedMessages: try row.get("parked_messages"),
                unsealed: try row.get("unsealed"))
        }
        metrics.makeMeter(label: MetricName.outboxDepth, dimensions: []).set(backlog.pending)
        metrics.makeMeter(label: MetricName.outboxAge, dimensions: []).set(backlog.age)
        metrics.makeMeter(label: MetricName.deadLetters, dimensions: []).set(backlog.deadLetters)
        metrics.makeMeter(label: MetricName.parkedKeys, dimensions: []).set(backlog.parkedKeys)
        metrics.makeMeter(label: MetricName.auditUnsealed, dimensions: []).set(backlog.unsealed)
        metrics.makeMeter(label: MetricName.parkedAge, dimensions: []).set(backlog.parkedAge)
        metrics.makeMeter(label: MetricName.parkedMessages, dimensions: []).set(backlog.parkedMessages)
    }
}
