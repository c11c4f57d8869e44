import ArgumentParser
import DirectoryService
import Foundation
import ServiceRuntime

/// Prints who may make which call: the rules of the services against the roles of this installation.
struct AccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access", abstract: "Prints the table of every call, role and scope (XCT-10).",
        discussion: "Reads the roles from the directory's schema by DATABASE_URL; ztc_auditor's login suffices.")

    @Option(help: "Writes the table to this file instead.")
    var write: String?

    func run() async throws {
        let stack = Stack()
        let roles = try await stack.database().transaction(readOnly: true) { try RoleRegister.read($0) }
        let table = AccessReport(services: Stack.services, roles: roles).markdown
        guard let write else { return print(table, terminator: "") }
        try table.write(toFile: write, atomically: true, encoding: .utf8)
        print("written: \(write)")
    }
}
