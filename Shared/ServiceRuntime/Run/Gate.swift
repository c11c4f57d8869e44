import Logging
import Postgres
import ServiceLifecycle

/// Opens the service when its schema is there and its database answers, and closes it first of all when it stops.
final class Gate: Service {
    private static let checkInterval = Duration.seconds(2)

    private let configuration: ServiceConfiguration
    private let definition: ServiceDefinition
    private let database: Database
    private let health: HealthState
    private let logger: Logger
    /// Settles when the schema is as this program needs it.
    let schemaReady = Once<Void>()

    init(
        configuration: ServiceConfiguration, definition: ServiceDefinition, database: Database, health: HealthState,
        logger: Logger
    ) {
        self.configuration = configuration
        self.definition = definition
        self.database = database
        self.health = health
        self.logger = logger
    }

    func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await cancelWhenGracefulShutdown { [self] in
                await openSchema()
                await watchDatabase()
            }
        } onCancelOrGracefulShutdown: { [self] in
            health.set(.running, false)
            schemaReady.fail(CancellationError())
        }
    }

    /// Migrates where that is allowed, and waits until somebody else did otherwise.
    private func openSchema() async {
        var pause = RetryPause(limit: .seconds(5))
        while !Task.isCancelled {
            do {
                if let migrator = configuration.migrator {
                    try await RuntimeSchema.migrate(definition, on: migrator, logger: logger)
                }
                try await database.transaction(.health, readOnly: true) { [definition] transaction in
                    try RuntimeSchema.check(
                        RuntimeSchema.components(of: definition), schema: definition.name, in: transaction)
                }
                health.set(.schema, true)
                health.set(.database, true)
                schemaReady.succeed(())
                logger.info("service opens")
                return
            } catch {
                logger.warning("service stays closed: the schema is not ready", metadata: ["error": "\(error)"])
            }
            await pause.wait()
        }
    }

    private func watchDatabase() async {
        while !Task.isCancelled {
            do {
                try await database.transaction(.health, readOnly: true, deadline: .now + .seconds(2)) { transaction in
                    _ = try transaction.only("SELECT 1 AS one")
                }
                health.set(.database, true)
            } catch PostgresError.cancelled {
                return
            } catch {
                health.set(.database, false)
                logger.warning("database does not answer", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: Self.checkInterval) } catch { return }
        }
    }
}
