import Logging
import Messaging
import Postgres
import ServiceRuntime
import TestSupport

/// A database of its own in which a service's schema stands where an earlier version left it, with what people wrote
/// into it since.
public struct EarlierSchema<App: ServiceApp>: Sendable {
    /// The database, as its administrator.
    public let administration: Database

    private let login: PostgresConfiguration

    /// Makes the schema as it was before the service's last steps.
    public static func make(_ app: App.Type = App.self, before version: Int) async throws -> EarlierSchema {
        let name = App.definition.name
        let logger = Logger.bench(name)
        let place = try await PostgresCluster.shared().makeDatabase(prefix: name)
        let administration = Database(configuration: place, logger: logger)
        try await Roles.bootstrap(admin: administration, services: [name], passwords: { "password-of-\($0)" })
        let migrator = Roles.migrator(of: name)
        let schema = EarlierSchema(
            administration: administration,
            login: try PostgresConfiguration(
                url: "postgresql://\(migrator):password-of-\(migrator)@\(place.host):\(place.port)/\(place.database)"))
        try await schema.migrate(with: App.definition.migrations.filter { $0.version < version })
        return schema
    }

    /// Brings the schema to the version of this program.
    public func migrate() async throws { try await migrate(with: App.definition.migrations) }

    private func migrate(with own: [Migration]) async throws {
        let whole = App.definition
        let definition = ServiceDefinition(
            name: whole.name, defaultPort: whole.defaultPort, migrations: own, topics: [], access: whole.access,
            descriptors: [])
        try await RuntimeSchema.migrate(definition, on: login, logger: Logger.bench(whole.name))
    }
}
