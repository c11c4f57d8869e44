import Foundation

/// A type whose arrays can be bound and read. Elements are never NULL and arrays have one dimension.
public protocol PostgresArrayElement: Sendable {
    /// The type of an array of these.
    static var postgresArrayType: PostgresType { get }
    /// The binary form of a whole array.
    static func encodePostgresArray(_ elements: [Self]) -> [UInt8]
    /// Reads a whole array.
    static func decodePostgresArray(_ value: PostgresValue) throws -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { Element.postgresArrayType }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { Element.encodePostgresArray(self) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> [Element] {
        try Element.decodePostgresArray(value)
    }
}

/// Bytes are the exception: an array of them is one `bytea`, not an array of the server.
extension UInt8: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .bytea }
    /// The binary form of a whole array.
    public static func encodePostgresArray(_ elements: [UInt8]) -> [UInt8] { elements }
    /// Reads a whole array; NULL elements are an error.
    public static func decodePostgresArray(_ value: PostgresValue) throws -> [UInt8] {
        Array(try value.bytes(of: .bytea))
    }
}

extension PostgresArrayElement where Self: PostgresEncodable & PostgresDecodable {
    /// Dimensions, NULL flag, element type, then length and lower bound, then each element with its length.
    public static func encodePostgresArray(_ elements: [Self]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + elements.count * 12)
        bytes += Int32(elements.isEmpty ? 0 : 1).networkBytes
        bytes += Int32(0).networkBytes
        bytes += Self.postgresType.oid.networkBytes
        guard !elements.isEmpty else { return bytes }
        bytes += Int32(elements.count).networkBytes
        bytes += Int32(1).networkBytes
        for element in elements {
            let encoded = element.postgresBytes() ?? []
            bytes += Int32(encoded.count).networkBytes
            bytes += encoded
        }
        return bytes
    }

    /// Reads a whole array; NULL elements are an error.
    public static func decodePostgresArray(_ value: PostgresValue) throws -> [Self] {
        // A varchar array reads like a text array; the header carries the element's own type either way.
        let raw = try value.bytes(of: Self.postgresArrayType, .varcharArray)
        var offset = 0
        func next(_ count: Int) throws -> UnsafeRawBufferPointer {
            guard count >= 0, offset + count <= raw.count else { throw PostgresDecodingFailure("array is cut short") }
            defer { offset += count }
            return UnsafeRawBufferPointer(rebasing: raw[offset..<offset + count])
        }
        func nextInteger() throws -> Int32 { try PostgresValue.integer(next(4), as: Int32.self) }
        let dimensions = try nextInteger()
        _ = try nextInteger()
        let elementType = PostgresType.named(UInt32(bitPattern: try nextInteger()))
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw PostgresDecodingFailure("array has \(dimensions) dimensions") }
        let count = try nextInteger()
        _ = try nextInteger()
        var elements: [Self] = []
        for _ in 0..<count {
            let length = try nextInteger()
            guard length >= 0 else { throw PostgresDecodingFailure("array has a NULL element") }
            elements.append(try Self.decodePostgres(PostgresValue(type: elementType, raw: next(Int(length)))))
        }
        return elements
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .byteaArray }
}
extension Bool: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .boolArray }
}
extension Int16: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .int2Array }
}
extension Int32: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .int4Array }
}
extension Int64: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .int8Array }
}
extension Int: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .int8Array }
}
extension UInt32: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .int8Array }
}
extension Double: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .float8Array }
}
extension String: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .textArray }
}
extension UUID: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .uuidArray }
}
extension Instant: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .timestamptzArray }
}
extension CalendarDate: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .dateArray }
}
extension JSONB: PostgresArrayElement {
    /// The type of an array of these.
    public static var postgresArrayType: PostgresType { .jsonbArray }
}
