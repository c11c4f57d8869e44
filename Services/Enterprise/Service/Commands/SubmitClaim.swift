import Domain
import EnterpriseContracts
import EnterpriseDomain
import Foundation
import Postgres
import ServiceRuntime

/// Claims an enterprise for the caller's account (ENT-2).
///
/// A refusal is stored and published like a success, and only then told: so attempts are counted, and a repeated
/// request gets its first answer. The answer does not tell what disagreed, nor that another account was first: further
/// users of an enterprise come by invitation, since all that is compared here is public.
struct SubmitClaim: Sendable {
    let parts: EnterpriseParts

    /// Runs the command.
    func run(
        _ request: Zhitongche_Enterprise_V1_SubmitClaimRequest
    ) async throws -> Zhitongche_Enterprise_V1_SubmitClaimResponse {
        let caller = try CallContext.caller
        guard caller.kind == .enterprise else {
            throw Problem.denied("only users of enterprises claim one", zh: "只有企业用户可以认领企业")
        }
        let code = try CreditCode(request.creditCode, field: "credit_code")
        for (field, text) in [("name", request.name), ("representative", request.representative)]
        where !(1...128).contains(text.unicodeScalars.count) {
            throw Problem.invalid(field, "must have 1 to 128 characters")
        }
        let answer: Zhitongche_Enterprise_V1_SubmitClaimResponse = try await parts.runtime.commands.run(
            request, id: request.requestID, object: "claim"
        ) { command in
            try decide(request, code, command)
        }
        guard !answer.enterpriseID.isEmpty else {
            throw Problem.illegalState(
                zh: "填写的信息与登记信息不一致", en: "what was claimed does not agree with the registry", reason: .claimMismatch)
        }
        return answer
    }

    private func decide(
        _ request: Zhitongche_Enterprise_V1_SubmitClaimRequest, _ code: CreditCode, _ command: Command
    ) throws -> Zhitongche_Enterprise_V1_SubmitClaimResponse {
        let account = command.caller.accountID
        try requireAttempt(account: account, code: code, command.tx)
        let enterprise = try agreeing(request, code, account: account, command.tx)
        if let enterprise, let earlier = enterprise.claim {
            // The account has proved this before; nothing happens anew.
            return .with {
                $0.claimID = earlier
                $0.enterpriseID = enterprise.id
            }
        }
        let claim = newID()
        try command.tx.execute(
            """
            INSERT INTO enterprise.claim (id, account_id, credit_code, ordinal, state, decided_at)
            VALUES (\(claim)::uuid, \(account), \(code.text), \(enterprise?.ordinal),
                \(enterprise == nil ? ClaimState.refused.rawValue : ClaimState.verified.rawValue), \(command.now))
            """, expecting: 1)
        if let enterprise {
            try command.emit(
                ClaimEvents.verified(claim: claim, enterprise: enterprise.id, account: account, at: command.now))
        } else {
            try command.emit(ClaimEvents.refused(claim: claim, account: account, at: command.now))
        }
        return .with {
            $0.claimID = claim
            $0.enterpriseID = enterprise?.id ?? ""
        }
    }

    /// Counts refusals within the window of real time. Claims of one account, and of one code, wait for each other, or
    /// many at once would all see the same count.
    private func requireAttempt(account: String, code: CreditCode, _ tx: Transaction) throws {
        for key in ["enterprise.claim.account \(account)", "enterprise.claim.code \(code.text)"] {
            try tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(\(key), 0))")
        }
        let since = Instant.now - .seconds(ClaimRules.windowSeconds)
        let row = try tx.only(
            """
            SELECT
                (SELECT count(*) FROM enterprise.claim
                 WHERE state = 'refused' AND account_id = \(account) AND recorded_at > \(since)) AS by_account,
                (SELECT count(*) FROM enterprise.claim
                 WHERE state = 'refused' AND credit_code = \(code.text) AND recorded_at > \(since)) AS by_code
            """)
        guard
            ClaimRules.allows(
                refusalsOfAccount: try row.get("by_account"), refusalsOfCreditCode: try row.get("by_code"))
        else { throw Problem.exhausted("too many refused claims; repeat later", zh: "认领失败次数过多，请稍后再试") }
    }

    /// The enterprise, if code, name and representative all agree and no other account has it, with the account's own
    /// verified claim if there is one. Every comparison is made, whatever came before.
    private func agreeing(
        _ request: Zhitongche_Enterprise_V1_SubmitClaimRequest, _ code: CreditCode, account: String, _ tx: Transaction
    ) throws -> (ordinal: UInt32, id: String, claim: String?)? {
        let row = try tx.first(
            """
            SELECT enterprise.ordinal, enterprise.id::text AS id, name, representative_hash, status,
                claim.id::text AS claim, claim.account_id AS holder
            FROM enterprise.enterprise
            LEFT JOIN enterprise.claim ON claim.ordinal = enterprise.ordinal AND claim.state = 'verified'
            WHERE enterprise.credit_code = \(code.text)
            """)
        let storedName = try row?.get("name", as: String.self) ?? ""
        let storedHash = try row?.get("representative_hash", as: [UInt8].self) ?? [UInt8](repeating: 0, count: 32)
        let isSameName = NameComparison.key(storedName) == NameComparison.key(request.name)
        let isSamePerson = parts.vault.matches(
            NameComparison.key(request.representative), of: code.text, storedHash)
        let isFree = try row?.get("holder", as: String?.self).map { $0 == account } ?? true
        guard let row, isSameName, isSamePerson, isFree else { return nil }
        guard try row.word("status", as: RegistryStatus.self) != .cancelled else { return nil }
        return (try row.get("ordinal"), try row.get("id"), try row.get("claim"))
    }
}
