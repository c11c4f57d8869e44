import Foundation
import NotificationDomain
import Postgres

/// An account's confirmed address.
struct StoredContact: Sendable {
    let email: EmailAddress
    /// Real time.
    let confirmedAt: Instant
    /// Kinds of notices that are mailed, for one enterprise, in order.
    let kinds: [String]
}

/// A code under way, with what it confirms.
struct StoredContactCode: Sendable {
    let id: UUID
    let account: UUID
    let email: EmailAddress
    let hash: [UInt8]
    let expiresAt: Instant
    var code: ContactCode
}

/// Addresses of accounts and their confirmation in the database (NTF-2, NTF-4).
enum ContactRepository {
    /// The confirmed address of an account, with its subscriptions for an enterprise; nil when there is none.
    static func find(_ account: UUID, enterprise: UUID?, in transaction: Transaction) throws -> StoredContact? {
        guard
            let row = try transaction.first(
                "SELECT email, confirmed_at FROM notification.contact WHERE account_id = \(account)")
        else { return nil }
        let kinds: [String] = try transaction.query(
            """
            SELECT kind FROM notification.mail_subscription
            WHERE account_id = \(account) AND enterprise_id = \(enterprise) ORDER BY kind
            """
        ) { try $0.get("kind") }
        return StoredContact(
            email: try Self.email(row), confirmedAt: try row.get("confirmed_at"), kinds: kinds)
    }

    /// Whether an account has a confirmed address; locks it until the transaction ends.
    static func lock(_ account: UUID, in transaction: Transaction) throws -> Bool {
        try transaction.first(
            "SELECT account_id FROM notification.contact WHERE account_id = \(account) FOR UPDATE") != nil
    }

    /// Puts a confirmed address in the place of the one before; subscriptions stay.
    static func put(_ email: EmailAddress, of account: UUID, inEnglish: Bool, in transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO notification.contact (account_id, email, in_english, confirmed_at)
            VALUES (\(account), \(email.text), \(inEnglish), clock_timestamp())
            ON CONFLICT (account_id) DO UPDATE
            SET email = EXCLUDED.email, in_english = EXCLUDED.in_english, confirmed_at = EXCLUDED.confirmed_at
            """, expecting: 1)
    }

    /// Deletes the address of an account with its subscriptions, codes, and mails that nobody has handed over yet.
    static func remove(_ account: UUID, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM notification.contact WHERE account_id = \(account)")
        try transaction.execute(
            "DELETE FROM notification.contact_code WHERE account_id = \(account) AND used_at IS NULL")
        try DeliveryRepository.withdraw(of: account, in: transaction)
    }

    /// Replaces the subscriptions of an account for an enterprise.
    static func subscribe(
        _ account: UUID, for enterprise: UUID, to kinds: [String], in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            DELETE FROM notification.mail_subscription WHERE account_id = \(account) AND enterprise_id = \(enterprise)
            """)
        try transaction.execute(
            """
            INSERT INTO notification.mail_subscription (kind, account_id, enterprise_id)
            SELECT kind, \(account), \(enterprise) FROM unnest(\(kinds)) AS chosen (kind)
            """, expecting: kinds.count)
    }

    /// How many codes an account, or an address, got lately; both are locked until the transaction ends, so that two
    /// calls at the same time count each other.
    static func allowances(
        of account: UUID, _ email: EmailAddress, pauseSeconds: Int64, in transaction: Transaction
    ) throws -> [ContactAllowance] {
        // In one order for all: accounts, which are distinct from addresses, come first.
        try transaction.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('notification.contact.' || \(account.text), 0))")
        try transaction.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('notification.contact.' || lower(\(email.text)), 0))")
        return try [
            allowance("account_id = \(account)", pauseSeconds: pauseSeconds, in: transaction),
            allowance("lower(email) = lower(\(email.text))", pauseSeconds: pauseSeconds, in: transaction),
        ]
    }

    /// Whether codes of an account may be tried at all.
    static func allowsAttempts(of account: UUID, in transaction: Transaction) throws -> Bool {
        try allowance("account_id = \(account)", pauseSeconds: 0, in: transaction).allowsAttempts
    }

    private static func allowance(
        _ condition: SQL, pauseSeconds: Int64, in transaction: Transaction
    ) throws -> ContactAllowance {
        let row = try transaction.only(
            """
            SELECT count(*) FILTER (WHERE created_at > clock_timestamp() - interval '1 hour') AS sent,
                coalesce(max(created_at) <= clock_timestamp() - \(pauseSeconds) * interval '1 second', true) AS rested,
                coalesce(sum(failed), 0)::bigint AS wrong
            FROM notification.contact_code
            WHERE \(condition) AND created_at > clock_timestamp() - interval '1 day'
            """)
        return ContactAllowance(
            sentInHour: try row.get("sent"), isPauseOver: try row.get("rested"), wrongInDay: try row.get("wrong"))
    }

    static func insert(
        code id: UUID, of account: UUID, _ email: EmailAddress, hash: [UInt8], expiresAt: Instant,
        in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO notification.contact_code (contact_id, account_id, email, code_hash, expires_at)
            VALUES (\(id), \(account), \(email.text), \(hash), \(expiresAt))
            """, expecting: 1)
    }

    /// A code of an account, locked until the transaction ends.
    static func lock(code id: UUID, of account: UUID, in transaction: Transaction) throws -> StoredContactCode? {
        try transaction.first(
            """
            SELECT contact_id, account_id, email, code_hash, failed, used_at, expires_at
            FROM notification.contact_code WHERE contact_id = \(id) AND account_id = \(account) FOR UPDATE
            """
        ).map { row in
            let failed: Int = try row.get("failed")
            let state: ContactCode.State =
                if try row.get("used_at", as: Instant?.self) != nil {
                    .used
                } else if failed >= ContactCode.attemptLimit {
                    .exhausted
                } else {
                    .open(failed: failed)
                }
            return StoredContactCode(
                id: try row.get("contact_id"), account: try row.get("account_id"), email: try email(row),
                hash: try row.get("code_hash"), expiresAt: try row.get("expires_at"), code: ContactCode(state: state))
        }
    }

    static func save(_ stored: StoredContactCode, in transaction: Transaction) throws {
        let (failed, isUsed): (Int?, Bool) =
            switch stored.code.state {
            case .open(let failed): (failed, false)
            case .used: (nil, true)
            case .exhausted: (ContactCode.attemptLimit, false)
            }
        try transaction.execute(
            """
            UPDATE notification.contact_code
            SET failed = coalesce(\(failed), failed), used_at = CASE WHEN \(isUsed) THEN clock_timestamp() END
            WHERE contact_id = \(stored.id) AND used_at IS NULL
            """, expecting: 1)
    }

    /// Deletes codes that were made before a time.
    ///
    /// - Returns: how many were deleted, at most `limit`.
    static func forgetCodes(before time: Instant, limit: Int, in transaction: Transaction) throws -> Int {
        try transaction.execute(
            """
            DELETE FROM notification.contact_code WHERE contact_id IN (
                SELECT contact_id FROM notification.contact_code
                WHERE created_at < \(time) ORDER BY created_at LIMIT \(limit))
            """)
    }

    private static func email(_ row: Row) throws -> EmailAddress {
        do {
            return try EmailAddress(try row.get("email"))
        } catch {
            throw StoredRowError("contact", error)
        }
    }
}
