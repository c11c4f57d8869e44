import Domain

/// A name of a unit and the first day on which it holds (DIR-3).
public struct UnitName: Hashable, Sendable {
    /// Chinese name, 1 to 128 characters.
    public let name: String
    /// Short name for lists, at most 64 characters; may be empty.
    public let shortName: String
    /// First day of the name.
    public let from: CivilDate

    /// A name from a day on.
    ///
    /// - Throws: ``FieldProblem`` when a text is empty or too long.
    public init(name: String, shortName: String, from: CivilDate) throws(FieldProblem) {
        guard (1...128).contains(name.unicodeScalars.count) else {
            throw FieldProblem("name", "must have 1 to 128 characters")
        }
        guard shortName.unicodeScalars.count <= 64 else {
            throw FieldProblem("short_name", "must have at most 64 characters")
        }
        self.name = name
        self.shortName = shortName
        self.from = from
    }
}
