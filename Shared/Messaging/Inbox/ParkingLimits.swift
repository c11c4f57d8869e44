import Postgres

/// How many messages may wait parked. Beyond it the partition pauses: a table that grows without bound is no better
/// than a loss, and what stays on the broker is not lost (RELIABILITY rule 10).
public struct ParkingLimits: Sendable, Hashable {
    /// Messages of one key.
    public var perKey: Int
    /// Messages of the whole service. Partitions that park at the same time may exceed it by a batch each.
    public var inAll: Int

    /// Limits; those of production by default.
    public init(perKey: Int = 1_000, inAll: Int = 100_000) {
        self.perKey = perKey
        self.inAll = inAll
    }
}

/// No further message may be parked; whoever reads the partition waits until an operator has made room.
public struct ParkingFull: Error, Sendable, CustomStringConvertible {
    /// The topic of the message that found no room.
    public let topic: String
    /// Which limit was reached, and where.
    public let limit: String

    /// One line for logs.
    public var description: String { "\(topic): \(limit)" }
}

/// Counts what is parked, once per transaction and key, and what the transaction adds.
struct ParkingRoom {
    private let schema: String
    private let topic: Topic
    private let limits: ParkingLimits
    private var inAll: Int?
    private var perKey: [String: Int] = [:]

    init(schema: String, topic: Topic, limits: ParkingLimits) {
        self.schema = schema
        self.topic = topic
        self.limits = limits
    }

    /// Takes the place of one more message of a key.
    ///
    /// - Throws: ``ParkingFull``.
    mutating func take(key: String, in transaction: Transaction) throws {
        let all = try inAll ?? countAll(in: transaction)
        let own = try perKey[key] ?? count(key: key, in: transaction)
        guard own < limits.perKey else {
            throw ParkingFull(topic: topic.name, limit: "one key has \(limits.perKey) parked messages")
        }
        guard all < limits.inAll else {
            throw ParkingFull(topic: topic.name, limit: "\(limits.inAll) messages are parked in all")
        }
        inAll = all + 1
        perKey[key] = own + 1
    }

    private func countAll(in transaction: Transaction) throws -> Int {
        try transaction.only(
            """
            SELECT count(*) AS parked
            FROM (SELECT FROM \(unescaped: schema).parked_message LIMIT \(Int64(limits.inAll))) AS kept
            """
        ).get("parked")
    }

    private func count(key: String, in transaction: Transaction) throws -> Int {
        try transaction.only(
            """
            SELECT count(*) AS parked FROM \(unescaped: schema).parked_message
            WHERE topic = \(topic.name) AND key = \(key)
            """
        ).get("parked")
    }
}
