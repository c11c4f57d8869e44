import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Ends the session of a refresh token (DIR-6). Ending one that has ended already, or never was, is no error.
    func logout(_ request: Zhitongche_Directory_V1_LogoutRequest) async throws -> Zhitongche_Directory_V1_LogoutResponse
    {
        guard !request.refreshToken.isEmpty else { throw Problem.invalid("refresh_token", "is required") }
        try await perform { work in
            guard let (_, session) = try SessionRepository.lock(token: request.refreshToken, work.tx) else { return }
            try SessionRepository.end(session.id, by: .logout, at: .now, work.tx)
            try work.audit(.done, object: "account:\(session.account)", detail: "logout")
        }
        return Zhitongche_Directory_V1_LogoutResponse()
    }
}
