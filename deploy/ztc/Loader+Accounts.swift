import DirectoryContracts
import Foundation
import GRPCCore

extension Loader {
    private static let accountsAtOnce = 4

    /// Makes the accounts of posts that are not known here, and keeps their secrets.
    func load(_ file: AccountsFile) async throws {
        let administrator = try await accounts.bearer("administrator")
        try await withConnection(to: "directory", of: stack) { client in
            let directory = Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
            let known = Set(try accounts.all().map(\.login))
            let missing = file.accounts.filter { !known.contains($0.login) }
            // A few at a time, since a password takes the directory a while. Each is kept as it comes: nobody can ask for
            // the secret of an account a second time.
            try await withThrowingTaskGroup(of: Accounts.Entry.self) { group in
                for (number, account) in missing.enumerated() {
                    if number >= Self.accountsAtOnce, let entry = try await group.next() { try accounts.keep(entry) }
                    group.addTask { try await Self.create(account, directory, administrator) }
                }
                for try await entry in group { try accounts.keep(entry) }
            }
        }
        Console.line("posts with accounts: \(file.accounts.count)")
    }

    private static func create(
        _ account: AccountsFile.Account,
        _ directory: Zhitongche_Directory_V1_DirectoryService.Client<OperatorTransport>, _ administrator: Bearer
    ) async throws -> Accounts.Entry {
        let password = "Ztc-\(UUID().uuidString.lowercased())"
        let answer = try await directory.createStaffAccount(
            request: administrator.request(
                .with {
                    $0.requestID = UUID().uuidString
                    $0.login = account.login
                    $0.password = password
                    $0.displayName = account.post
                    $0.unitID = account.unit
                    $0.roleIds = account.roles
                }), options: .ordinary)
        return Accounts.Entry(
            login: account.login, password: password, totpSecret: answer.totpSecret, roles: account.roles)
    }
}
