import Kafka
import Postgres

/// Applies consecutive messages of one partition in one transaction: offset, inbox, order, effect, dead letters
/// (RELIABILITY rules 7, 8 and 10).
///
/// The transaction body may be run again, so everything that it learns it loads itself.
struct InboxBatch: Sendable {
    typealias Care = EventApplication.Care
    typealias Faulty = EventApplication.Faulty

    /// Another owner moved the offset: this consumer has lost the partition and must stop.
    struct Fenced: Error {}

    let schema: String
    let cluster: String
    let group: String
    let subscription: Subscription
    let outbox: Outbox
    let messages: [KafkaMessage]
    /// The offset that the database holds; the batch moves it.
    let expected: Int64
    /// How much may be parked.
    var limits = ParkingLimits()

    private var partition: Int32 { messages[0].partition }
    private var topic: Topic { subscription.topic }
    /// The offset after the batch.
    var next: Int64 { messages[messages.count - 1].offset + 1 }

    /// Applies the batch.
    ///
    /// - Throws: ``Fenced``, ``Faulty``, ``ParkingFull``, or `PostgresError`.
    func apply(_ care: Care, in transaction: Transaction) throws {
        let isUnderRepair = try moveOffset(in: transaction)
        let application = EventApplication(schema: schema, group: group, subscription: subscription, outbox: outbox)
        if case .givenUp(_, let reason) = care {
            for message in messages {
                _ = try application.bury(message, .failed, EventRejection(reason), care, in: transaction)
            }
            return
        }
        let arrivals = messages.map { message in (message, Result { try IncomingEvent(message) }) }
        var fresh = try application.claim(arrivals.compactMap { try? $0.1.get() }, in: transaction)
        var order = try AggregateOrder(
            schema: schema, topic: topic, limits: limits, keys: Set(arrivals.compactMap { try? $0.1.get().key }),
            isUnderRepair: isUnderRepair, in: transaction)
        for (message, arrival) in arrivals {
            switch arrival {
            case .failure(let error):
                _ = try application.bury(message, .envelope, error, care, in: transaction)
            case .success(let event):
                guard fresh.remove(EventApplication.Identity(event)) != nil else { continue }
                try application.take(event, message, order: &order, care, in: transaction)
            }
        }
        order.save(in: transaction)
    }

    /// Moves the stored offset by compare and set. Its row is the lock of the partition: another owner, and an operator
    /// who replays a message of the partition, wait for it (``PartitionLock``).
    ///
    /// - Returns: whether the partition is under repair; see ``PartitionRepair``.
    private func moveOffset(in transaction: Transaction) throws -> Bool {
        let moved = try transaction.query(
            """
            UPDATE \(unescaped: schema).consumer_offset SET next = \(next)
            WHERE cluster = \(cluster) AND consumer_group = \(group) AND topic = \(topic.name)
                AND partition = \(partition) AND next = \(expected)
            RETURNING repairing_since IS NOT NULL AS repairing
            """
        ) { try $0.get("repairing", as: Bool.self) }
        guard moved.count == 1 else { throw Fenced() }
        return moved[0]
    }
}

/// The lock under which the messages of a partition are applied, whoever applies them: the rows of its stored offset.
///
/// A consumer takes it by moving the offset; a replay and a skip take it without moving anything, so that on whichever
/// replica they run, the partition's owner waits for them and they for it.
enum PartitionLock {
    /// Locks a partition for the rest of the transaction, or every partition of the topic when none is named.
    static func take(
        schema: String, group: String, topic: String, partition: Int32?, in transaction: Transaction
    ) throws {
        let (from, to) = partition.map { ($0, $0) } ?? (0, .max)
        // In a fixed order, so that two operators cannot wait for each other.
        _ = try transaction.query(
            """
            SELECT next FROM \(unescaped: schema).consumer_offset
            WHERE consumer_group = \(group) AND topic = \(topic) AND partition BETWEEN \(from) AND \(to)
            ORDER BY partition, cluster FOR NO KEY UPDATE
            """)
    }
}
