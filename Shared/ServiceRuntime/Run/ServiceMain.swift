import Foundation
import Logging
import Postgres
import Tracing

/// The whole main of a service: `serve` (default), `migrate`, `check-config` and `--help` (XCT-14).
public enum ServiceMain {
    /// Runs the command line of the process and ends it: 0 when all went well, 1 after a failure, 2 when settings or
    /// arguments cannot be used.
    public static func run<App: ServiceApp>(_ app: App.Type) async -> Never {
        let code = await run(
            app, arguments: Array(CommandLine.arguments.dropFirst()),
            environment: ProcessInfo.processInfo.environment)
        exit(code)
    }

    static func run<App: ServiceApp>(
        _ app: App.Type, arguments: [String], environment: [String: String]
    ) async -> Int32 {
        let definition = App.definition
        let command = arguments.first ?? "serve"
        guard arguments.count <= 1, ["serve", "migrate", "check-config", "--help", "help"].contains(command) else {
            complain("unknown arguments: \(arguments.joined(separator: " ")); see --help")
            return 2
        }
        if command == "--help" || command == "help" {
            print(help(definition))
            return 0
        }
        let configuration: ServiceConfiguration
        do {
            configuration = try ServiceConfiguration(definition, environment: environment)
        } catch {
            complain("\(error)")
            return 2
        }
        if command == "check-config" {
            print(configuration)
            for key in configuration.unknownKeys { complain("warning: nothing reads the key \(key)") }
            return 0
        }
        LoggingSystem.bootstrap { label in
            JSONLogHandler(service: configuration.name, label: label, level: configuration.logLevel)
        }
        let logger = Logger.service(configuration)
        for key in configuration.unknownKeys { logger.warning("nothing reads the key \(key)") }
        return command == "migrate"
            ? await migrate(definition, configuration, logger) : await serve(app, configuration, logger)
    }

    private static func serve<App: ServiceApp>(
        _ app: App.Type, _ configuration: ServiceConfiguration, _ logger: Logger
    ) async -> Int32 {
        InstrumentationSystem.bootstrap(TraceTracer(logger: logger))
        do {
            let assembly = try Assembly(app, configuration, logger: logger)
            try await assembly.group(signals: [.sigterm, .sigint]).run()
            logger.info("service ended")
            return 0
        } catch {
            logger.critical(
                "service failed", metadata: ["error": .array(ErrorChain(error).links.map { .string($0) })])
            return 1
        }
    }

    private static func migrate(
        _ definition: ServiceDefinition, _ configuration: ServiceConfiguration, _ logger: Logger
    ) async -> Int32 {
        guard let migrator = configuration.migrator else {
            complain("migrator.url: is required to migrate")
            return 2
        }
        do {
            let applied = try await RuntimeSchema.migrate(definition, on: migrator, logger: logger)
            logger.info("schema is up to date", metadata: ["applied": "\(applied.count)"])
            return 0
        } catch {
            logger.critical("migration failed", metadata: ["error": "\(error)"])
            return 1
        }
    }

    private static func help(_ definition: ServiceDefinition) -> String {
        let keys =
            ConfigurationKeys.all(service: definition.name, defaultPort: definition.defaultPort) + definition.settings
        return """
            usage: \(definition.name) [serve | migrate | check-config | --help]

              serve         answers calls; migrates first when the migrator's login is set (default)
              migrate       brings the schema to this program's version and ends
              check-config  prints the settings, secrets masked, and ends

            Settings come from the environment and from the JSON file named by \
            ZTC_\(definition.name.uppercased())_CONFIG,
            whose tree follows the names with dots; the environment wins.

            \(ConfigurationKeys.table(of: keys, service: definition.name))
            """
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
