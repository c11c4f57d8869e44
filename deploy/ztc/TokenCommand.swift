import ArgumentParser

/// Prints a token for a role, for trying calls by hand.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Prints an access token of an account with a role; it lives about ten minutes.")

    @Option(help: "Role, e.g. handler, publisher, data-steward, administrator, auditor, operator, enterprise-user.")
    var role = "handler"

    @Option(help: "Login name instead of a role.")
    var login: String?

    func run() async throws {
        let accounts = Accounts(Stack())
        let name = try login ?? accounts.entry(withRole: role).login
        guard let token = try await accounts.bearer(name).token else { throw Refusal("no token") }
        print(token)
    }
}
