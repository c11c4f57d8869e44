import DirectoryContracts
import DirectoryDomain
import ServiceRuntime
import SwiftProtobuf

extension DirectoryParts {
    /// Issues a token for a service by its secret (DIR-6). Services' secrets are long and random, so failures do not lock
    /// them: anybody could lock a service out otherwise. A wrong secret touches no storage here; the refusal is audited
    /// like any other denial, at a limited rate, so that nobody fills the database by guessing.
    func issueServiceToken(_ request: Zhitongche_Directory_V1_IssueServiceTokenRequest) async throws
        -> Zhitongche_Directory_V1_IssueServiceTokenResponse
    {
        guard serviceSecrets.matches(request.secret, service: request.service) else { throw Problem.wrongCredentials }
        let issued = try await perform { [keys] work -> Verdict<(TokenClaims, SigningKeys.Material)> in
            let now = RealTime.now
            guard let account = try AccountRepository.find(login: request.service, work.tx)?.account else {
                return .refused(.unavailable("the service's account has not been made yet"))
            }
            guard account.kind == .service, account.state == .active else { return .refused(.wrongCredentials) }
            let key = try keys.current(at: now, work.tx)
            let claims = TokenClaims(
                account: account.id, kind: .service, service: request.service, identifier: newID(), now: now.instant,
                lifetime: key.lifetime(at: now))
            try work.audit(.done, object: "account:\(account.id)", detail: "service token")
            return .granted((claims, key))
        }.get()
        let token = try await keys.sign(issued.0, by: issued.1)
        return .with {
            $0.accessToken = token
            $0.accessExpiresAt = Google_Protobuf_Timestamp(seconds: issued.0.exp, nanos: 0)
        }
    }
}
