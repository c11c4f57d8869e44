import Crypto
import CoreMetrics
import Logging
import Postgres

/// Runs the workers of a service until it is cancelled.
struct WorkerRunner: Sendable {
    /// How often a follower tries to lead, and a leader checks that it still does.
    private static let lockInterval = Duration.seconds(2)

    let schema: String
    let database: Database
    let workers: [Worker]
    let wakes: WorkerWakes
    let metrics: any MetricsFactory
    let logger: Logger

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await keep(worker) } }
        }
    }

    private func keep(_ worker: Worker) async {
        var logger = logger
        logger[metadataKey: "worker"] = "\(worker.name)"
        let context = WorkerContext(logger: logger, signal: wakes.signal(of: worker.name))
        var pause = RetryPause()
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                // Each round of a worker begins a trace of its own, so that its events and logs can be told apart.
                try await TraceContext.begin().run {
                    if worker.leader { try await lead(worker, context) } else { try await worker.run(context) }
                }
                if Task.isCancelled { return }
                logger.debug("worker ended and is started again")
            } catch is CancellationError where Task.isCancelled {
                return
            } catch {
                if Task.isCancelled { return }
                metrics.makeCounter(label: MetricName.workerRestarts, dimensions: [("worker", worker.name)])
                    .increment(by: 1)
                logger.warning(
                    "worker failed and is started again",
                    metadata: ["error": .array(ErrorChain(error).links.map { .string($0) })])
            }
            if ContinuousClock.now - start > .seconds(60) { pause = RetryPause() }
            await pause.wait()
        }
    }

    /// Takes the lock, works, and gives it back; returns when the lock is lost.
    private func lead(_ worker: Worker, _ context: WorkerContext) async throws {
        let connection = try await database.dedicated(name: "worker \(worker.name)")
        do {
            let key = Self.lockKey("\(schema).worker.\(worker.name)")
            while try await !connection.tryAdvisoryLock(key) { try await Task.sleep(for: Self.lockInterval) }
            context.logger.info("worker leads")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run(context) }
                group.addTask {
                    while try await connection.holdsAdvisoryLock(key) { try await Task.sleep(for: Self.lockInterval) }
                    throw PostgresError.connection("the worker's lock was lost")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    private static func lockKey(_ name: String) -> Int64 {
        SHA256.hash(data: [UInt8](name.utf8)).prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
