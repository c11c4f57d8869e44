import Messaging
import Postgres
import SwiftProtobuf

extension Subscription {
    /// Handles events whose payload is the message; undecodable bytes become a dead letter (XCT-6).
    public mutating func on<M: Message>(
        _ message: M.Type, _ handler: @escaping @Sendable (M, IncomingEvent, Transaction) throws -> Void
    ) {
        on(type: M.protoMessageName) { event, transaction in
            try handler(try M.decoded(event.payload), event, transaction)
        }
    }

    /// Takes note of events of a message and does nothing.
    public mutating func ignore<M: Message>(_ message: M.Type) { ignore(type: M.protoMessageName) }
}

extension Message {
    /// Decodes an event's payload, keeping the decoder's limits on depth.
    fileprivate static func decoded(_ payload: [UInt8]) throws -> Self {
        do {
            return try Self(serializedBytes: payload)
        } catch {
            throw UndecodableEvent("\(Self.protoMessageName): \(error)")
        }
    }
}

extension OutgoingEvent {
    /// An event whose type is the message's full name and whose payload is its bytes.
    public init<M: Message>(_ topic: Topic, key: String, seq: Int64, time: Instant, _ message: M) throws {
        self.init(
            topic: topic, type: M.protoMessageName, key: key, seq: seq, time: time,
            payload: try message.serializedBytes())
    }

    /// A tombstone on a state topic: the key is removed; `message` names the state that it removes.
    public static func tombstone<M: Message>(
        _ topic: Topic, key: String, seq: Int64, time: Instant, of message: M.Type
    ) -> OutgoingEvent {
        OutgoingEvent(topic: topic, type: M.protoMessageName, key: key, seq: seq, time: time, payload: nil)
    }
}
