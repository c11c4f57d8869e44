import DirectoryContracts
import GRPCCore

/// The calls of the directory; each is one use case.
struct DirectoryRPC: Zhitongche_Directory_V1_DirectoryService.SimpleServiceProtocol {
    let parts: DirectoryParts

    func getRegion(
        request: Zhitongche_Directory_V1_GetRegionRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_GetRegionResponse { try await parts.getRegion(request) }

    func listRegions(
        request: Zhitongche_Directory_V1_ListRegionsRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_ListRegionsResponse { try await parts.listRegions(request) }

    func setRegion(
        request: Zhitongche_Directory_V1_SetRegionRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_SetRegionResponse { try await parts.setRegion(request) }

    func getUnit(
        request: Zhitongche_Directory_V1_GetUnitRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_GetUnitResponse { try await parts.getUnit(request) }

    func listUnits(
        request: Zhitongche_Directory_V1_ListUnitsRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_ListUnitsResponse { try await parts.listUnits(request) }

    func createUnit(
        request: Zhitongche_Directory_V1_CreateUnitRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_CreateUnitResponse { try await parts.createUnit(request) }

    func renameUnit(
        request: Zhitongche_Directory_V1_RenameUnitRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_RenameUnitResponse { try await parts.renameUnit(request) }

    func endUnit(
        request: Zhitongche_Directory_V1_EndUnitRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_EndUnitResponse { try await parts.endUnit(request) }

    func getUnitHistory(
        request: Zhitongche_Directory_V1_GetUnitHistoryRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_GetUnitHistoryResponse { try await parts.getUnitHistory(request) }

    func listRoles(
        request: Zhitongche_Directory_V1_ListRolesRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_ListRolesResponse { try await parts.listRoles(request) }

    func setRole(
        request: Zhitongche_Directory_V1_SetRoleRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_SetRoleResponse { try await parts.setRole(request) }

    func createStaffAccount(
        request: Zhitongche_Directory_V1_CreateStaffAccountRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_CreateStaffAccountResponse { try await parts.createStaffAccount(request) }

    func setAccountRoles(
        request: Zhitongche_Directory_V1_SetAccountRolesRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_SetAccountRolesResponse { try await parts.setAccountRoles(request) }

    func setAccountStatus(
        request: Zhitongche_Directory_V1_SetAccountStatusRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_SetAccountStatusResponse { try await parts.setAccountStatus(request) }

    func getAccount(
        request: Zhitongche_Directory_V1_GetAccountRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_GetAccountResponse { try await parts.getAccount(request) }

    func listAccounts(
        request: Zhitongche_Directory_V1_ListAccountsRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_ListAccountsResponse { try await parts.listAccounts(request) }

    func startRegistration(
        request: Zhitongche_Directory_V1_StartRegistrationRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_StartRegistrationResponse { try await parts.startRegistration(request) }

    func confirmRegistration(
        request: Zhitongche_Directory_V1_ConfirmRegistrationRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_ConfirmRegistrationResponse {
        try await parts.confirmRegistration(request)
    }

    func sendLoginCode(
        request: Zhitongche_Directory_V1_SendLoginCodeRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_SendLoginCodeResponse { try await parts.sendLoginCode(request) }

    func login(
        request: Zhitongche_Directory_V1_LoginRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_LoginResponse { try await parts.login(request) }

    func refreshSession(
        request: Zhitongche_Directory_V1_RefreshSessionRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_RefreshSessionResponse { try await parts.refreshSession(request) }

    func logout(
        request: Zhitongche_Directory_V1_LogoutRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_LogoutResponse { try await parts.logout(request) }

    func issueServiceToken(
        request: Zhitongche_Directory_V1_IssueServiceTokenRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_IssueServiceTokenResponse { try await parts.issueServiceToken(request) }

    func enrolSecondFactor(
        request: Zhitongche_Directory_V1_EnrolSecondFactorRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_EnrolSecondFactorResponse { try await parts.enrolSecondFactor(request) }

    func changePassword(
        request: Zhitongche_Directory_V1_ChangePasswordRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_ChangePasswordResponse { try await parts.changePassword(request) }

    func getKeySet(
        request: Zhitongche_Directory_V1_GetKeySetRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_GetKeySetResponse { try await parts.getKeySet() }

    func rotateSigningKey(
        request: Zhitongche_Directory_V1_RotateSigningKeyRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_RotateSigningKeyResponse { try await parts.rotateSigningKey(request) }

    func whoAmI(
        request: Zhitongche_Directory_V1_WhoAmIRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_WhoAmIResponse { try parts.whoAmI() }

    func listAuditEntries(
        request: Zhitongche_Directory_V1_ListAuditEntriesRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_ListAuditEntriesResponse { try await parts.listAuditEntries(request) }

    func getAuditHeads(
        request: Zhitongche_Directory_V1_GetAuditHeadsRequest, context: ServerContext
    ) async throws -> Zhitongche_Directory_V1_GetAuditHeadsResponse { try await parts.getAuditHeads() }
}
