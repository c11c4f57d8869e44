import ServiceLifecycle

/// A part that works until its task is cancelled, as one of the group's services; it may wait for the schema first.
struct RunsUntilStopped: Service {
    private let schemaReady: Once<Void>?
    private let patience: Duration?
    private let work: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - schemaReady: what to wait for before the work begins.
    ///   - patience: how long the group waits for the work to end once it is cancelled; nil waits until it does. Only
    ///     for work that leaves nothing half done.
    init(
        after schemaReady: Once<Void>? = nil, patience: Duration? = nil,
        _ work: @escaping @Sendable () async throws -> Void
    ) {
        self.schemaReady = schemaReady
        self.patience = patience
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
        let ended = Once<Void>()
        let task = Task {
            do {
                try await work()
                ended.succeed(())
            } catch {
                ended.fail(error)
            }
        }
        do {
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await ended.value
            } onCancelOrGracefulShutdown: {
                task.cancel()
                guard let patience else { return }
                Task {
                    try await Task.sleep(for: patience)
                    ended.succeed(())
                }
            }
        } catch is CancellationError {
            return
        }
    }
}
