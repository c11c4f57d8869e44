import ServiceLifecycle

/// A part that works until its task is cancelled, as one of the group's services; it may wait for the schema first.
struct RunsUntilStopped: Service {
    let schemaReady: Once<Void>?
    let work: @Sendable () async throws -> Void

    init(after schemaReady: Once<Void>? = nil, _ work: @escaping @Sendable () async throws -> Void) {
        self.schemaReady = schemaReady
        self.work = work
    }

    func run() async throws {
        do {
            try await schemaReady?.value
        } catch is CancellationError {
            // The service stops before its schema was ever there: there is nothing to do, and nothing to undo.
            try await gracefulShutdown()
            return
        }
        try await cancelWhenGracefulShutdown {
            do { try await work() } catch is CancellationError { return }
        }
    }
}
