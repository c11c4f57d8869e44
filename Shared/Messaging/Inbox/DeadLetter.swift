import Kafka
import Postgres

/// Why a message could not be handled.
public enum DeadLetterClass: String, Sendable, Hashable, CaseIterable {
    /// The headers do not follow the envelope.
    case envelope
    /// The payload is not the message that the type names.
    case undecodable
    /// No handler knows the type.
    case unknownType = "unknown_type"
    /// The handler refused it.
    case rejected
    /// The handler failed again and again.
    case failed
}

/// A message on its way to the dead letters: what it was, and what is wrong with it.
struct DeadLetter {
    let message: KafkaMessage
    let kind: DeadLetterClass
    let reason: String
    let attempts: Int

    /// Headers of the original message, kept with the letter.
    private var originalHeaders: [EnvelopeHeader] {
        message.headers.map { EnvelopeHeader(name: $0.name, value: $0.value) }
    }

    /// Writes the letter and appends it to the outbox, in the transaction that moves the offset past the message.
    ///
    /// - Returns: the letter's number.
    func write(
        topic: Topic, group: String, schema: String, outbox: Outbox, in transaction: Transaction
    ) throws -> Int64 {
        let number: Int64 = try transaction.only(
            """
            INSERT INTO \(unescaped: schema).dead_letter
                (topic, partition, message_offset, key, class, reason, attempts, headers, payload)
            VALUES (\(message.topic), \(message.partition), \(message.offset), \(message.key), \(kind.rawValue),
                \(reason), \(Int32(attempts)), \(try headersJSON())::jsonb, \(message.value))
            RETURNING id
            """
        ).get("id")
        try outbox.append(
            OutgoingEvent(
                topic: topic.deadLetters(of: group), type: "zhitongche.DeadLetter", key: key, seq: number, time: .now,
                payload: message.value, extraHeaders: letterHeaders(group: group)),
            in: transaction)
        return number
    }

    private func headersJSON() throws -> String {
        let json = try HeaderCoding.encode(originalHeaders)
        return json.isEmpty ? "[]" : json
    }

    private var key: String {
        guard let bytes = message.key, !bytes.isEmpty else { return "none" }
        if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.map { String($0, radix: 16) }.joined(separator: "-")
    }

    /// Where the message was, what is wrong with it, and its own headers under a prefix.
    private func letterHeaders(group: String) -> [EnvelopeHeader] {
        let told = [
            ("ztc_dlq_topic", message.topic), ("ztc_dlq_partition", "\(message.partition)"),
            ("ztc_dlq_offset", "\(message.offset)"), ("ztc_dlq_group", group), ("ztc_dlq_class", kind.rawValue),
            ("ztc_dlq_reason", reason), ("ztc_dlq_attempts", "\(attempts)"),
        ]
        return told.map { EnvelopeHeader(name: $0.0, value: Array($0.1.utf8)) }
            + originalHeaders.map { EnvelopeHeader(name: "original_\($0.name)", value: $0.value) }
    }
}
