import Crypto
import Foundation
import NotificationContracts
import NotificationDomain
import Postgres
import ServiceRuntime

/// Takes an address down and sends a code to it (NTF-2).
struct StateContact: Sendable {
    let runtime: Runtime
    /// Shortest pause between two codes to one account or address, in seconds.
    let pauseSeconds: Int64

    func callAsFunction(
        _ email: EmailAddress, owner: InboxOwner, request: Zhitongche_Notification_V1_StateContactRequest
    ) async throws -> Zhitongche_Notification_V1_StateContactResponse {
        let contact = try UUID(known: newID())
        let code = Self.freshCode()
        let inEnglish = CallContext.locale == .en
        return try await runtime.commands.run(
            request, id: request.requestID, object: "contact:\(owner.account.text)"
        ) { [runtime, pauseSeconds] command in
            let allowances = try ContactRepository.allowances(
                of: owner.account, email, pauseSeconds: pauseSeconds, in: command.tx)
            guard allowances.allSatisfy(\.allowsSending) else {
                throw Problem.exhausted("too many codes for this account or address")
            }
            let expiresAt = Instant.now + .seconds(ContactCode.lifetimeSeconds)
            try ContactRepository.insert(
                code: contact, of: owner.account, email, hash: Self.hash(code, of: contact), expiresAt: expiresAt,
                in: command.tx)
            let (subject, text) = Self.words(code, inEnglish: inEnglish)
            try DeliveryRepository.prepare(
                OutgoingMessage(
                    key: contact.text, channel: .email, address: email.text, subject: subject, text: text,
                    expiresAt: expiresAt),
                of: owner.account, in: command.tx)
            command.tx.afterCommit { runtime.wake(worker: MailSender.worker) }
            return .with {
                $0.contactID = contact.text
                $0.codeExpiresAt = expiresAt.wire
            }
        }
    }

    /// The hash of a code as it is stored: no secret for long, since six digits can be tried, but the code is worthless
    /// after ten minutes.
    static func hash(_ code: String, of contact: UUID) -> [UInt8] {
        [UInt8](SHA256.hash(data: Data("\(contact.text) \(code)".utf8)))
    }

    private static func freshCode() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = String(Int.random(in: 0..<1_000_000, using: &generator))
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    private static func words(_ code: String, inEnglish: Bool) -> (subject: String, text: String) {
        guard inEnglish else {
            return (
                "【政企直通车】邮箱验证码", "<p>验证码：\(code)，十分钟内有效。请勿告诉他人；如非本人操作，请忽略本邮件。</p>"
            )
        }
        return (
            "Your e-mail address",
            "<p>Code: \(code), valid for ten minutes. Tell nobody; if you did not ask for it, ignore this mail.</p>"
        )
    }
}
