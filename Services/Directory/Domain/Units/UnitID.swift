/// The stable slug of a unit: lower-case letters, digits and single hyphens, 2 to 64 characters (DIR-2).
public struct UnitID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The slug.
    public let text: String

    /// Reads a slug.
    ///
    /// - Throws: ``FieldProblem`` naming `field` for any other text.
    public init(_ text: String, field: String = "unit_id") throws(FieldProblem) {
        guard SlugForm.isValid(text, separators: ["-"], length: 2...64) else {
            throw FieldProblem(field, "must be 2 to 64 lower-case letters, digits and single hyphens, a letter first")
        }
        self.text = text
    }

    /// The slug.
    public var description: String { text }

    /// Order of the slugs.
    public static func < (left: UnitID, right: UnitID) -> Bool { left.text < right.text }
}
