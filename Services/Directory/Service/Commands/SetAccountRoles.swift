import DirectoryContracts
import DirectoryDomain
import Postgres
import ServiceRuntime

extension DirectoryParts {
    /// Changes the roles of an account; tokens issued before are refused once services have seen it (DIR-5).
    func setAccountRoles(_ request: Zhitongche_Directory_V1_SetAccountRolesRequest) async throws
        -> Zhitongche_Directory_V1_SetAccountRolesResponse
    {
        let id = try identifier(request.accountID, "account_id")
        let roles = try roleIDs(request.roleIds)
        return try await runtime.commands.run(
            request, id: request.requestID, object: "account:\(id)"
        ) { [vault] command in
            var account = try Self.accountForChange(id, version: request.version, command)
            _ = try Self.grantableRoles(roles, command)
            try account.setRoles(roles, at: .now)
            account = try AccountRepository.save(account, command.tx)
            try command.emit(try DirectoryEvents.state(account, at: command.now))
            let stored = try Self.record(id, command.tx)
            return try .with { $0.account = try stored.wire(vault) }
        }
    }

    /// The account of a command, locked, if the caller may change it and read its present version.
    ///
    /// - Throws: ``Problem`` NOT_FOUND, PERMISSION_DENIED or ABORTED.
    static func accountForChange(_ id: String, version: Int64, _ command: Command) throws -> Account {
        guard let record = try AccountRepository.find(id, lock: true, command.tx) else {
            throw Problem.notFound("account \(id)")
        }
        let account = record.account
        try command.caller.require("directory.account.write", unit: account.unit?.text ?? "")
        guard account.version == version else { throw Problem.conflict(currentVersion: account.version) }
        return account
    }

    /// An account that is known to exist.
    static func record(_ id: String, _ tx: Transaction) throws -> AccountRecord {
        guard let record = try AccountRepository.find(id, tx) else { throw Problem.notFound("account \(id)") }
        return record
    }

    /// The roles to be given, if all are known and the caller may give them: whoever writes accounts everywhere may
    /// give any role, others only what they may do themselves, or a unit could raise itself above the others.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT or PERMISSION_DENIED.
    static func grantableRoles(_ ids: [RoleID], _ command: Command) throws -> [Role] {
        let roles = try RoleRepository.find(ids, command.tx)
        for (index, id) in ids.enumerated() where !roles.contains(where: { $0.id == id }) {
            throw Problem.invalid("role_ids[\(index)]", "must be a known role")
        }
        if command.caller.scope(of: "directory.account.write") == .all { return roles }
        let order = Scope.allCases
        for grant in roles.flatMap(\.grants) {
            let needed = order.firstIndex(of: grant.scope.scope) ?? order.count
            let held = command.caller.scope(of: grant.action).flatMap(order.firstIndex(of:))
            guard let held, held >= needed else {
                throw Problem.denied(
                    "the caller may not give a role that allows \(grant.action)", zh: "不能授予超出自身权限的角色",
                    reason: .scopeDenied)
            }
        }
        return roles
    }
}
