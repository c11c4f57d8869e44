import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// The roles with their permissions (DIR-4).
    func listRoles(_ request: Zhitongche_Directory_V1_ListRolesRequest) async throws
        -> Zhitongche_Directory_V1_ListRolesResponse
    {
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["roles"])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)?.key[0] ?? ""
        return try await read { tx, _ in
            let found = try RoleRepository.list(after: after, limit: size + 1, tx)
            return .with {
                $0.roles = found.prefix(size).map(\.wire)
                $0.nextPageToken = nextPage(found, size: size, filter) { $0.id.text }
            }
        }
    }
}
