import DirectoryContracts
import DirectoryDomain
import Domain
import ServiceRuntime

extension DirectoryParts {
    /// Exchanges a refresh token, and may switch to another enterprise of the account (DIR-6). A token that was used
    /// before reveals that somebody else has it: the whole session ends.
    func refreshSession(_ request: Zhitongche_Directory_V1_RefreshSessionRequest) async throws
        -> Zhitongche_Directory_V1_RefreshSessionResponse
    {
        let token = try Self.refreshToken(request.refreshToken)
        let desk = SessionDesk(keys: keys)
        let grant = try await perform { work -> Verdict<SessionGrant> in
            let now = RealTime.now
            // The account is locked before its session, as everywhere, so that calls do not wait for each other in a
            // ring; and so that no token carries rights that were taken away at the same moment.
            guard let id = try SessionRepository.account(ofToken: token, work.tx),
                let record = try AccountRepository.find(id, lock: true, work.tx),
                var (presented, session) = try SessionRepository.lock(token: token, work.tx)
            else { return .refused(.sessionEnded) }
            switch presented.present(at: now) {
            case .refused: return .refused(.sessionEnded)
            case .reused:
                try SessionRepository.end(session.id, by: .reuse, at: now, work.tx)
                try work.audit(
                    .denied("UNAUTHENTICATED"), object: "account:\(id)", detail: "a used refresh token came again")
                return .refused(.sessionEnded)
            case .rotated: break
            }
            guard record.account.state == .active else { return .refused(.sessionEnded) }
            do throws(FieldProblem) {
                session.enterprise = try record.account.enterprise(
                    wanted: request.enterpriseID, present: session.enterprise)
            } catch {
                // The token stays fresh: asking for the wrong enterprise does not end the session.
                return .refused(.denied("the account may not act for this enterprise", reason: .scopeDenied))
            }
            try SessionRepository.markUsed(token: token, at: now, work.tx)
            try SessionRepository.setEnterprise(session.enterprise, of: session.id, work.tx)
            return .granted(
                try desk.grant(session, record, at: now, today: try BusinessClock.date(of: work.now), work.tx))
        }.get()
        let session = try await grant.wire(keys)
        return .with { $0.session = session }
    }

    /// - Throws: ``Problem`` for a text that cannot be a refresh token of ours.
    static func refreshToken(_ text: String) throws -> String {
        guard !text.isEmpty else { throw Problem.invalid("refresh_token", "is required") }
        guard text.utf8.count == 64 else { throw Problem.sessionEnded }
        return text
    }
}
