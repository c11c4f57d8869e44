import Foundation
import Messaging
import Postgres

/// Which ordinal an enterprise has, as the enterprise library publishes it; all that the inbox needs to know of it.
enum EnterpriseReplica {
    /// Takes over an enterprise.
    ///
    /// - Throws: `EventRejection` when the enterprise had another ordinal or another enterprise has this one, since
    ///   audiences that name it could then no longer be trusted.
    static func set(_ enterprise: UUID, ordinal: UInt32, in transaction: Transaction) throws {
        let known = try transaction.query(
            """
            SELECT enterprise_id, ordinal FROM notification.enterprise
            WHERE enterprise_id = \(enterprise) OR ordinal = \(ordinal)
            """
        ) { (id: try $0.get("enterprise_id", as: UUID.self), ordinal: try $0.get("ordinal", as: UInt32.self)) }
        if known.contains(where: { $0.id == enterprise && $0.ordinal != ordinal }) {
            throw EventRejection("the ordinal of enterprise \(enterprise.text) changed")
        }
        if known.contains(where: { $0.id != enterprise }) {
            throw EventRejection("ordinal \(ordinal) belongs to another enterprise than \(enterprise.text)")
        }
        guard known.isEmpty else { return }
        try transaction.execute(
            "INSERT INTO notification.enterprise (enterprise_id, ordinal) VALUES (\(enterprise), \(ordinal))",
            expecting: 1)
    }

    /// Forgets an enterprise.
    static func remove(_ enterprise: UUID, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM notification.enterprise WHERE enterprise_id = \(enterprise)")
    }

    /// The ordinal of an enterprise; nil while it is not known here.
    static func ordinal(of enterprise: UUID, in transaction: Transaction) throws -> UInt32? {
        try ordinals(of: [enterprise], in: transaction)[enterprise]
    }

    /// The ordinals of enterprises, as far as they are known here.
    static func ordinals(of enterprises: [UUID], in transaction: Transaction) throws -> [UUID: UInt32] {
        let rows = try transaction.query(
            "SELECT enterprise_id, ordinal FROM notification.enterprise WHERE enterprise_id = ANY(\(enterprises))"
        ) { (try $0.get("enterprise_id", as: UUID.self), try $0.get("ordinal", as: UInt32.self)) }
        return Dictionary(uniqueKeysWithValues: rows)
    }
}
