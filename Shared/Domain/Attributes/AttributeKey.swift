/// The name of an attribute of an enterprise: lower-case words joined by dots, such as `graduates.recruited` (ENT-3).
public struct AttributeKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name, at most 96 characters.
    public let text: String

    /// Checks the form; whether the attribute exists is a question to an ``AttributeDictionary``.
    ///
    /// - Throws: ``DomainError`` naming `field`.
    public init(_ text: String, field: String = "attribute") throws(DomainError) {
        guard Slug.isValid(text, separators: ".", maximumLength: 96) else {
            throw DomainError(field, .malformed(expected: "lower-case words joined by dots"))
        }
        self.text = text
    }

    init(known text: String) {
        self.text = text
    }

    /// Order of the names.
    public static func < (left: AttributeKey, right: AttributeKey) -> Bool { left.text < right.text }

    /// The name.
    public var description: String { text }
}
