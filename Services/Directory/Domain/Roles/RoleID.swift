/// The stable slug of a role: lower-case letters, digits and single hyphens, 2 to 64 characters (DIR-4).
public struct RoleID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The slug.
    public let text: String

    /// Reads a slug.
    ///
    /// - Throws: ``FieldProblem`` naming `field` for any other text.
    public init(_ text: String, field: String = "role_id") throws(FieldProblem) {
        guard SlugForm.isValid(text, separators: ["-"], length: 2...64) else {
            throw FieldProblem(field, "must be 2 to 64 lower-case letters, digits and single hyphens, a letter first")
        }
        self.text = text
    }

    private init(known: String) { text = known }

    /// The role that a registered user of an enterprise has (ENT-2).
    public static let enterpriseUser = RoleID(known: "enterprise-user")
    /// The role of the account that the first start creates.
    public static let administrator = RoleID(known: "administrator")

    /// The slug.
    public var description: String { text }

    /// Order of the slugs.
    public static func < (left: RoleID, right: RoleID) -> Bool { left.text < right.text }
}
