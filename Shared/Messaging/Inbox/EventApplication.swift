import Kafka
import Postgres

/// Applies events to the service in the order of their aggregates: the one way of what arrives, what was parked and
/// what is replayed (RELIABILITY rules 8 and 10). Whoever uses it holds the lock on the partition's stored offset.
struct EventApplication: Sendable {
    /// How effects are guarded.
    enum Care: Sendable {
        /// All effects stand or fall together: the fast way, for messages without fault.
        case together
        /// One message alone: its effect has a savepoint, and when it fails it becomes a dead letter with the number of
        /// attempts made.
        case alone(attempts: Int)
        /// One message alone that failed outside of its handler again and again: it becomes a dead letter unread.
        case givenUp(attempts: Int, reason: String)
        /// Messages that wait behind one that an operator replays or skips: the first failure makes a dead letter, since
        /// somebody is waiting for the answer.
        case behindReplay
    }

    /// A message has a fault, so that the batch is to be repeated with care.
    struct Faulty: Error {
        let cause: any Error
    }

    /// Source and identifier together name an event wherever it turns up.
    struct Identity: Hashable {
        let source: String
        let id: String

        init(source: String, id: String) {
            self.source = source
            self.id = id
        }

        init(_ event: IncomingEvent) { self.init(source: event.source, id: event.id) }
    }

    let schema: String
    let group: String
    let subscription: Subscription
    let outbox: Outbox

    private var topic: Topic { subscription.topic }

    /// Enters events into the inbox and returns those that were not there.
    func claim(_ events: [IncomingEvent], in transaction: Transaction) throws -> Set<Identity> {
        guard !events.isEmpty else { return [] }
        let rows = try transaction.query(
            """
            INSERT INTO \(unescaped: schema).inbox (recorded_at, source, id, topic, partition, message_offset)
            SELECT timestamptz 'epoch' + recorded_at * interval '1 microsecond', source, id, \(topic.name),
                partition, message_offset
            FROM unnest(
                \(events.map(\.recordedTime.microseconds)), \(events.map(\.source)), \(events.map(\.id)),
                \(events.map { Int64($0.partition) }), \(events.map(\.offset))
            ) AS event (recorded_at, source, id, partition, message_offset)
            ON CONFLICT DO NOTHING
            RETURNING source, id
            """)
        return Set(try rows.map { Identity(source: try $0.get("source"), id: try $0.get("id")) })
    }

    /// Decides by the aggregate's order what becomes of an event, and applies it when it is its turn.
    func take(
        _ event: IncomingEvent, _ message: KafkaMessage, order: inout AggregateOrder, _ care: Care,
        in transaction: Transaction
    ) throws {
        switch order.place(of: event) {
        case .stale: return
        case .early:
            try order.park(message, event, behind: .gap, in: transaction)
        case .behindParked:
            try order.park(message, event, behind: nil, in: transaction)
        case .due:
            try applyDue(event, message, order: &order, care, in: transaction)
            _ = try drain(event.key, order: &order, care, in: transaction)
        }
    }

    /// Applies what is parked of a key whose gap has closed, as far as it follows without another gap or fault.
    ///
    /// - Returns: how many messages were taken.
    func drain(
        _ key: String, order: inout AggregateOrder, _ care: Care, in transaction: Transaction
    ) throws -> Int {
        var taken = 0
        while let (event, message) = try order.nextFilled(key: key, in: transaction) {
            try applyDue(event, message, order: &order, care, in: transaction)
            taken += 1
        }
        return taken
    }

    /// The handler's effect alone, within the trace of the event's writer.
    ///
    /// - Throws: ``UnknownType`` when nothing handles the type, and what the handler throws.
    func effect(of event: IncomingEvent, in transaction: Transaction) throws {
        guard let handler = subscription.handler(for: event.type) else { throw UnknownType(type: event.type) }
        try TraceParent.$current.withValue(event.traceparent) { try handler(event, transaction) }
    }

    private func applyDue(
        _ event: IncomingEvent, _ message: KafkaMessage, order: inout AggregateOrder, _ care: Care,
        in transaction: Transaction
    ) throws {
        do {
            switch care {
            case .together: try effect(of: event, in: transaction)
            case .alone, .givenUp, .behindReplay: try transaction.savepoint { try effect(of: event, in: transaction) }
            }
            order.passed(event)
        } catch let error as UnknownType {
            // An unknown type does not park its key: a newer publisher may add types that this service need not know.
            _ = try bury(message, .unknownType, error, care, in: transaction)
            order.passed(event)
        } catch {
            guard let kind = Self.fault(error, care) else { throw error }
            let letter = try bury(message, kind, error, care, in: transaction)
            try order.parkKey(event.key, behind: .deadLetter(letter), in: transaction)
            order.passed(event)
        }
    }

    /// Writes a dead letter and returns its number, or in the fast way asks for the batch to be repeated with care.
    func bury(
        _ message: KafkaMessage, _ kind: DeadLetterClass, _ error: any Error, _ care: Care, in transaction: Transaction
    ) throws -> Int64 {
        let attempts: Int
        switch care {
        case .together where kind != .unknownType && kind != .envelope: throw Faulty(cause: error)
        case .together, .behindReplay: attempts = 1
        case .alone(let made), .givenUp(let made, _): attempts = made
        }
        return try DeadLetter(message: message, kind: kind, reason: "\(error)", attempts: attempts)
            .write(topic: topic, group: group, schema: schema, outbox: outbox, in: transaction)
    }

    /// The class of a handler's error; nil for one that will pass, which rolls the whole transaction back.
    static func fault(_ error: any Error, _ care: Care) -> DeadLetterClass? {
        switch error {
        case is UnknownType: return .unknownType
        case is EventRejection: return .rejected
        case is UndecodableEvent: return .undecodable
        case is EnvelopeError: return .envelope
        case is CancellationError, is ParkingFull, is NotYetKnown: return nil
        case let error as PostgresError where error.willPass: return nil
        default:
            // An error that nobody foresaw is tried a few times before the message is given up.
            switch care {
            case .together, .behindReplay: return .failed
            case .alone(let attempts), .givenUp(let attempts, _): return attempts >= Inbox.attemptLimit ? .failed : nil
            }
        }
    }
}

/// A handler lacks something that is on its way to this process, such as the units before they were read. The message
/// waits for it, however long that takes, and never becomes a dead letter because of it (RELIABILITY rule 10).
public struct NotYetKnown: Error, CustomStringConvertible {
    /// What is missing, for the log.
    public let description: String

    /// Says what is missing.
    public init(_ description: String) { self.description = description }
}

/// No handler of the service knows the event's type.
struct UnknownType: Error, CustomStringConvertible {
    let type: String

    var description: String { "no handler knows \(type)" }
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
