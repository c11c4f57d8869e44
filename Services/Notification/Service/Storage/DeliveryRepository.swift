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

    /// An attempt and when its message loses its meaning, locked until the transaction ends.
    static func lock(
        _ key: String, in transaction: Transaction
    ) throws -> (attempt: DeliveryAttempt, expiresAt: Instant) {
        let row = try transaction.only(
            """
            SELECT state, reason, expires_at FROM notification.delivery_attempt
            WHERE request_id = \(key) FOR UPDATE
            """)
        return (DeliveryAttempt(state: try DeliveryAttempt.State(row: row)), try row.get("expires_at"))
    }

    /// Stores how far an attempt got.
    static func save(_ attempt: DeliveryAttempt, _ key: String, in transaction: Transaction) throws {
        try transaction.execute(
            """
            UPDATE notification.delivery_attempt
            SET state = \(attempt.state.name.rawValue), reason = \(attempt.state.reason),
                changed_at = clock_timestamp()
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
