/// A statement whose interpolated values become binary parameters, so that a value can never turn into syntax.
///
/// ```swift
/// try transaction.query("SELECT name FROM policy.benefits WHERE id = \(id) AND region = ANY(\(regions))")
/// ```
public struct SQL: ExpressibleByStringInterpolation, Sendable {
    enum Piece: Sendable {
        case text(String)
        case parameter(Parameter)
    }

    struct Parameter: Sendable {
        let type: PostgresType
        let bytes: [UInt8]?
    }

    private(set) var pieces: [Piece]

    /// A statement from its literal text.
    public init(stringLiteral value: String) { pieces = [.text(value)] }

    /// A statement from text and bound values.
    public init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

    private init(pieces: [Piece]) { self.pieces = pieces }

    /// Collects literals and parameters of an interpolated statement.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []

        /// Starts an empty statement.
        public init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
        }

        /// Appends the statement's own text.
        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { pieces.append(.text(literal)) }
        }

        /// Binds a value.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            pieces.append(.parameter(Parameter(type: type(of: value).postgresType, bytes: value.postgresBytes())))
        }

        /// Binds a value, or NULL of the right type for nil. Without this the compiler takes every optional for a mistake.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            pieces.append(.parameter(Parameter(type: Value.postgresType, bytes: value?.postgresBytes())))
        }

        /// Inserts another statement's text and parameters.
        public mutating func appendInterpolation(_ fragment: SQL) { pieces += fragment.pieces }

        /// Inserts text as it is. Only for text of our own, never for anything that came from outside.
        public mutating func appendInterpolation(unescaped text: String) { pieces.append(.text(text)) }

        /// Inserts a quoted identifier, such as a schema's name taken from configuration.
        public mutating func appendInterpolation(identifier: String) {
            pieces.append(.text(SQL.quoted(identifier: identifier)))
        }
    }

    /// One statement's text followed by another's.
    public static func + (left: SQL, right: SQL) -> SQL { SQL(pieces: left.pieces + right.pieces) }

    /// Appends another statement's text and parameters.
    public static func += (left: inout SQL, right: SQL) { left.pieces += right.pieces }

    /// The fragments with a separator between them; empty for no fragments.
    public static func joined(_ fragments: [SQL], separator: SQL) -> SQL {
        var pieces: [Piece] = []
        for (index, fragment) in fragments.enumerated() {
            if index > 0 { pieces += separator.pieces }
            pieces += fragment.pieces
        }
        return SQL(pieces: pieces)
    }

    /// Text with `$1`, `$2`, … and the parameters in that order.
    func rendered() -> (text: String, parameters: [Parameter]) {
        var text = ""
        var parameters: [Parameter] = []
        for piece in pieces {
            switch piece {
            case .text(let literal): text += literal
            case .parameter(let parameter):
                parameters.append(parameter)
                text += "$\(parameters.count)"
            }
        }
        return (text, parameters)
    }

    /// The name in double quotes, inner quotes doubled.
    static func quoted(identifier: String) -> String {
        "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// The text as a string literal that means the same whatever `standard_conforming_strings` says.
    static func quoted(literal: String) -> String {
        var quoted = "E'"
        for character in literal.unicodeScalars {
            if character == "'" || character == "\\" { quoted.unicodeScalars.append(character) }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "'"
    }
}
