import NotificationDomain
import Postgres

/// The local default: keeps messages in the database for reading, and sends nothing to anybody (NTF-2).
struct MessageCatcher: MessageProvider {
    /// A message that was kept.
    struct Caught: Sendable {
        let id: Int64
        let channel: Channel
        let address: String
        let subject: String
        let text: String
        /// Real time.
        let caughtAt: Instant
    }

    let database: Database

    func send(_ message: OutgoingMessage) async throws -> DeliveryAttempt.Outcome {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO notification.caught_message (message_key, channel, address, subject, text, expires_at)
                VALUES (\(message.key), \(message.channel.rawValue), \(message.address), \(message.subject),
                    \(message.text), \(message.expiresAt))
                ON CONFLICT (message_key) DO NOTHING
                """)
        }
        return .sent
    }

    func outcome(of key: String) async throws -> DeliveryAttempt.Outcome? {
        try await database.transaction(readOnly: true) { transaction in
            try transaction.first("SELECT id FROM notification.caught_message WHERE message_key = \(key)")
                .map { _ in .sent }
        }
    }

    /// Deletes messages that lost their meaning before a time.
    ///
    /// - Returns: how many were deleted, at most `limit`.
    static func forget(before time: Instant, limit: Int, in transaction: Transaction) throws -> Int {
        try transaction.execute(
            """
            DELETE FROM notification.caught_message WHERE id IN (
                SELECT id FROM notification.caught_message WHERE expires_at < \(time) ORDER BY expires_at LIMIT \(limit))
            """)
    }

    /// Messages kept before one, the newest first; to one address only, when one is given.
    func messages(
        to address: String, before id: Int64?, limit: Int, deadline: ContinuousClock.Instant?
    ) async throws -> [Caught] {
        try await database.transaction(readOnly: true, deadline: deadline) { transaction in
            var conditions: [SQL] = ["id < \(id ?? .max)"]
            if !address.isEmpty { conditions.append("address = \(address)") }
            return try transaction.query(
                """
                SELECT id, channel, address, subject, text, caught_at FROM notification.caught_message
                WHERE \(SQL.joined(conditions, separator: " AND ")) ORDER BY id DESC LIMIT \(limit)
                """
            ) { row in
                Caught(
                    id: try row.get("id"), channel: try row.value("channel", table: "caught_message"),
                    address: try row.get("address"), subject: try row.get("subject"), text: try row.get("text"),
                    caughtAt: try row.get("caught_at"))
            }
        }
    }
}
