import Foundation
import NotificationDomain
import Postgres

/// Whom a notice is mailed to, gone through in pieces (NTF-5): rows are read for those who subscribed, never for the
/// whole audience.
enum MailRepository {
    /// A subscriber, and for which enterprise.
    struct Recipient: Sendable {
        let account: UUID
        let enterprise: UUID
        let ordinal: UInt32
        let email: String
        let inEnglish: Bool
    }

    /// A notice whose subscribers are gone through.
    struct Round: Sendable {
        let stored: StoredNotice
        let notice: UUID
        /// The last one gone through; nil at the beginning.
        let after: (account: UUID, enterprise: UUID)?
    }

    /// Has the subscribers of a notice gone through.
    static func begin(_ notice: UUID, in transaction: Transaction) throws {
        try transaction.execute(
            "INSERT INTO notification.mail_round (notice_id) VALUES (\(notice))", expecting: 1)
    }

    /// The oldest round, locked until the transaction ends.
    static func lockRound(in transaction: Transaction) throws -> Round? {
        try transaction.first(
            """
            SELECT \(NoticeRepository.columns), round.after_account, round.after_enterprise
            FROM notification.mail_round AS round
            JOIN notification.notice AS notice USING (notice_id)
            ORDER BY notice.visible_at, notice.notice_id LIMIT 1 FOR UPDATE OF round
            """
        ).map { row in
            let account: UUID? = try row.get("after_account")
            let enterprise: UUID? = try row.get("after_enterprise")
            let after = account.flatMap { account in enterprise.map { (account: account, enterprise: $0) } }
            return Round(stored: try StoredNotice(row: row), notice: try row.get("notice_id"), after: after)
        }
    }

    /// The next subscribers of a notice's kind, in the order of their accounts; whether they are addressees is yet to
    /// be seen. Left out are accounts that are disabled or no longer act for the enterprise. Their contacts are locked,
    /// so that whoever removes one finds the mails that were written down meanwhile.
    static func subscribers(
        of round: Round, limit: Int, in transaction: Transaction
    ) throws -> [Recipient] {
        var conditions: [SQL] = [
            "subscription.kind = \(round.stored.notice.kind)", "account.is_active",
            "subscription.enterprise_id = ANY(account.enterprise_ids)",
        ]
        if let after = round.after {
            conditions.append(
                """
                (subscription.account_id, subscription.enterprise_id) > (\(after.account), \(after.enterprise))
                """)
        }
        return try transaction.query(
            """
            SELECT subscription.account_id, subscription.enterprise_id, enterprise.ordinal, contact.email,
                contact.in_english
            FROM notification.mail_subscription AS subscription
            JOIN notification.contact AS contact USING (account_id)
            JOIN notification.account AS account USING (account_id)
            JOIN notification.enterprise AS enterprise USING (enterprise_id)
            WHERE \(SQL.joined(conditions, separator: " AND "))
            ORDER BY subscription.account_id, subscription.enterprise_id LIMIT \(limit)
            FOR SHARE OF contact
            """
        ) { row in
            Recipient(
                account: try row.get("account_id"), enterprise: try row.get("enterprise_id"),
                ordinal: try row.get("ordinal"), email: try row.get("email"), inEnglish: try row.get("in_english"))
        }
    }

    /// Notes how far a round is; ends it when there is nobody after `last`.
    static func advance(_ round: Round, past last: Recipient?, in transaction: Transaction) throws {
        guard let last else {
            try transaction.execute(
                "DELETE FROM notification.mail_round WHERE notice_id = \(round.notice)", expecting: 1)
            return
        }
        try transaction.execute(
            """
            UPDATE notification.mail_round SET after_account = \(last.account), after_enterprise = \(last.enterprise)
            WHERE notice_id = \(round.notice)
            """, expecting: 1)
    }
}
