import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Creates a role with version 0, or changes the one whose version was read (DIR-4). Roles hold everywhere, so only
    /// the widest scope may write them.
    func setRole(_ request: Zhitongche_Directory_V1_SetRoleRequest) async throws
        -> Zhitongche_Directory_V1_SetRoleResponse
    {
        guard (0..<Int64.max).contains(request.role.version) else {
            throw Problem.invalid("role.version", "must be the version that was read, 0 for a new role")
        }
        let role = try Role(request.role, version: request.role.version + 1)
        return try await runtime.commands.run(request, id: request.requestID, object: "role:\(role.id)") { command in
            guard command.caller.scope(of: "directory.role.write") == .all else {
                throw Problem.denied("roles are written with the scope of all objects only", reason: .scopeDenied)
            }
            if role.version == 1 {
                guard try RoleRepository.insert(role, command.tx) else {
                    throw Problem.alreadyExists("role \(role.id)")
                }
            } else {
                guard let known = try RoleRepository.find(role.id, lock: true, command.tx) else {
                    throw Problem.notFound("role \(role.id)")
                }
                guard known.version == role.version - 1 else { throw Problem.conflict(currentVersion: known.version) }
                try RoleRepository.save(role, command.tx)
            }
            try command.emit(try DirectoryEvents.state(role, at: command.now))
            return .with { $0.role = role.wire }
        }
    }
}
