import CoreMetrics
import Logging
import Postgres

/// Fires timers: each once, in the order of their time, on the one replica that leads (rule 14, APL-4).
///
/// Every timer's effect and the mark that it fired are one transaction, so a replica that is killed leaves it unfired;
/// should two lead for a moment, the mark lets one of them through. After a jump of the clock, or a standstill, all that
/// became due fires in its order. A timer whose handler throws holds up its own subject alone and is tried again after a
/// growing pause.
public struct TimerWorker: Sendable {
    /// Name of the worker.
    public static let name = "timers"
    /// Timers per transaction, so that none holds its locks for long.
    private static let batch = 100
    /// The longest wait: another replica may have set a timer, or moved the clock.
    private static let poll = Duration.milliseconds(250)
    /// The longest pause after failures, in seconds.
    private static let longestRetry = 300

    private let schema: String
    private let database: Database
    private let clock: BusinessClock
    private let handlers: TimerHandlers
    private let logger: Logger
    private let metrics: any MetricsFactory = MetricsRegistry.shared

    /// The worker of a service, for its ``ServiceComponents``.
    public static func make(_ runtime: Runtime, _ handlers: TimerHandlers) -> Worker {
        let timers = TimerWorker(runtime, handlers)
        let trust = runtime.trust
        return Worker(name: name, leader: true) { context in
            // Handlers ask for units and their regions, which a process that has just started reads from the broker.
            while !trust.isLoaded { try await context.wait(for: poll) }
            while true { try await context.wait(for: try await timers.fireDue()) }
        }
    }

    private init(_ runtime: Runtime, _ handlers: TimerHandlers) {
        schema = runtime.configuration.name
        database = runtime.database
        clock = runtime.clock
        self.handlers = handlers
        logger = runtime.logger
    }

    private struct Round: Sendable {
        var fired: [Fired] = []
        var failed: [(name: String, error: String)] = []
        var pause = Duration.zero
    }

    private struct Fired: Sendable {
        let name: String
        let lateness: Duration
    }

    /// The timer had been taken back or fired by another replica when its turn came; its effect is undone.
    private struct Superseded: Error {}

    /// Fires one batch of what is due.
    ///
    /// - Returns: how long nothing else is due.
    private func fireDue() async throws -> Duration {
        let round = try await database.transaction(.consumers) { try batch(in: $0) }
        for fired in round.fired {
            metrics.makeTimer(label: MetricName.timerLateness, dimensions: [("timer", fired.name)])
                .recordNanoseconds(max(0, fired.lateness.wholeNanoseconds))
        }
        for failed in round.failed {
            metrics.makeCounter(label: MetricName.timerFailures, dimensions: [("timer", failed.name)]).increment(by: 1)
            logger.warning(
                "timer failed and is tried again", metadata: ["timer": "\(failed.name)", "error": "\(failed.error)"])
        }
        return round.pause
    }

    private func batch(in tx: Transaction) throws -> Round {
        var round = Round()
        let names = Array(handlers.handlers.keys)
        let due = try due(names, at: try clock.now(tx), in: tx)
        var held: Set<String> = []
        for timer in due where !held.contains(timer.subject) {
            guard let handler = handlers.handlers[timer.name] else { continue }
            do {
                let lateness = try tx.savepoint {
                    let now = try clock.now(tx)
                    try handler(FiringTimer(timer: timer, tx: tx, now: now))
                    guard try mark(timer, at: now, in: tx) else { throw Superseded() }
                    return now - timer.dueAt
                }
                round.fired.append(Fired(name: timer.name, lateness: lateness))
            } catch is Superseded {
                continue
            } catch let error as PostgresError where error.isTransient || error == .cancelled {
                throw error
            } catch {
                try postpone(timer, in: tx)
                held.insert(timer.subject)
                round.failed.append((timer.name, ErrorChain(error).links.joined(separator: ": ")))
            }
        }
        if due.count < Self.batch { round.pause = try pause(names, in: tx) }
        return round
    }

    private func due(_ names: [String], at now: Instant, in tx: Transaction) throws -> [Timer] {
        try tx.query(
            """
            SELECT subject, name, due_at FROM \(identifier: schema).timer AS timer
            WHERE fired_at IS NULL AND due_at <= \(now) AND name = ANY (\(names)) AND NOT EXISTS (
                SELECT FROM \(identifier: schema).timer AS held
                WHERE held.subject = timer.subject AND held.fired_at IS NULL AND held.retry_at > clock_timestamp())
            ORDER BY due_at, subject, name LIMIT \(Self.batch)
            """
        ) { Timer(subject: try $0.get("subject"), name: try $0.get("name"), dueAt: try $0.get("due_at")) }
    }

    /// Marks a timer as fired; false when it is not there any more or has fired.
    private func mark(_ timer: Timer, at now: Instant, in tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE \(identifier: schema).timer SET fired_at = \(now), retry_at = NULL
            WHERE subject = \(timer.subject) AND name = \(timer.name) AND due_at = \(timer.dueAt) AND fired_at IS NULL
            """) == 1
    }

    private func postpone(_ timer: Timer, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE \(identifier: schema).timer SET failures = failures + 1,
                retry_at = clock_timestamp()
                    + make_interval(secs => least(power(2, least(failures, 30)), \(Self.longestRetry)::float8))
            WHERE subject = \(timer.subject) AND name = \(timer.name) AND due_at = \(timer.dueAt)
            """)
    }

    /// Until the next timer, but no longer than others may set an earlier one meanwhile.
    private func pause(_ names: [String], in tx: Transaction) throws -> Duration {
        let row = try tx.only(
            """
            SELECT min(due_at) AS next FROM \(identifier: schema).timer
            WHERE fired_at IS NULL AND name = ANY (\(names)) AND due_at > \(try clock.now(tx))
            """)
        guard let next = try row.get("next", as: Instant?.self) else { return Self.poll }
        return min(Self.poll, max(.milliseconds(1), next - (try clock.now(tx))))
    }
}

extension Duration {
    /// Nanoseconds, at most what 64 bits hold: a jump of the clock may be decades.
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : scaled + attoseconds / 1_000_000_000
    }
}
