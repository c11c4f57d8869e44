import Domain

extension Point {
    /// Hands a draft to review.
    ///
    /// - Throws: ``PointError/illegalTransition(command:state:)`` unless it is a draft.
    public mutating func submit() throws(PointError) {
        switch state {
        case .draft(var draft, let before):
            draft.returnReason = nil
            state = .inReview(draft, before: before)
            version += 1
        case .inReview, .standing:
            throw .illegalTransition(command: .submit, state: stateName)
        }
    }

    /// Sends a version in review back to its drafter with a reason.
    ///
    /// - Throws: ``PointError/illegalTransition(command:state:)`` unless it is in review.
    public mutating func sendBack(reason: String) throws(PointError) {
        switch state {
        case .inReview(var draft, let before):
            draft.returnReason = reason
            state = .draft(draft, before: before)
            version += 1
        case .draft, .standing:
            throw .illegalTransition(command: .sendBack, state: stateName)
        }
    }
}
