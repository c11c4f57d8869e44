/// A value that the field's rules refuse, with the name of the field that carried it (XCT-12).
///
/// The offending text itself is not kept, so that the error may be logged and shown without leaking personal data.
public struct DomainError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with the field.
    public enum Reason: Hashable, Sendable {
        case empty
        case wrongLength(expected: Int)
        case illegalCharacter(position: Int)
        case wrongCheckCharacter
        case malformed(expected: String)
        case outOfRange(String)
        case unknown(String)
        case wrongType(expected: String, found: String)
        case notApplicable(String)
        case disorder
        case duplicate(String)
        case overflow
        case divisionByZero
        case tooDeep(limit: Int)
        case tooMany(limit: Int)
    }

    /// Path of the field, such as `creditCode` or `condition.all[2].any[0]`.
    public var field: String
    /// What is wrong with it.
    public var reason: Reason

    /// Makes an error for one field.
    public init(_ field: String, _ reason: Reason) {
        self.field = field
        self.reason = reason
    }

    /// The same reason for a field that lies within another, as seen from outside.
    public func prefixed(_ prefix: String) -> DomainError {
        DomainError(field.isEmpty ? prefix : "\(prefix).\(field)", reason)
    }

    /// One English line: the field and what is wrong with it.
    public var description: String { "\(field): \(explanation)" }

    /// What is wrong, in English, without the field's name.
    public var explanation: String {
        switch reason {
        case .empty: "must not be empty"
        case .wrongLength(let expected): "must have \(expected) characters"
        case .illegalCharacter(let position): "character \(position) is not allowed"
        case .wrongCheckCharacter: "check character does not agree"
        case .malformed(let expected): "must be \(expected)"
        case .outOfRange(let range): "must be \(range)"
        case .unknown(let what): "unknown \(what)"
        case .wrongType(let expected, let found): "must be \(expected), not \(found)"
        case .notApplicable(let what): "\(what) does not apply here"
        case .disorder: "bounds are out of order"
        case .duplicate(let what): "repeated \(what)"
        case .overflow: "result exceeds the representable range"
        case .divisionByZero: "denominator is zero"
        case .tooDeep(let limit): "nested deeper than \(limit)"
        case .tooMany(let limit): "more than \(limit) elements"
        }
    }
}
