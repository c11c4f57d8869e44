import ArgumentParser
import Foundation
import Kafka
import Messaging
import Postgres

/// Makes what the services need before their first start: roles and schemas, and the catalogue of topics.
struct BootstrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Creates the database roles, schemas and topics; safe to repeat.",
        discussion: "Needs DATABASE_URL of an administrator and the passwords in ZTC_SECRETS, a file per role.")

    func run() async throws {
        let stack = Stack()
        let folder = stack.secretsFolder
        let roles = Stack.services.flatMap { [Roles.migrator(of: $0.name), Roles.app(of: $0.name)] } + [Roles.auditor]
        var passwords: [String: String] = [:]
        for role in roles {
            let file = folder.appending(path: role)
            guard let password = FileManager.default.contents(atPath: file.path) else {
                throw Refusal("\(file.path) is missing: it holds the password of the role \(role)")
            }
            passwords[role] = String(decoding: password, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        try await Roles.bootstrap(admin: stack.database(), services: Stack.services.map(\.name)) { [passwords] role in
            passwords[role] ?? ""
        }
        print("roles and schemas: \(Stack.services.map(\.name).joined(separator: ", "))")
        let catalogue = KafkaCatalogue(configuration: try await stack.kafka(), logger: Stack.logger)
        let report = try await catalogue.ensure(Stack.topics.map(\.specification))
        guard report.isAsSpecified else { throw Refusal("topics differ: \(report.differences)") }
        print("topics: \(Stack.topics.count)")
    }
}

extension Topic {
    /// The topic as the broker makes it.
    var specification: TopicSpecification {
        TopicSpecification(name: name, partitions: Topic.partitions, config: settings)
    }
}
