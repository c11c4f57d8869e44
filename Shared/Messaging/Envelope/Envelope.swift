import Kafka
import Postgres

/// A header as it is kept in the journal and in dead letters: any bytes under a name.
struct EnvelopeHeader: Sendable, Hashable, Codable {
    let name: String
    let value: [UInt8]?
}

/// Says which part of an envelope does not follow CloudEvents' Kafka binding.
public struct EnvelopeError: Error, CustomStringConvertible {
    /// The header at fault, or "key".
    public let header: String
    /// What is wrong with it.
    public let reason: String

    /// One line for logs and dead letters.
    public var description: String { "\(header) \(reason)" }
}

/// Writes the headers of CloudEvents 1.0 in Kafka's binary mode (XCT-3).
enum EnvelopeWriter {
    /// The source of a service's events.
    static func source(of service: String) -> String { "/zhitongche/\(service)" }

    /// The headers of one journal row, in a fixed order.
    static func headers(of row: JournalRow, source: String) -> [KafkaHeader] {
        var headers = [
            KafkaHeader("ce_specversion", "1.0"),
            KafkaHeader("ce_id", row.eventID),
            KafkaHeader("ce_source", source),
            KafkaHeader("ce_type", row.type),
            KafkaHeader("ce_subject", row.key),
            KafkaHeader("ce_time", row.occurredAt.description),
            KafkaHeader("ce_dataschema", "urn:zhitongche:proto:\(row.type)"),
            KafkaHeader("content-type", "application/protobuf"),
            KafkaHeader("ce_partitionkey", row.key),
            KafkaHeader("ce_aggregateseq", padded(row.seq)),
            KafkaHeader("ce_recordedtime", row.recordedAt.description),
        ]
        if let traceparent = row.traceparent { headers.append(KafkaHeader("traceparent", traceparent)) }
        headers += row.extraHeaders.map { KafkaHeader($0.name, bytes: $0.value) }
        return headers
    }

    /// Twenty digits, so that text order is the order of numbers.
    static func padded(_ seq: Int64) -> String {
        let digits = String(seq)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }
}

/// Reads headers by name; the last one of a name counts, as in CloudEvents' binding.
struct EnvelopeReader {
    private var values: [String: [UInt8]] = [:]

    init(_ headers: [KafkaHeader]) {
        for header in headers { values[header.name] = header.value ?? [] }
    }

    /// The text of a header. PostgreSQL's text cannot hold the character zero, so such a header is no text either.
    func optional(_ name: String) -> String? {
        values[name].flatMap { String(validating: $0, as: UTF8.self) }.flatMap { $0.contains("\0") ? nil : $0 }
    }

    func required(_ name: String) throws -> String {
        guard let text = optional(name), !text.isEmpty else {
            throw EnvelopeError(header: name, reason: "is missing, empty or no text")
        }
        return text
    }

    func number(_ name: String) throws -> Int64 {
        // One below the greatest number, so that the next one can always be counted.
        guard let number = Int64(try required(name)), (1..<Int64.max).contains(number) else {
            throw EnvelopeError(header: name, reason: "is not a number from 1")
        }
        return number
    }

    func time(_ name: String) throws -> Instant {
        guard let time = Instant(iso8601: try required(name)) else {
            throw EnvelopeError(header: name, reason: "is not a time in UTC")
        }
        return time
    }
}
