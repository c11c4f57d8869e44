import Kafka
import Postgres

/// Applies consecutive messages of one partition in one transaction: offset, inbox, order, effect, dead letters
/// (RELIABILITY rules 7, 8 and 10).
///
/// The transaction body may be run again, so everything that it learns it loads itself.
struct InboxBatch: Sendable {
    /// How the effects of the batch are guarded.
    enum Care: Sendable {
        /// All effects stand or fall together: the fast way, for messages without fault.
        case together
        /// One message alone: its effect has a savepoint, and when it fails it becomes a dead letter with the number of
        /// attempts made.
        case alone(attempts: Int)
        /// One message alone that failed outside of its handler again and again: it becomes a dead letter unread.
        case givenUp(attempts: Int, reason: String)
    }

    /// Another owner moved the offset: this consumer has lost the partition and must stop.
    struct Fenced: Error {}

    /// A message of the batch has a fault, so the batch is to be repeated with care.
    struct Faulty: Error {
        let cause: any Error
    }

    let schema: String
    let cluster: String
    let group: String
    let subscription: Subscription
    let outbox: Outbox
    let messages: [KafkaMessage]
    /// The offset that the database holds; the batch moves it.
    let expected: Int64

    private var partition: Int32 { messages[0].partition }
    private var topic: Topic { subscription.topic }
    /// The offset after the batch.
    var next: Int64 { messages[messages.count - 1].offset + 1 }

    /// Applies the batch.
    ///
    /// - Throws: ``Fenced``, ``Faulty``, or `PostgresError`.
    func apply(_ care: Care, in transaction: Transaction) throws {
        let isUnderRepair = try moveOffset(in: transaction)
        if case .givenUp(let attempts, let reason) = care {
            for message in messages {
                try write(
                    DeadLetter(message: message, kind: .failed, reason: reason, attempts: attempts), in: transaction)
            }
            return
        }
        let arrivals = messages.map { message in (message, Result { try IncomingEvent(message) }) }
        var fresh = try claim(arrivals.compactMap { try? $0.1.get() }, in: transaction)
        var order = try AggregateOrder(
            schema: schema, topic: topic, keys: Set(arrivals.compactMap { try? $0.1.get().key }),
            isUnderRepair: isUnderRepair, in: transaction)
        for (message, arrival) in arrivals {
            switch arrival {
            case .failure(let error):
                try bury(message, .envelope, error, care, in: transaction)
            case .success(let event):
                guard fresh.remove(Identity(event)) != nil else { continue }
                try take(event, message, order: &order, care, in: transaction)
            }
        }
        try order.save(in: transaction)
    }

    /// Moves the stored offset by compare and set, which also locks its row against another owner.
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

    /// Source and identifier together name an event wherever it turns up.
    private struct Identity: Hashable {
        let source: String
        let id: String

        init(source: String, id: String) {
            self.source = source
            self.id = id
        }

        init(_ event: IncomingEvent) { self.init(source: event.source, id: event.id) }
    }

    /// Enters the events into the inbox and returns those that were not there.
    private func claim(_ events: [IncomingEvent], in transaction: Transaction) throws -> Set<Identity> {
        guard !events.isEmpty else { return [] }
        let rows = try transaction.query(
            """
            INSERT INTO \(unescaped: schema).inbox (recorded_at, source, id, topic, partition, message_offset)
            SELECT timestamptz 'epoch' + recorded_at * interval '1 microsecond', source, id, \(topic.name),
                \(partition), message_offset
            FROM unnest(
                \(events.map(\.recordedTime.microseconds)), \(events.map(\.source)), \(events.map(\.id)),
                \(events.map(\.offset))
            ) AS event (recorded_at, source, id, message_offset)
            ON CONFLICT DO NOTHING
            RETURNING source, id
            """)
        return Set(try rows.map { Identity(source: try $0.get("source"), id: try $0.get("id")) })
    }

    /// Decides by the aggregate's order what becomes of an event, and applies it when it is its turn.
    private func take(
        _ event: IncomingEvent, _ message: KafkaMessage, order: inout AggregateOrder, _ care: Care,
        in transaction: Transaction
    ) throws {
        switch order.place(of: event) {
        case .stale: return
        case .early:
            try order.park(message, event, cause: .gap, in: transaction)
        case .behindParked:
            try order.park(message, event, cause: nil, in: transaction)
        case .due:
            try applyDue(event, message, order: &order, care, in: transaction)
            while let (parked, parkedMessage) = try order.nextFilled(key: event.key, in: transaction) {
                try applyDue(parked, parkedMessage, order: &order, care, in: transaction)
            }
        }
    }

    private func applyDue(
        _ event: IncomingEvent, _ message: KafkaMessage, order: inout AggregateOrder, _ care: Care,
        in transaction: Transaction
    ) throws {
        guard let handler = subscription.handler(for: event.type) else {
            // An unknown type does not park its key: a newer publisher may add types that this service need not know.
            try bury(message, .unknownType, EventRejection("no handler knows \(event.type)"), care, in: transaction)
            order.passed(event)
            return
        }
        do {
            try TraceParent.$current.withValue(event.traceparent) {
                switch care {
                case .together: try handler(event, transaction)
                case .alone, .givenUp: try transaction.savepoint { try handler(event, transaction) }
                }
            }
            order.passed(event)
        } catch {
            guard let kind = Self.fault(error, care) else { throw error }
            try bury(message, kind, error, care, in: transaction)
            try order.parkKey(event.key, cause: .deadLetter, in: transaction)
            order.passed(event)
        }
    }

    /// Writes a dead letter, or in the fast way asks for the batch to be repeated with care.
    private func bury(
        _ message: KafkaMessage, _ kind: DeadLetterClass, _ error: any Error, _ care: Care, in transaction: Transaction
    ) throws {
        switch care {
        case .together where kind != .unknownType && kind != .envelope:
            throw Faulty(cause: error)
        case .together:
            try write(DeadLetter(message: message, kind: kind, reason: "\(error)", attempts: 1), in: transaction)
        case .alone(let attempts), .givenUp(let attempts, _):
            try write(DeadLetter(message: message, kind: kind, reason: "\(error)", attempts: attempts), in: transaction)
        }
    }

    private func write(_ letter: DeadLetter, in transaction: Transaction) throws {
        try letter.write(topic: topic, group: group, schema: schema, outbox: outbox, in: transaction)
    }

    /// The class of a handler's error; nil for one that will pass, which rolls the whole batch back.
    private static func fault(_ error: any Error, _ care: Care) -> DeadLetterClass? {
        switch error {
        case is EventRejection: return .rejected
        case is UndecodableEvent: return .undecodable
        case is CancellationError: return nil
        case let error as PostgresError where error.willPass: return nil
        default:
            // An error that nobody foresaw is tried a few times before the message is given up.
            switch care {
            case .together: return .failed
            case .alone(let attempts), .givenUp(let attempts, _): return attempts >= Inbox.attemptLimit ? .failed : nil
            }
        }
    }
}

extension PostgresError {
    /// Whether the same statements may succeed later without a change.
    var willPass: Bool {
        switch self {
        case .cancelled, .deadlineExceeded: true
        // A statement that ran out of time says that the database is slow, not that the message is bad.
        case .server(sqlState: "57014", _, _, _, _, _): true
        default: isUnavailable || isTransient || isConflict
        }
    }
}
