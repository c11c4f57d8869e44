/// The name of a list of enterprises kept by some office, such as `double-50` (ENT-6).
public struct ListID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Lower-case words joined by hyphens, at most 64 characters.
    public let text: String

    /// Checks the form.
    ///
    /// - Throws: ``DomainError`` naming `field`.
    public init(_ text: String, field: String = "list") throws(DomainError) {
        guard Slug.isValid(text, separators: "-", maximumLength: 64) else {
            throw DomainError(field, .malformed(expected: "lower-case words joined by hyphens"))
        }
        self.text = text
    }

    init(known text: String) {
        self.text = text
    }

    /// Order of the names.
    public static func < (left: ListID, right: ListID) -> Bool { left.text < right.text }

    /// The name.
    public var description: String { text }
}
