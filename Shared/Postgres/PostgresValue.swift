import Foundation

/// A type of the server, known by its object identifier, which is fixed for the built-in types used here.
public struct PostgresType: Sendable, Hashable {
    /// The object identifier in `pg_type`.
    public let oid: UInt32
    /// The name for people.
    public let name: String

    /// A built-in type by identifier and name.
    public init(oid: UInt32, name: String) {
        self.oid = oid
        self.name = name
    }

    static let bool = PostgresType(oid: 16, name: "boolean")
    static let bytea = PostgresType(oid: 17, name: "bytea")
    static let name = PostgresType(oid: 19, name: "name")
    static let int8 = PostgresType(oid: 20, name: "bigint")
    static let int2 = PostgresType(oid: 21, name: "smallint")
    static let int4 = PostgresType(oid: 23, name: "integer")
    static let text = PostgresType(oid: 25, name: "text")
    static let json = PostgresType(oid: 114, name: "json")
    static let float4 = PostgresType(oid: 700, name: "real")
    static let float8 = PostgresType(oid: 701, name: "double precision")
    static let unknown = PostgresType(oid: 705, name: "unknown")
    static let bpchar = PostgresType(oid: 1042, name: "character")
    static let varchar = PostgresType(oid: 1043, name: "character varying")
    static let date = PostgresType(oid: 1082, name: "date")
    static let timestamptz = PostgresType(oid: 1184, name: "timestamp with time zone")
    static let uuid = PostgresType(oid: 2950, name: "uuid")
    static let jsonb = PostgresType(oid: 3802, name: "jsonb")

    static let boolArray = PostgresType(oid: 1000, name: "boolean[]")
    static let byteaArray = PostgresType(oid: 1001, name: "bytea[]")
    static let int2Array = PostgresType(oid: 1005, name: "smallint[]")
    static let int4Array = PostgresType(oid: 1007, name: "integer[]")
    static let textArray = PostgresType(oid: 1009, name: "text[]")
    static let varcharArray = PostgresType(oid: 1015, name: "character varying[]")
    static let int8Array = PostgresType(oid: 1016, name: "bigint[]")
    static let float8Array = PostgresType(oid: 1022, name: "double precision[]")
    static let dateArray = PostgresType(oid: 1182, name: "date[]")
    static let timestamptzArray = PostgresType(oid: 1185, name: "timestamp with time zone[]")
    static let uuidArray = PostgresType(oid: 2951, name: "uuid[]")
    static let jsonbArray = PostgresType(oid: 3807, name: "jsonb[]")

    /// The types this module reads, for naming them in errors.
    private static let known: [UInt32: PostgresType] = Dictionary(
        uniqueKeysWithValues: [
            bool, bytea, name, int8, int2, int4, text, json, float4, float8, unknown, bpchar, varchar, date,
            timestamptz, uuid, jsonb, boolArray, byteaArray, int2Array, int4Array, textArray, varcharArray, int8Array,
            float8Array, dateArray, timestamptzArray, uuidArray, jsonbArray, PostgresType(oid: 1700, name: "numeric"),
            PostgresType(oid: 1114, name: "timestamp without time zone"), PostgresType(oid: 1186, name: "interval"),
            PostgresType(oid: 1083, name: "time"),
        ].map { ($0.oid, $0) })

    static func named(_ oid: UInt32) -> PostgresType { known[oid] ?? PostgresType(oid: oid, name: "type \(oid)") }
}

/// A value that can be bound to a statement's parameter in the server's binary form.
///
/// A type with a raw value gets the conformance of that raw value for free.
public protocol PostgresEncodable: Sendable {
    /// The type the parameter is declared with.
    static var postgresType: PostgresType { get }
    /// The binary form; nil is NULL.
    func postgresBytes() -> [UInt8]?
}

/// A value that can be read from a column in the server's binary form.
///
/// A type with a raw value gets the conformance of that raw value for free; an unknown raw value is an error.
public protocol PostgresDecodable {
    /// Reads one value; throws `PostgresDecodingFailure` (or any error) if type or content do not fit. The row adds
    /// the column's name.
    static func decodePostgres(_ value: PostgresValue) throws -> Self
}

/// Why a value could not be read; becomes `PostgresError.decoding` with the column's name.
public struct PostgresDecodingFailure: Error, Sendable, CustomStringConvertible {
    /// The reason in one clause.
    public let description: String

    /// A failure with a reason in one clause, without the value itself.
    public init(_ reason: String) { description = reason }
}

/// One column's value as received; valid only during the call that hands it out.
public struct PostgresValue {
    /// The column's type.
    public let type: PostgresType
    /// The binary form inside the result, or nil for NULL. The result is kept alive by whoever made this value.
    let raw: UnsafeRawBufferPointer?

    /// Whether the value is NULL.
    public var isNull: Bool { raw == nil }

    /// The bytes of a value of one of the given types; NULL and every other type are errors.
    func bytes(of accepted: PostgresType...) throws -> UnsafeRawBufferPointer {
        guard accepted.contains(type) else {
            let wanted = accepted.map(\.name).joined(separator: " or ")
            throw PostgresDecodingFailure("expected \(wanted), the server sent \(type.name)")
        }
        guard let raw else { throw PostgresDecodingFailure("is NULL") }
        return raw
    }

    /// A big-endian integer of exactly the type's width.
    static func integer<Value: FixedWidthInteger>(_ raw: UnsafeRawBufferPointer, as: Value.Type) throws -> Value {
        guard raw.count == MemoryLayout<Value>.size else {
            throw PostgresDecodingFailure("expected \(MemoryLayout<Value>.size) bytes, got \(raw.count)")
        }
        return Value(bigEndian: raw.loadUnaligned(as: Value.self))
    }
}

extension FixedWidthInteger {
    /// The bytes in network order.
    var networkBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { RawValue.postgresType }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { rawValue.postgresBytes() }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Self {
        guard let known = Self(rawValue: try RawValue.decodePostgres(value)) else {
            throw PostgresDecodingFailure("is not a known \(Self.self)")
        }
        return known
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The type a parameter of this kind is declared with.
    public static var postgresType: PostgresType { Wrapped.postgresType }
    /// The binary form; nil is NULL.
    public func postgresBytes() -> [UInt8]? { self?.postgresBytes() }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads one value; throws `PostgresDecodingFailure` if type or content do not fit.
    public static func decodePostgres(_ value: PostgresValue) throws -> Wrapped? {
        value.isNull ? nil : try Wrapped.decodePostgres(value)
    }
}
