import Crypto
import Foundation
import Postgres

/// An entry of the audit with its place in the chain, and the one line of bytes that stands for it there (rule 20).
///
/// The line is JSON in UTF-8 with the keys below in this order, no spaces and no line break. A quotation mark, a
/// backslash and characters below U+0020 are escaped, nothing else. Times are ISO 8601 in UTC with six decimals,
/// `business_at` is empty when there is none. The line is made once, when the entry is sealed, and kept; it is made
/// again only to compare it with the row that it tells of.
public struct AuditEntry: Sendable, Hashable {
    /// Place in the service's chain, from 1.
    public let place: Int64
    /// Number of the row in `audit_entry`.
    public let id: Int64
    /// Real time of recording.
    public let recordedAt: Instant
    /// Business time, where there was one.
    public let businessAt: Instant?
    /// Account that acted; empty for nobody known.
    public let subject: String
    /// staff, enterprise, service or anonymous.
    public let subjectKind: String
    /// Unit for which staff acted; else empty.
    public let unit: String
    /// Enterprise for which the account acted; else empty.
    public let enterprise: String
    /// Full name of the call.
    public let method: String
    /// What was touched.
    public let object: String
    /// done or denied.
    public let outcome: String
    /// Why it was refused.
    public let reason: String
    /// Further words.
    public let detail: String
    /// Identifier of the call.
    public let requestIdentifier: String
    /// Trace of the call.
    public let traceID: String
    /// Where the call came from.
    public let remote: String

    /// Characters that a text may have in a line; of a longer one the line has the beginning and the hash of all.
    static let longestText = 400
    /// The same for `detail`, which the table bounds to this length.
    static let longestDetail = 2_000

    /// The bytes that are hashed for this entry.
    public var line: [UInt8] {
        var text = "{\"place\":\(place),\"id\":\(id),\"recorded_at\":\"\(recordedAt)\""
        text += ",\"business_at\":\"\(businessAt.map(\.description) ?? "")\""
        for (key, value) in [
            ("subject", subject), ("subject_kind", subjectKind), ("unit", unit), ("enterprise", enterprise),
            ("method", method), ("object", object), ("outcome", outcome), ("reason", reason), ("detail", detail),
            ("request_identifier", requestIdentifier), ("trace_id", traceID), ("remote", remote),
        ] {
            let limit = key == "detail" ? Self.longestDetail : Self.longestText
            text += ",\"\(key)\":\"\(AuditText.escaped(AuditText.bounded(value, to: limit)))\""
        }
        return Array((text + "}").utf8)
    }
}

extension AuditEntry: Decodable {
    enum CodingKeys: String, CodingKey {
        case place, id, subject, unit, enterprise, method, object, outcome, reason, detail, remote
        case recordedAt = "recorded_at"
        case businessAt = "business_at"
        case subjectKind = "subject_kind"
        case requestIdentifier = "request_identifier"
        case traceID = "trace_id"
    }

    /// Reads a line.
    ///
    /// - Throws: `DecodingError` when it is none.
    public init(line: [UInt8]) throws { self = try JSONDecoder().decode(AuditEntry.self, from: Data(line)) }

    /// Reads the fields of a line.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        place = try values.decode(Int64.self, forKey: .place)
        id = try values.decode(Int64.self, forKey: .id)
        recordedAt = try AuditText.instant(try values.decode(String.self, forKey: .recordedAt), decoder)
        let business = try values.decode(String.self, forKey: .businessAt)
        businessAt = business.isEmpty ? nil : try AuditText.instant(business, decoder)
        subject = try values.decode(String.self, forKey: .subject)
        subjectKind = try values.decode(String.self, forKey: .subjectKind)
        unit = try values.decode(String.self, forKey: .unit)
        enterprise = try values.decode(String.self, forKey: .enterprise)
        method = try values.decode(String.self, forKey: .method)
        object = try values.decode(String.self, forKey: .object)
        outcome = try values.decode(String.self, forKey: .outcome)
        reason = try values.decode(String.self, forKey: .reason)
        detail = try values.decode(String.self, forKey: .detail)
        requestIdentifier = try values.decode(String.self, forKey: .requestIdentifier)
        traceID = try values.decode(String.self, forKey: .traceID)
        remote = try values.decode(String.self, forKey: .remote)
    }
}

extension AuditEntry {
    /// The columns of `audit_entry` that ``init(row:place:)`` reads.
    static let columns: SQL = """
        entry.id, entry.recorded_at, entry.business_at, entry.subject, entry.subject_kind, entry.unit,
        entry.enterprise, entry.method, entry.object, entry.outcome, entry.reason, entry.detail,
        entry.request_identifier, entry.trace_id, entry.remote
        """

    /// An entry from its row and the place that it has or gets.
    init(row: Row, place: Int64) throws {
        self.place = place
        id = try row.get("id")
        recordedAt = try row.get("recorded_at")
        businessAt = try row.get("business_at")
        subject = try row.get("subject")
        subjectKind = try row.get("subject_kind")
        unit = try row.get("unit")
        enterprise = try row.get("enterprise")
        method = try row.get("method")
        object = try row.get("object")
        outcome = try row.get("outcome")
        reason = try row.get("reason")
        detail = try row.get("detail")
        requestIdentifier = try row.get("request_identifier")
        traceID = try row.get("trace_id")
        remote = try row.get("remote")
    }
}

/// The first line of a sealed batch.
public struct AuditHeader: Sendable, Hashable, Decodable {
    /// The rule by which the bytes are made; a later rule has another name, and old batches keep theirs.
    public static let format = "ztc-audit-1"

    /// The rule of the batch.
    public let format: String
    /// Service whose chain it is.
    public let service: String
    /// Number of the batch.
    public let batch: Int64
    /// Place of its first entry.
    public let first: Int64
    /// Place of its last entry.
    public let last: Int64
    /// When it was sealed, ISO 8601.
    public let sealedAt: String

    enum CodingKeys: String, CodingKey {
        case format, service, batch, first, last
        case sealedAt = "sealed_at"
    }

    /// The header of a new batch.
    init(service: String, batch: Int64, first: Int64, last: Int64, sealedAt: Instant) {
        format = Self.format
        self.service = service
        self.batch = batch
        self.first = first
        self.last = last
        self.sealedAt = sealedAt.description
    }

    /// Reads a header's line.
    ///
    /// - Throws: `DecodingError` when it is none.
    public init(line: [UInt8]) throws { self = try JSONDecoder().decode(AuditHeader.self, from: Data(line)) }

    /// The bytes that are hashed for this header.
    public var line: [UInt8] {
        let text = """
            {"format":"\(format)","service":"\(AuditText.escaped(service))","batch":\(batch),"first":\(first),\
            "last":\(last),"sealed_at":"\(sealedAt)"}
            """
        return Array(text.utf8)
    }
}

/// How texts stand in the lines of the chain.
enum AuditText {
    /// JSON's own escapes for what cannot stand in a string, and no others.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The text, or of a longer one its beginning and the SHA-256 of all of it, so that no change goes unseen.
    static func bounded(_ text: String, to limit: Int) -> String {
        guard text.unicodeScalars.count > limit else { return text }
        var beginning = String.UnicodeScalarView()
        beginning.append(contentsOf: text.unicodeScalars.prefix(limit))
        return String(beginning) + "…sha256:" + hexadecimal(SHA256.hash(data: Array(text.utf8)))
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The bytes of hexadecimal digits; nil for anything else.
    static func bytes(hexadecimal text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    fileprivate static func instant(_ text: String, _ decoder: any Decoder) throws -> Instant {
        guard let instant = Instant(iso8601: text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no time"))
        }
        return instant
    }
}
