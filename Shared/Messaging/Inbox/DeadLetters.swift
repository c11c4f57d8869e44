import Kafka
import Postgres

/// The dead letters of one service and what an operator does with them (RELIABILITY rule 10, XCT-6).
///
/// Every method works in the caller's transaction, so that the audit row stands or falls with the effect. A replay may
/// run on any replica: it holds the partition's lock (``PartitionLock``), as the consumer does.
public struct DeadLetters: Sendable {
    /// Which letters a list shows.
    public struct Filter: Sendable, Hashable {
        /// One topic only; nil for all.
        public var topic: String?
        /// One class only; nil for all.
        public var kind: DeadLetterClass?
        /// Whether replayed and dismissed letters are shown too.
        public var includesClosed = false

        /// Open letters of every topic and class.
        public init() {}
    }

    /// What a replay did.
    public enum Outcome: Sendable, Hashable {
        /// The effect took place in its turn.
        case applied
        /// The effect took place although later events of the key had been applied, as the operator demanded.
        case appliedLate
        /// The message waits behind something else that holds its key or is missing.
        case parked
        /// A newer state of the key has been applied, which tells everything that this one does.
        case superseded
        /// The same event had come another way and taken effect.
        case alreadyApplied
        /// The letter had been replayed before; nothing happened.
        case repeated
        /// It failed again: the letter stays, with the new reason.
        case failed(DeadLetterClass, reason: String)
    }

    /// What a replay did, to the letter and to what had waited for it.
    public struct Replay: Sendable, Hashable {
        /// What happened to the letter's message.
        public let outcome: Outcome
        /// How many parked messages of its key followed.
        public let followed: Int
    }

    let schema: String
    let group: String
    let subscriptions: [String: Subscription]
    let outbox: Outbox
    let limits: ParkingLimits

    /// The dead letters of a service's schema and group.
    public init(
        schema: String, group: String, subscriptions: [Subscription], outbox: Outbox,
        limits: ParkingLimits = ParkingLimits()
    ) {
        self.schema = schema
        self.group = group
        self.subscriptions = Dictionary(uniqueKeysWithValues: subscriptions.map { ($0.topic.name, $0) })
        self.outbox = outbox
        self.limits = limits
    }

    /// Letters in the order of their numbers, those above `id`, at most `limit`.
    public func list(
        _ filter: Filter, after id: Int64, limit: Int, in transaction: Transaction
    ) throws -> [StoredLetter] {
        try transaction.query(
            """
            SELECT \(StoredLetter.columns(schema: schema))
            FROM \(unescaped: schema).dead_letter AS letter
            WHERE letter.id > \(id)
                AND (\(filter.topic)::text IS NULL OR letter.topic = \(filter.topic))
                AND (\(filter.kind?.rawValue)::text IS NULL OR letter.class = \(filter.kind?.rawValue))
                AND (\(filter.includesClosed) OR (letter.replayed_at IS NULL AND letter.dismissed_at IS NULL))
            ORDER BY letter.id LIMIT \(Int64(limit))
            """, as: StoredLetter.init)
    }

    /// One letter.
    ///
    /// - Throws: ``InboxDecisionError/noLetter(_:)``.
    public func letter(_ id: Int64, in transaction: Transaction) throws -> StoredLetter {
        try letter(id, isLocked: false, in: transaction)
    }

    /// Passes a letter's message through the inbox once more. A repetition has no second effect: the letter's row is
    /// locked and says that it was replayed.
    ///
    /// - Parameters:
    ///   - account: who replays.
    ///   - evenLate: applies an event although later ones of its key have been applied; for events whose handler does
    ///     not mind, such as those of a type that this service knows only now.
    /// - Throws: ``InboxDecisionError``, ``ParkingFull``, or `PostgresError`; nothing has changed then.
    public func replay(
        _ id: Int64, by account: String, evenLate: Bool, in transaction: Transaction
    ) throws -> Replay {
        let letter = try letter(id, isLocked: true, in: transaction)
        switch letter.status {
        case .replayed: return Replay(outcome: .repeated, followed: 0)
        case .dismissed: throw InboxDecisionError.closed(id)
        case .open: break
        }
        guard let subscription = subscriptions[letter.topic] else {
            throw InboxDecisionError.notRead(topic: letter.topic)
        }
        try PartitionLock.take(
            schema: schema, group: group, topic: letter.topic, partition: letter.partition, in: transaction)
        let repetition = Repetition(
            letter: letter, evenLate: evenLate, limits: limits,
            application: EventApplication(schema: schema, group: group, subscription: subscription, outbox: outbox))
        do {
            let replay = try transaction.savepoint { try repetition.run(in: transaction) }
            try transaction.execute(
                """
                UPDATE \(unescaped: schema).dead_letter
                SET replayed_at = clock_timestamp(), replayed_by = \(account), tried_at = clock_timestamp()
                WHERE id = \(id)
                """, expecting: 1)
            return replay
        } catch let refusal as InboxDecisionError {
            throw refusal
        } catch {
            guard let kind = EventApplication.fault(error, .behindReplay) else { throw error }
            try transaction.execute(
                """
                UPDATE \(unescaped: schema).dead_letter
                SET class = \(kind.rawValue), reason = \("\(error)"), attempts = attempts + 1,
                    tried_at = clock_timestamp()
                WHERE id = \(id)
                """, expecting: 1)
            return Replay(outcome: .failed(kind, reason: "\(error)"), followed: 0)
        }
    }

    /// Closes a letter without its effect. A key that waits for it goes on waiting until it is skipped
    /// (``ParkedKeys/skip(topic:key:in:)``), since that is another decision: later events take effect over a hole.
    ///
    /// - Parameter reason: why, 1 to 500 characters, without personal data.
    /// - Throws: ``InboxDecisionError`` or `PostgresError`.
    public func dismiss(
        _ id: Int64, by account: String, reason: String, in transaction: Transaction
    ) throws {
        guard case .open = try letter(id, isLocked: true, in: transaction).status else {
            throw InboxDecisionError.closed(id)
        }
        try transaction.execute(
            """
            UPDATE \(unescaped: schema).dead_letter
            SET dismissed_at = clock_timestamp(), dismissed_by = \(account), dismissal = \(reason)
            WHERE id = \(id)
            """, expecting: 1)
    }

    private func letter(_ id: Int64, isLocked: Bool, in transaction: Transaction) throws -> StoredLetter {
        let lock: SQL = isLocked ? "FOR UPDATE OF letter" : ""
        let found = try transaction.query(
            """
            SELECT \(StoredLetter.columns(schema: schema))
            FROM \(unescaped: schema).dead_letter AS letter WHERE letter.id = \(id) \(lock)
            """, as: StoredLetter.init)
        guard let letter = found.first else { throw InboxDecisionError.noLetter(id) }
        return letter
    }
}

/// One replay: where the event stands now, its effect, and what waited for it.
private struct Repetition {
    let letter: StoredLetter
    let evenLate: Bool
    let limits: ParkingLimits
    let application: EventApplication

    func run(in transaction: Transaction) throws -> DeadLetters.Replay {
        let message = letter.message
        let event = try IncomingEvent(message)
        var order = try AggregateOrder(
            schema: application.schema, topic: application.subscription.topic, limits: limits, keys: [event.key],
            in: transaction)
        let holdsKey = order.cause(of: event.key) == .deadLetter(letter.id)
        let isFresh = try !application.claim([event], in: transaction).isEmpty
        let outcome: DeadLetters.Outcome
        if holdsKey {
            // The letter was claimed when it was written, and nothing of its key was applied since.
            try application.effect(of: event, in: transaction)
            outcome = .applied
            try order.release(event.key, in: transaction)
        } else if isFresh {
            outcome = try takeFresh(event, message, order: &order, in: transaction)
        } else if try isClaimedByLetter(event, in: transaction) {
            if order.last(of: event.key) == event.seq {
                try application.effect(of: event, in: transaction)
                outcome = .applied
            } else {
                outcome = try takeLate(event, order: order, in: transaction)
            }
        } else {
            outcome = .alreadyApplied
        }
        let followed = try application.drain(event.key, order: &order, .behindReplay, in: transaction)
        order.save(in: transaction)
        return DeadLetters.Replay(outcome: outcome, followed: followed)
    }

    /// A message that could not be read when it came: it is the event's first time.
    private func takeFresh(
        _ event: IncomingEvent, _ message: KafkaMessage, order: inout AggregateOrder, in transaction: Transaction
    ) throws -> DeadLetters.Outcome {
        switch order.place(of: event) {
        case .due:
            try application.effect(of: event, in: transaction)
            order.passed(event)
            return .applied
        case .stale:
            return try takeLate(event, order: order, in: transaction)
        case .early:
            try order.park(message, event, behind: .gap, in: transaction)
            return .parked
        case .behindParked:
            try order.park(message, event, behind: nil, in: transaction)
            return .parked
        }
    }

    private func takeLate(
        _ event: IncomingEvent, order: AggregateOrder, in transaction: Transaction
    ) throws -> DeadLetters.Outcome {
        if application.subscription.topic.kind == .state { return .superseded }
        guard evenLate else {
            throw InboxDecisionError.late(letter.id, seq: event.seq, last: order.last(of: event.key) ?? 0)
        }
        try application.effect(of: event, in: transaction)
        return .appliedLate
    }

    /// Whether the inbox knows the event by the letter itself, and not by another delivery that took effect.
    private func isClaimedByLetter(_ event: IncomingEvent, in transaction: Transaction) throws -> Bool {
        try transaction.first(
            """
            SELECT FROM \(unescaped: application.schema).inbox
            WHERE recorded_at = \(event.recordedTime) AND source = \(event.source) AND id = \(event.id)
                AND topic = \(letter.topic) AND partition = \(letter.partition) AND message_offset = \(letter.offset)
            """) != nil
    }
}
