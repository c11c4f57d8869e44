import Foundation

extension Bool: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .bool }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { [self ? 1 : 0] }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Bool {
        try PostgresValue.integer(value.bytes(of: .bool), as: UInt8.self) != 0
    }
}

extension Int16: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .int2 }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { networkBytes }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Int16 {
        try PostgresValue.integer(value.bytes(of: .int2), as: Int16.self)
    }
}

extension Int32: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .int4 }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { networkBytes }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Int32 {
        let raw = try value.bytes(of: .int4, .int2)
        return raw.count == 2
            ? Int32(try PostgresValue.integer(raw, as: Int16.self)) : try PostgresValue.integer(raw, as: Int32.self)
    }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .int8 }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { networkBytes }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Int64 {
        let raw = try value.bytes(of: .int8, .int4, .int2)
        return switch raw.count {
        case 2: Int64(try PostgresValue.integer(raw, as: Int16.self))
        case 4: Int64(try PostgresValue.integer(raw, as: Int32.self))
        default: try PostgresValue.integer(raw, as: Int64.self)
        }
    }
}

extension Int: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .int8 }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { Int64(self).networkBytes }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Int { Int(try Int64.decodePostgres(value)) }
}

/// Kept as `bigint`, since the server has no unsigned types.
extension UInt32: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .int8 }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { Int64(self).networkBytes }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> UInt32 {
        guard let fitting = UInt32(exactly: try Int64.decodePostgres(value)) else {
            throw PostgresDecodingFailure("is outside the range of UInt32")
        }
        return fitting
    }
}

extension Double: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .float8 }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { bitPattern.networkBytes }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Double {
        let raw = try value.bytes(of: .float8, .float4)
        return raw.count == 4
            ? Double(Float(bitPattern: try PostgresValue.integer(raw, as: UInt32.self)))
            : Double(bitPattern: try PostgresValue.integer(raw, as: UInt64.self))
    }
}

/// Bound as `text`; for a column of another type write the cast, such as `\(name)::date`.
extension String: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .text }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { Array(utf8) }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> String {
        let raw = try value.bytes(of: .text, .varchar, .bpchar, .name, .json, .unknown)
        guard let text = String(validating: raw, as: UTF8.self) else {
            throw PostgresDecodingFailure("is not valid UTF-8")
        }
        return text
    }
}

extension UUID: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .uuid }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { withUnsafeBytes(of: uuid) { Array($0) } }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> UUID {
        let raw = try value.bytes(of: .uuid)
        guard raw.count == 16 else { throw PostgresDecodingFailure("expected 16 bytes, got \(raw.count)") }
        return UUID(uuid: raw.loadUnaligned(as: uuid_t.self))
    }
}

extension Instant: PostgresEncodable, PostgresDecodable {
    /// 2000-01-01T00:00:00Z, from which the server counts, in microseconds since 1970.
    private static let serverEpoch: Int64 = 946_684_800_000_000

    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .timestamptz }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? {
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(Self.serverEpoch)
        // The least value means minus infinity to the server; its neighbour is refused as out of range.
        return (overflow || shifted == .min ? Int64.min + 1 : shifted).networkBytes
    }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Instant {
        let shifted = try PostgresValue.integer(value.bytes(of: .timestamptz), as: Int64.self)
        guard shifted != .max, shifted != .min else { throw PostgresDecodingFailure("is infinite") }
        // The server's last four years lie beyond what 64 bits can count from 1970.
        let (microseconds, overflow) = shifted.addingReportingOverflow(serverEpoch)
        guard !overflow else { throw PostgresDecodingFailure("is outside the range of Instant") }
        return Instant(microseconds: microseconds)
    }
}

/// A calendar day without time or zone, for `date` columns; domain types convert to and from it.
public struct CalendarDate: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01; negative before it.
    public let daysSince1970: Int32

    /// A day by its number.
    public init(daysSince1970: Int32) { self.daysSince1970 = daysSince1970 }

    /// A day of the Gregorian calendar; nil if there is no such day. Years 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        let number = CivilDay.number(year: Int64(year), month: Int64(month), day: Int64(day))
        guard CivilDay.civil(number) == (Int64(year), Int64(month), Int64(day)) else { return nil }
        daysSince1970 = Int32(number)
    }

    /// Year, month and day of the Gregorian calendar.
    public var civil: (year: Int, month: Int, day: Int) {
        let (year, month, day) = CivilDay.civil(Int64(daysSince1970))
        return (Int(year), Int(month), Int(day))
    }

    /// Whether the left one comes first.
    public static func < (left: CalendarDate, right: CalendarDate) -> Bool { left.daysSince1970 < right.daysSince1970 }
}

extension CalendarDate: PostgresEncodable, PostgresDecodable {
    /// 2000-01-01, from which the server counts, in days since 1970.
    private static let serverEpoch: Int32 = 10_957

    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .date }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? {
        let (shifted, overflow) = daysSince1970.subtractingReportingOverflow(Self.serverEpoch)
        return (overflow || shifted == .min ? Int32.min + 1 : shifted).networkBytes
    }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> CalendarDate {
        let shifted = try PostgresValue.integer(value.bytes(of: .date), as: Int32.self)
        guard shifted != .max, shifted != .min else { throw PostgresDecodingFailure("is infinite") }
        return CalendarDate(daysSince1970: shifted + serverEpoch)
    }
}

/// A document kept as `jsonb`; the server may reorder its keys and drop insignificant space.
public struct JSONB: Sendable, Hashable {
    /// The document's text.
    public var text: String

    /// Takes text that is already JSON; the server refuses it if it is not.
    public init(text: String) { self.text = text }

    /// Writes a value with sorted keys. Throws what the value's own encoding throws.
    public init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        text = String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Reads the document as a value of the type. Throws `DecodingError` if it does not fit.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

extension JSONB: PostgresEncodable, PostgresDecodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { .jsonb }
    /// The binary form starts with a version, which has been 1 since the type exists.
    public func postgresBytes() -> [UInt8]? { [1] + Array(text.utf8) }
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> JSONB {
        let raw = try value.bytes(of: .jsonb)
        guard raw.first == 1, let text = String(validating: raw.dropFirst(), as: UTF8.self) else {
            throw PostgresDecodingFailure("is not jsonb of version 1")
        }
        return JSONB(text: text)
    }
}
