import Foundation
import Logging
import Postgres
import Synchronization
import TestSupport

let testLogger: Logger = {
    var logger = Logger(label: "postgres-tests")
    logger.logLevel = .error
    return logger
}()

/// A fresh database on the shared cluster.
func freshDatabase(
    _ prefix: String, pool: PoolConfiguration = PoolConfiguration(),
    change: (inout PostgresConfiguration) -> Void = { _ in }
) async throws -> Database {
    var configuration = try await PostgresCluster.shared().makeDatabase(prefix: prefix)
    change(&configuration)
    return Database(configuration: configuration, pool: pool, logger: testLogger)
}

/// Why a transaction body stopped waiting for the others.
struct BarrierNotFull: Error {}

/// The error an operation throws; nil if it succeeds.
func errorOf<T>(_ operation: () async throws -> T) async -> (any Error)? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error
    }
}

/// Blocks threads of transaction bodies until all have arrived, so that two transactions overlap for certain.
final class Barrier: Sendable {
    private let arrived = Atomic(0)
    private let expected: Int

    init(_ expected: Int) { self.expected = expected }

    /// For transaction bodies, which have a thread to themselves. Later passes through a full barrier do not wait, so
    /// repeated bodies go on.
    func wait() throws {
        arrived.add(1, ordering: .sequentiallyConsistent)
        let end = ContinuousClock.now + .seconds(60)
        while arrived.load(ordering: .sequentiallyConsistent) < expected {
            guard ContinuousClock.now < end else { throw BarrierNotFull() }
            usleep(500)
        }
    }

    /// For tests themselves, which must not hold a cooperative thread.
    func arrive() async throws {
        arrived.add(1, ordering: .sequentiallyConsistent)
        try await eventually(within: .seconds(60)) {
            arrived.load(ordering: .sequentiallyConsistent)
        } is: {
            $0 >= expected
        }
    }
}

/// A counter that @Sendable bodies may use to report how often they ran.
final class Counter: Sendable {
    private let count = Atomic(0)

    func increment() { count.add(1, ordering: .sequentiallyConsistent) }
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
}
