import Foundation
import NotificationDomain
import Postgres

/// Attempts to hand messages to a provider, in the database (NTF-6).
enum DeliveryRepository {
    /// Writes an attempt down before anything is handed over; one that is there stays as it is.
    static func prepare(
        _ key: String, channel: Channel, address: String, expiresAt: Instant, in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO notification.delivery_attempt (request_id, channel, address, state, expires_at)
            VALUES (\(key), \(channel.rawValue), \(address), \(DeliveryAttempt.State.prepared.name.rawValue),
                \(expiresAt))
            ON CONFLICT (request_id) DO NOTHING
            """)
    }

    /// Writes a mail down before anything is handed over; one that is there stays as it is.
    ///
    /// - Returns: false when it was there.
    @discardableResult
    static func prepare(_ mail: OutgoingMessage, of account: UUID, in transaction: Transaction) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO notification.delivery_attempt
                (request_id, channel, address, state, expires_at, account_id, subject, text)
            VALUES (\(mail.key), \(mail.channel.rawValue), \(mail.address),
                \(DeliveryAttempt.State.prepared.name.rawValue), \(mail.expiresAt), \(account), \(mail.subject),
                \(mail.text))
            ON CONFLICT (request_id) DO NOTHING
            """) == 1
    }

    /// Mails that are due, the longest waiting first. Those under way are left to whoever hands them over, until that
    /// is over for certain.
    static func due(limit: Int, in transaction: Transaction) throws -> [OutgoingMessage] {
        try transaction.query(
            """
            SELECT request_id, address, subject, text, expires_at FROM notification.delivery_attempt
            WHERE channel = 'email' AND state IN ('prepared', 'sending', 'unknown')
                AND next_at <= clock_timestamp()
            ORDER BY next_at LIMIT \(limit)
            """
        ) { row in
            OutgoingMessage(
                key: try row.get("request_id"), channel: .email, address: try row.get("address"),
                subject: try row.get("subject"), text: try row.get("text"), expiresAt: try row.get("expires_at"))
        }
    }

    /// Notes that a mail is tried, and when it is looked at again unless it is over by then.
    ///
    /// - Returns: false when it was withdrawn.
    static func noteTry(_ key: String, again pause: Duration, in transaction: Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE notification.delivery_attempt
            SET tries = tries + 1,
                next_at = clock_timestamp() + \(pause.components.seconds) * interval '1 second'
                    * least(power(2, tries), 256) * (0.75 + random() / 2)
            WHERE request_id = \(key)
            """) == 1
    }

    /// Deletes mails to an account that nobody has handed over yet.
    static func withdraw(of account: UUID, in transaction: Transaction) throws {
        try transaction.execute(
            "DELETE FROM notification.delivery_attempt WHERE account_id = \(account) AND state = 'prepared'")
    }

    /// An attempt as it lies in the database.
    struct Stored: Sendable {
        var attempt: DeliveryAttempt
        /// When its message loses its meaning; real time.
        let expiresAt: Instant
        /// When it last changed, and how long ago that is, both by the database's clock.
        let changedAt: Instant
        let age: Duration
    }

    /// An attempt, locked until the transaction ends; nil when it was forgotten, long after its message expired.
    static func lock(_ key: String, in transaction: Transaction) throws -> Stored? {
        try transaction.first(
            """
            SELECT state, reason, expires_at, changed_at, clock_timestamp() AS now
            FROM notification.delivery_attempt WHERE request_id = \(key) FOR UPDATE
            """
        ).map { row in
            let changedAt: Instant = try row.get("changed_at")
            return Stored(
                attempt: DeliveryAttempt(state: try DeliveryAttempt.State(row: row)),
                expiresAt: try row.get("expires_at"), changedAt: changedAt,
                age: try row.get("now", as: Instant.self) - changedAt)
        }
    }

    /// Deletes attempts whose messages lost their meaning before a time.
    ///
    /// - Returns: how many were deleted, at most `limit`.
    static func forget(before time: Instant, limit: Int, in transaction: Transaction) throws -> Int {
        try transaction.execute(
            """
            DELETE FROM notification.delivery_attempt WHERE request_id IN (
                SELECT request_id FROM notification.delivery_attempt
                WHERE expires_at < \(time) ORDER BY expires_at LIMIT \(limit))
            """)
    }

    /// Stores how far an attempt got. Once it is over its text is emptied and all but the last four characters of its
    /// address are masked: they tell the message apart in a complaint, and nobody is called by them.
    static func save(_ attempt: DeliveryAttempt, _ key: String, in transaction: Transaction) throws {
        try transaction.execute(
            """
            UPDATE notification.delivery_attempt
            SET state = \(attempt.state.name.rawValue), reason = \(attempt.state.reason),
                changed_at = clock_timestamp(),
                address = CASE WHEN \(attempt.isOver)
                    THEN repeat('*', greatest(length(address) - 4, 0)) || right(address, 4) ELSE address END,
                text = CASE WHEN \(attempt.isOver) THEN '' ELSE text END
            WHERE request_id = \(key)
            """, expecting: 1)
    }
}

extension DeliveryAttempt.State {
    /// The words of the column, which a test compares with its CHECK.
    enum Name: String, CaseIterable {
        case prepared, sending, sent, refused, unknown, expired
    }

    var name: Name {
        switch self {
        case .prepared: .prepared
        case .sending: .sending
        case .sent: .sent
        case .refused: .refused
        case .unknown: .unknown
        case .expired: .expired
        }
    }

    var reason: String {
        switch self {
        case .refused(let reason): reason
        case .prepared, .sending, .sent, .unknown, .expired: ""
        }
    }

    init(row: Row) throws {
        let name: Name = try row.value("state", table: "delivery_attempt")
        switch name {
        case .prepared: self = .prepared
        case .sending: self = .sending
        case .sent: self = .sent
        case .refused: self = .refused(try row.get("reason"))
        case .unknown: self = .unknown
        case .expired: self = .expired
        }
    }
}
