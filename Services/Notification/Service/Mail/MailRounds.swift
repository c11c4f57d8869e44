import Crypto
import Foundation
import NotificationDomain
import Postgres
import ServiceRuntime

/// Writes down the mails of a notice, a piece of its subscribers at a time: resumable after a crash, and without a row
/// for anybody who did not subscribe (NTF-5, NTF-6).
struct MailRounds: Sendable {
    /// The worker's name, for waking it.
    static let worker = "mail-rounds"
    /// How long after the notice a mail is still worth sending; real time.
    static let validity = Duration.seconds(3 * 86_400)
    private static let interval = Duration.seconds(5)
    /// Subscribers that one transaction goes through.
    static let piece = 200

    let database: Database
    let reader: InboxReader
    /// Called after a commit that wrote mails down.
    let announce: @Sendable () -> Void

    /// Goes through rounds until the service stops.
    func run(_ context: WorkerContext) async throws {
        while true {
            while try await advance() {}
            try await context.wait(for: Self.interval)
        }
    }

    /// Goes through one piece of the oldest round; false when there is none.
    func advance() async throws -> Bool {
        try await database.transaction(.consumers, isolation: .repeatableRead) { transaction in
            guard let round = try MailRepository.lockRound(in: transaction) else { return false }
            let subscribers = try MailRepository.subscribers(of: round, limit: Self.piece, in: transaction)
            // An ended notice has no standings, so that its round ends without further mails.
            let standings = try reader.standings(
                of: Array(Set(subscribers.map(\.ordinal))), to: round.stored, in: transaction)
            for subscriber in subscribers {
                guard let standing = standings[subscriber.ordinal] else { continue }
                let mail = round.stored.notice.mail(for: standing, inEnglish: subscriber.inEnglish)
                try DeliveryRepository.prepare(
                    OutgoingMessage(
                        key: Self.key(round.notice, subscriber), channel: .email, address: subscriber.email,
                        subject: mail.subject, text: mail.html, expiresAt: .now + Self.validity),
                    of: subscriber.account, in: transaction)
            }
            try MailRepository.advance(
                round, past: subscribers.count == Self.piece ? subscribers.last : nil, in: transaction)
            transaction.afterCommit(announce)
            return true
        }
    }

    /// The key of one mail: the same for the same notice, account and enterprise, whoever writes it down.
    private static func key(_ notice: UUID, _ recipient: MailRepository.Recipient) -> String {
        let names = [notice.text, recipient.account.text, recipient.enterprise.text].joined(separator: " ")
        let digits = SHA256.hash(data: Data(names.utf8)).prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "mail-" + digits.joined()
    }
}
