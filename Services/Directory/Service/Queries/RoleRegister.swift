import DirectoryDomain
import Postgres
import ServiceRuntime

/// The roles as the directory's database holds them, for the table of calls and roles (XCT-10).
public enum RoleRegister {
    /// All roles, read with a login that may read the directory's schema.
    ///
    /// - Throws: `PostgresError`, or an error naming a role that is not well-formed.
    public static func read(_ tx: Transaction) throws -> [AccessReport.Role] {
        var roles: [AccessReport.Role] = []
        while true {
            let page = try RoleRepository.list(after: roles.last?.id ?? "", limit: 200, tx)
            roles += page.map { role in
                AccessReport.Role(
                    id: role.id.text, name: role.name, needsSecondFactor: role.needsSecondFactor,
                    permissions: role.grants.map { Permission(action: $0.action, scope: $0.scope.scope) })
            }
            if page.count < 200 { return roles }
        }
    }
}
