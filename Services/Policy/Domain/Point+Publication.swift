import Domain

/// A version came into force.
public struct PointWasPublished: Hashable, Sendable {
    /// The version.
    public let publication: Publication
    /// Number of the version whose place it took while that one was in force; nil when none was.
    public let superseded: Int?
}

/// The version in force was withdrawn.
public struct PointWasWithdrawn: Hashable, Sendable {
    /// The version.
    public let publication: Publication
    /// When, in business time.
    public let at: BusinessTime
    /// Why.
    public let reason: String
}

extension Point {
    /// Brings the version in review into force; a version in force before is superseded.
    ///
    /// - Throws: ``PointError`` when nothing is in review, the publisher wrote on it, or today lies outside its
    ///   validity: what is published is in force at once.
    public mutating func publish(
        by publisher: AccountID, at now: BusinessTime, today: CivilDate
    ) throws(PointError) -> PointWasPublished {
        switch state {
        case .inReview(let draft, let before):
            guard !draft.authors.contains(publisher) else { throw .samePerson }
            if let start = draft.content.valid?.start, start > today { throw .validityNotBegun(start) }
            if let end = draft.content.valid?.end, end <= today { throw .validityOver(end) }
            let superseded: Int?
            switch before {
            case .inForce(let earlier): superseded = earlier.revision
            case .withdrawn, .expired, nil: superseded = nil
            }
            let publication = Publication(
                revision: draft.revision, content: draft.content, draftedBy: draft.draftedBy, editors: draft.editors,
                publishedBy: publisher, publishedAt: now)
            state = .standing(.inForce(publication))
            version += 1
            return PointWasPublished(publication: publication, superseded: superseded)
        case .draft, .standing:
            throw .illegalTransition(command: .publish, state: stateName)
        }
    }

    /// Withdraws the version in force. A newer version that is being written stays as it is.
    ///
    /// - Throws: ``PointError/illegalTransition(command:state:)`` when none is in force.
    public mutating func withdraw(reason: String, at now: BusinessTime) throws(PointError) -> PointWasWithdrawn {
        guard let publication = inForce else { throw .illegalTransition(command: .withdraw, state: stateName) }
        end(.withdrawn(publication, reason: reason))
        return PointWasWithdrawn(publication: publication, at: now, reason: reason)
    }

    /// Puts what became of the published version in its place, and keeps what is being written.
    mutating func end(_ standing: Standing) {
        switch state {
        case .draft(let draft, _): state = .draft(draft, before: standing)
        case .inReview(let draft, _): state = .inReview(draft, before: standing)
        case .standing: state = .standing(standing)
        }
        version += 1
    }
}
