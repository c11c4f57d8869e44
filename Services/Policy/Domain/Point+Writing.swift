import Domain

extension Point {
    /// Replaces the content of a draft.
    ///
    /// - Throws: ``PointError/illegalTransition(command:state:)`` unless it is a draft.
    public mutating func edit(_ content: PointContent, by editor: AccountID) throws(PointError) {
        switch state {
        case .draft(var draft, let before):
            draft.content = content
            if editor != draft.draftedBy { draft.editors.insert(editor) }
            state = .draft(draft, before: before)
            version += 1
        case .inReview, .standing:
            throw .illegalTransition(command: .edit, state: stateName)
        }
    }
}
