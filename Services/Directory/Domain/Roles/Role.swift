/// A role: a named list of permissions, kept as data and combined freely (DIR-4).
public struct Role: Hashable, Sendable {
    /// Slug.
    public let id: RoleID
    /// Chinese name, 1 to 64 characters.
    public let name: String
    /// Permissions, each once, at most 256.
    public let grants: [Grant]
    /// Whether login needs a second factor (DIR-5).
    public let needsSecondFactor: Bool
    /// Grows by one with every change; 1 at creation.
    public let version: Int64

    /// A role from its parts.
    ///
    /// - Throws: ``FieldProblem`` for a bad name, too many permissions, or one that occurs twice.
    public init(
        id: RoleID, name: String, grants: [Grant], needsSecondFactor: Bool, version: Int64 = 1
    ) throws(FieldProblem) {
        guard (1...64).contains(name.unicodeScalars.count) else {
            throw FieldProblem("role.name", "must have 1 to 64 characters")
        }
        guard grants.count <= 256 else { throw FieldProblem("role.permissions", "must be at most 256") }
        var seen: Set<Grant> = []
        for (index, grant) in grants.enumerated() where !seen.insert(grant).inserted {
            throw FieldProblem("role.permissions[\(index)]", "must not repeat another permission")
        }
        self.id = id
        self.name = name
        self.grants = grants
        self.needsSecondFactor = needsSecondFactor
        self.version = version
    }
}
