import DirectoryContracts
import ServiceRuntime

extension DirectoryParts {
    /// The signed set of public keys (DIR-6).
    func getKeySet() async throws -> Zhitongche_Directory_V1_GetKeySetResponse {
        try await read { tx, _ in
            guard let set = try SigningKeyRepository.newestSet(tx) else {
                throw Problem.unavailable("no signing key has been made yet")
            }
            return .with { $0.keySet = set.wire }
        }
    }

    /// Who the caller is, as the token says.
    func whoAmI() throws -> Zhitongche_Directory_V1_WhoAmIResponse {
        let caller = try CallContext.caller
        return .with {
            $0.accountID = caller.accountID
            $0.unitID = caller.unitID ?? ""
            $0.region = caller.region ?? ""
            $0.roleIds = caller.roles
            $0.enterpriseID = caller.enterpriseID ?? ""
        }
    }
}
