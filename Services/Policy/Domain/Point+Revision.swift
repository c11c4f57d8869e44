import Domain

extension Point {
    /// Opens the next version of a point in force as a draft with the same content; the published one stays in force.
    ///
    /// - Throws: ``PointError/illegalTransition(command:state:)`` unless a version is in force and none is being written.
    public mutating func revise(by author: AccountID) throws(PointError) {
        switch state {
        case .standing(.inForce(let publication)):
            let draft = Draft(
                revision: publication.revision + 1, content: publication.content, draftedBy: author, editors: [],
                returnReason: nil)
            state = .draft(draft, before: .inForce(publication))
            version += 1
        case .standing(.withdrawn), .standing(.expired), .draft, .inReview:
            throw .illegalTransition(command: .revise, state: stateName)
        }
    }
}
