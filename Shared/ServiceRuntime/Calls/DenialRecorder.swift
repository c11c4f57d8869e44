import CoreMetrics
import Logging
import Postgres
import Synchronization

/// Keeps a trace of refused calls.
protocol DenialRecorder: Sendable {
    func record(_ reason: String, _ call: CallContext.Values) async
}

/// Writes refused calls to the audit in transactions of their own, since the call's own leaves nothing behind.
///
/// A flood of them must not fill the database: beyond a rate they are counted by method and reason, and the numbers are
/// written as rows of their own, soon and at the latest when the service stops. What could not be written is counted
/// too, so that every refusal is in the audit, by itself or in a number.
final class AuditedDenials: DenialRecorder {
    /// What refusals beyond the rate are counted by; both are words of our own, so that their number is bounded.
    private struct Kind: Hashable {
        let method: String
        let reason: String
    }

    private struct Window {
        var start = ContinuousClock.now
        var written = 0
        var suppressed: [Kind: Int64] = [:]
    }

    /// Refusals of one second that are written one by one.
    static let rate = 20
    private static let period = Duration.seconds(1)
    private static let flushInterval = Duration.seconds(5)

    private let database: Database
    private let audit: AuditLog
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let window = Mutex(Window())

    init(database: Database, audit: AuditLog, metrics: any MetricsFactory, logger: Logger) {
        self.database = database
        self.audit = audit
        self.metrics = metrics
        self.logger = logger
    }

    func record(_ reason: String, _ call: CallContext.Values) async {
        metrics.makeCounter(label: MetricName.denials, dimensions: [("reason", reason)]).increment(by: 1)
        logger.notice("call denied", metadata: ["reason": "\(reason)"])
        let kind = Kind(method: call.method, reason: reason)
        let isWritten = window.withLock { window in
            if ContinuousClock.now - window.start >= Self.period {
                window.start = .now
                window.written = 0
            }
            guard window.written < Self.rate else {
                window.suppressed[kind, default: 0] += 1
                return false
            }
            window.written += 1
            return true
        }
        guard isWritten else { return }
        do {
            try await write([(call, reason, "")])
        } catch {
            // The refusal stands whether or not it could be written; it is in the next number.
            window.withLock { $0.suppressed[kind, default: 0] += 1 }
            logger.warning("denial not audited yet", metadata: ["error": "\(error)"])
        }
    }

    /// The worker that writes the numbers. It runs on every replica, since each counts for itself, and writes what is
    /// left when the service stops: calls have ended by then, and the pool has not.
    var worker: Worker {
        Worker(name: "denials", leader: false) { context in
            do {
                while true {
                    try await context.wait(for: Self.flushInterval)
                    await self.flush()
                }
            } catch {
                // This task is cancelled, and a statement of its own would be too.
                await Task { await self.flush() }.value
                throw error
            }
        }
    }

    /// Writes the numbers of refusals that have no row of their own; what fails is counted on.
    func flush() async {
        let suppressed = window.withLock { window in
            let suppressed = window.suppressed
            window.suppressed = [:]
            return suppressed
        }
        guard !suppressed.isEmpty else { return }
        let rows = suppressed.map { kind, count in
            (
                CallContext.Values(requestIdentifier: "", method: kind.method, remotePeer: ""), kind.reason,
                "\(count) further denials were not written one by one"
            )
        }
        do {
            try await write(rows)
        } catch {
            window.withLock { $0.suppressed.merge(suppressed, uniquingKeysWith: +) }
            logger.warning(
                "denials not audited yet",
                metadata: ["count": "\(suppressed.values.reduce(0, +))", "error": "\(error)"])
        }
    }

    private func write(_ rows: [(call: CallContext.Values, reason: String, detail: String)]) async throws {
        try await database.transaction(.health, deadline: .now + .seconds(2)) { [audit] transaction in
            for row in rows {
                audit.append(
                    call: row.call, outcome: .denied(row.reason), object: "", detail: row.detail, in: transaction)
            }
        }
    }
}
