import ArgumentParser
import Foundation
import Logging

/// The process: logs show only what an operator must see, then the command runs.
@main
enum Main {
    static func main() async {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .error
            return handler
        }
        await Ztc.main()
    }
}

/// The operator's command line (XCT-16).
struct Ztc: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ztc", abstract: "Zhitongche's command line for operators.",
        discussion: """
            Addresses come from the environment or from .run/env below the current folder, which deploy/up writes: \
            KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL, DIRECTORY_GRPC, POLICY_GRPC, ENTERPRISE_GRPC, PROJECT_GRPC,
            NOTIFICATION_GRPC, ASSESSMENT_GRPC.
            """,
        subcommands: [
            StatusCommand.self, TopicsCommand.self, TokenCommand.self, LoadCommand.self, ScenarioCommand.self,
            ConformanceCommand.self, GenerateCommand.self, BootstrapCommand.self, AuditCommand.self, EventsCommand.self,
            DigestCommand.self, RepublishCommand.self, ReseedCommand.self, OffsetsCommand.self, KeysCommand.self,
            DeadLettersCommand.self, ParkedCommand.self, AccessCommand.self,
        ])
}

/// A refusal that the operator can act on; printed as it is.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
