import Foundation
import Postgres

/// For which enterprises an account may be told something, as the directory publishes it. Tokens say the same for ten
/// minutes; mails go out long after them.
enum AccountReplica {
    /// Takes over an account.
    static func set(
        _ account: UUID, isActive: Bool, enterprises: [UUID], in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO notification.account (account_id, is_active, enterprise_ids)
            VALUES (\(account), \(isActive), \(enterprises))
            ON CONFLICT (account_id) DO UPDATE
            SET is_active = EXCLUDED.is_active, enterprise_ids = EXCLUDED.enterprise_ids
            """, expecting: 1)
        if !isActive { try DeliveryRepository.withdraw(of: account, in: transaction) }
    }

    /// Forgets an account, and its address with it.
    static func remove(_ account: UUID, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM notification.account WHERE account_id = \(account)")
        try ContactRepository.remove(account, in: transaction)
    }
}
