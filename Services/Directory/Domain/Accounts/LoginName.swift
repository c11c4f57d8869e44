/// The name by which staff and services log in: 3 to 64 lower-case letters, digits, dots and hyphens (DIR-5).
public struct LoginName: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// Reads a name.
    ///
    /// - Throws: ``FieldProblem`` naming `field` for any other text.
    public init(_ text: String, field: String = "login") throws(FieldProblem) {
        guard SlugForm.isValid(text, separators: [".", "-"], length: 3...64) else {
            throw FieldProblem(
                field, "must be 3 to 64 lower-case letters, digits and single dots and hyphens, a letter first")
        }
        self.text = text
    }

    /// The name.
    public var description: String { text }
}
