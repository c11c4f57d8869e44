import Foundation
import Postgres

/// Writes events beside the state they tell of, in the same transaction (XCT-5).
///
/// An event is in the journal when, and only when, its transaction commits; the relay publishes it from there.
public struct Outbox: Sendable {
    /// Payloads above this are refused, in bytes; audiences travel in chunks below it.
    public static let payloadLimit = 65_536
    /// Rows written by one statement.
    private static let batchSize = 1_000

    private let schema: String
    private let wake: @Sendable () -> Void

    /// Makes the outbox of one schema; `wake` is called after each commit that wrote events.
    public init(schema: String, wake: @escaping @Sendable () -> Void) {
        self.schema = schema
        self.wake = wake
    }

    /// Appends one event.
    ///
    /// - Throws: ``OutboxError`` when the event breaks the envelope's bounds; `PostgresError`.
    public func append(_ event: OutgoingEvent, in transaction: Transaction) throws {
        try append(contentsOf: [event], in: transaction)
    }

    /// Appends events in the order given; events of one aggregate must be in the order of their `seq`.
    ///
    /// - Throws: as ``append(_:in:)``.
    public func append(contentsOf events: [OutgoingEvent], in transaction: Transaction) throws {
        guard !events.isEmpty else { return }
        for event in events { try check(event) }
        for start in stride(from: 0, to: events.count, by: Self.batchSize) {
            try write(events[start..<min(start + Self.batchSize, events.count)], in: transaction)
        }
        transaction.afterCommit(wake)
    }

    private func check(_ event: OutgoingEvent) throws {
        guard (event.payload?.count ?? 0) <= Self.payloadLimit || event.topic.kind == .deadLetters else {
            throw OutboxError.payloadTooLarge(type: event.type, bytes: event.payload?.count ?? 0)
        }
        guard event.payload != nil || event.topic.kind != .events else {
            throw OutboxError.tombstoneOnEvents(topic: event.topic.name)
        }
        guard !event.key.isEmpty, event.seq >= 1 else {
            throw OutboxError.missingKey(type: event.type)
        }
    }

    private func write(_ events: ArraySlice<OutgoingEvent>, in transaction: Transaction) throws {
        transaction.enqueue(
            """
            WITH written AS (
                INSERT INTO \(unescaped: schema).journal
                    (topic, key, seq, type, event_id, occurred_at, traceparent, extra_headers, payload)
                SELECT topic, key, seq, type, event_id,
                    timestamptz 'epoch' + occurred_at * interval '1 microsecond', \(TraceParent.current),
                    NULLIF(extra_headers, '')::jsonb, CASE WHEN has_payload = 1 THEN payload END
                FROM unnest(
                    \(events.map(\.topic.name)), \(events.map(\.key)), \(events.map(\.seq)), \(events.map(\.type)),
                    \(events.map { _ in UUIDv7.make() }), \(events.map(\.time.microseconds)),
                    \(try events.map { try HeaderCoding.encode($0.extraHeaders) }), \(events.map { $0.payload ?? [] }),
                    \(events.map { $0.payload == nil ? Int64(0) : 1 })
                ) WITH ORDINALITY AS event (
                    topic, key, seq, type, event_id, occurred_at, extra_headers, payload, has_payload, place)
                ORDER BY place
                RETURNING id
            )
            INSERT INTO \(unescaped: schema).pending (journal_id) SELECT id FROM written
            """)
    }
}

/// An event that cannot be published; a programming error of the service that made it.
public enum OutboxError: Error, CustomStringConvertible {
    /// The payload is above ``Outbox/payloadLimit``.
    case payloadTooLarge(type: String, bytes: Int)
    /// Only state topics know tombstones.
    case tombstoneOnEvents(topic: String)
    /// The key is empty or the sequence number below 1.
    case missingKey(type: String)

    /// One line for logs.
    public var description: String {
        switch self {
        case .payloadTooLarge(let type, let bytes): "\(type): a payload of \(bytes) bytes is above the limit"
        case .tombstoneOnEvents(let topic): "\(topic): a topic of events takes no tombstone"
        case .missingKey(let type): "\(type): the key is empty or the sequence number below 1"
        }
    }
}

/// Headers as JSON for the database: readable there, and exact for bytes that are no text.
enum HeaderCoding {
    private struct Coded: Codable {
        let name: String
        var text: String?
        var base64: String?
    }

    /// An array of objects with `name` and `text` or `base64`; the empty string for no headers.
    static func encode(_ headers: [EnvelopeHeader]) throws -> String {
        guard !headers.isEmpty else { return "" }
        let coded = headers.map { header in
            // PostgreSQL's jsonb cannot hold the character zero.
            if let value = header.value, let text = String(validating: value, as: UTF8.self), !text.contains("\0") {
                return Coded(name: header.name, text: text)
            }
            return Coded(name: header.name, base64: header.value.map { Data($0).base64EncodedString() })
        }
        return String(decoding: try JSONEncoder().encode(coded), as: UTF8.self)
    }

    /// The headers of a JSON text made by ``encode(_:)``.
    static func decode(_ json: String) throws -> [EnvelopeHeader] {
        guard !json.isEmpty else { return [] }
        return try JSONDecoder().decode([Coded].self, from: Data(json.utf8)).map { coded in
            EnvelopeHeader(
                name: coded.name,
                value: coded.text.map { Array($0.utf8) }
                    ?? coded.base64.flatMap { Data(base64Encoded: $0) }.map(Array.init))
        }
    }
}
