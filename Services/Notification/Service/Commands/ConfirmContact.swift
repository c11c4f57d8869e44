import Foundation
import NotificationContracts
import NotificationDomain
import Postgres
import ServiceRuntime

/// Confirms a stated address by the code that was sent to it (NTF-2).
struct ConfirmContact: Sendable {
    let runtime: Runtime

    private static let codeInvalid = Problem.illegalState(
        zh: "验证码错误或已失效", en: "the code is wrong, past its time, used, or was tried too often", reason: .codeInvalid)

    func callAsFunction(
        _ contact: UUID, code: String, owner: InboxOwner, request: Zhitongche_Notification_V1_ConfirmContactRequest
    ) async throws -> Zhitongche_Notification_V1_ConfirmContactResponse {
        let hash = StateContact.hash(code, of: contact)
        try await countWrongAttempt(contact, hash, owner)
        let inEnglish = CallContext.locale == .en
        return try await runtime.commands.run(
            request, id: request.requestID, object: "contact:\(owner.account.text)"
        ) { command in
            guard var stored = try ContactRepository.lock(code: contact, of: owner.account, in: command.tx),
                stored.code.attempt(matches: stored.hash == hash, isExpired: stored.expiresAt <= .now) == .accepted
            else { throw Self.codeInvalid }
            try ContactRepository.save(stored, in: command.tx)
            try ContactRepository.put(stored.email, of: owner.account, inEnglish: inEnglish, in: command.tx)
            let confirmed = try ContactRepository.find(owner.account, enterprise: owner.enterprise, in: command.tx)
            return .with { $0.contact = confirmed.wire }
        }
    }

    /// Counts a wrong attempt in a transaction of its own, so that the refusal does not undo it. A right code, and one
    /// that cannot be right any more, are left to the command, which alone knows whether the request is a repetition.
    private func countWrongAttempt(_ contact: UUID, _ hash: [UInt8], _ owner: InboxOwner) async throws {
        let call = CallContext.current
        let isWrong = try await runtime.database.transaction(deadline: CallContext.deadline) {
            [audit = runtime.audit] transaction in
            guard var stored = try ContactRepository.lock(code: contact, of: owner.account, in: transaction) else {
                return false
            }
            // Those that made it too many were audited; further ones are not, since nothing bounds their number.
            guard try ContactRepository.allowsAttempts(of: owner.account, in: transaction) else { return true }
            switch stored.code.attempt(matches: stored.hash == hash, isExpired: stored.expiresAt <= .now) {
            case .accepted, .invalid: return false
            case .wrong:
                try ContactRepository.save(stored, in: transaction)
                if let call {
                    audit.append(
                        call: call, outcome: .denied("CODE_INVALID"), object: "contact:\(owner.account.text)",
                        detail: "wrong code", in: transaction)
                }
                return true
            }
        }
        guard !isWrong else { throw Self.codeInvalid }
    }
}
