import CoreMetrics
import Logging
import Postgres
import Synchronization

/// Keeps a trace of refused calls.
protocol DenialRecorder: Sendable {
    func record(_ reason: String, _ call: CallContext.Values) async
}

/// Writes refused calls to the audit in a transaction of their own, since the call's own leaves nothing behind.
///
/// A flood of them must not fill the database: beyond a rate they are counted and written as one row with a number.
final class AuditedDenials: DenialRecorder {
    private struct Window {
        var start = ContinuousClock.now
        var written = 0
        var suppressed: Int64 = 0
    }

    private static let rate = 20
    private static let period = Duration.seconds(1)

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
        let suppressed: Int64? = window.withLock { window in
            if ContinuousClock.now - window.start >= Self.period {
                window.start = .now
                window.written = 0
            }
            guard window.written < Self.rate else {
                window.suppressed += 1
                return nil
            }
            window.written += 1
            defer { window.suppressed = 0 }
            return window.suppressed
        }
        logger.notice("call denied", metadata: ["reason": "\(reason)"])
        guard let suppressed else { return }
        let detail = suppressed == 0 ? "" : "\(suppressed) further denials were not written one by one"
        do {
            try await database.transaction(.health, deadline: .now + .seconds(1)) { [audit] transaction in
                try audit.append(call: call, outcome: .denied(reason), object: "", detail: detail, in: transaction)
            }
        } catch {
            // The refusal stands whether or not it could be written; the log line above remains.
            logger.warning("denial not audited", metadata: ["error": "\(error)"])
        }
    }
}
