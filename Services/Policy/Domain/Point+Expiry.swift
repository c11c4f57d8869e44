import Domain

/// The validity of the version in force ended.
public struct PointHasExpired: Hashable, Sendable {
    /// The version.
    public let publication: Publication
    /// First day on which it no longer holds.
    public let on: CivilDate
}

extension Point {
    /// Ends the version in force once its last day has passed.
    ///
    /// - Throws: ``PointError/notDue`` before, ``PointError/illegalTransition(command:state:)`` when none is in force.
    public mutating func expire(today: CivilDate) throws(PointError) -> PointHasExpired {
        guard let publication = inForce else { throw .illegalTransition(command: .expire, state: stateName) }
        guard let end = publication.content.valid?.end, end <= today else { throw .notDue }
        self.end(.expired(publication, on: end))
        return PointHasExpired(publication: publication, on: end)
    }
}
