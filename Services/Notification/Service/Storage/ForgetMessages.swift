import Postgres
import ServiceRuntime

/// Deletes attempts and caught messages a day after they lost their meaning, so that contacts and one-time codes are not
/// kept (NTF-2, NTF-6). Of real time, by which codes lose their validity.
struct ForgetMessages: Sendable {
    /// The worker's name, for waking it.
    static let worker = "forget-messages"
    /// How long after its validity a message is kept, for questions about it.
    static let retention = Duration.seconds(86_400)
    private static let interval = Duration.seconds(600)
    /// Rows that one transaction deletes of each table.
    private static let batch = 500

    let database: Database

    /// Deletes until the service stops.
    func run(_ context: WorkerContext) async throws {
        while true {
            while try await forget(before: .now - Self.retention) {}
            try await context.wait(for: Self.interval)
        }
    }

    /// Deletes what lost its meaning before a time; true when there may be more.
    private func forget(before time: Instant) async throws -> Bool {
        try await database.transaction(.consumers) { transaction in
            let caught = try MessageCatcher.forget(before: time, limit: Self.batch, in: transaction)
            let attempts = try DeliveryRepository.forget(before: time, limit: Self.batch, in: transaction)
            let codes = try ContactRepository.forgetCodes(before: time, limit: Self.batch, in: transaction)
            return max(caught, attempts, codes) >= Self.batch
        }
    }
}
