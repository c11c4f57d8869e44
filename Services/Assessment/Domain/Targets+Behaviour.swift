import Domain

extension Targets {
    /// Drafts the first revision.
    ///
    /// - Throws: `InvalidFields` below `content`.
    public static func draft(
        _ content: TargetContent, of indicator: Indicator, year: Int, id: TargetsID, by author: AccountID
    ) throws(InvalidFields) -> Targets {
        let revision = try TargetRevision.make(content, number: 1, for: indicator, year: year, by: author)
        return Targets(
            id: id, indicator: indicator.id, year: year, owner: indicator.owner,
            state: .draft(revision, before: nil), version: 1)
    }

    /// Writes the draft anew. What was acknowledged before has to be acknowledged again.
    public mutating func edit(
        _ content: TargetContent, of indicator: Indicator, by author: AccountID
    ) throws(TargetError) {
        switch state {
        case .draft(let revision, let before):
            var next: TargetRevision
            do throws(InvalidFields) {
                next = try TargetRevision.make(
                    content, number: revision.number, for: indicator, year: year, by: author)
            } catch {
                throw .invalid(error)
            }
            next.authors.formUnion(revision.authors)
            next.reason = revision.reason
            state = .draft(next, before: before)
            version += 1
        case .inReview, .reviewed, .approved:
            throw .illegalTransition(command: .edit, state: stateName)
        }
    }

    /// Accepts the mismatches as shown.
    public mutating func acknowledge(by author: AccountID) throws(TargetError) {
        switch state {
        case .draft(var revision, let before):
            guard !revision.mismatches.isEmpty, !revision.isAcknowledged else { throw .nothingToAcknowledge }
            revision.isAcknowledged = true
            revision.authors.insert(author)
            state = .draft(revision, before: before)
            version += 1
        case .inReview, .reviewed, .approved:
            throw .illegalTransition(command: .acknowledge, state: stateName)
        }
    }

    /// Hands the draft to the office.
    public mutating func submit() throws(TargetError) {
        switch state {
        case .draft(var revision, let before):
            guard revision.mismatches.isEmpty || revision.isAcknowledged else { throw .notAcknowledged }
            // The reason of a return is answered by the new submission; that of a revision stays.
            if revision.number == 1 { revision.reason = "" }
            state = .inReview(revision, before: before)
            version += 1
        case .inReview, .reviewed, .approved:
            throw .illegalTransition(command: .submit, state: stateName)
        }
    }

    /// Hands them on to the leading group.
    public mutating func review(by reviewer: AccountID) throws(TargetError) {
        switch state {
        case .inReview(let revision, let before):
            guard !revision.authors.contains(reviewer) else { throw .samePerson }
            state = .reviewed(revision, by: reviewer, before: before)
            version += 1
        case .draft, .reviewed, .approved:
            throw .illegalTransition(command: .review, state: stateName)
        }
    }

    /// Sends them back to their drafter.
    public mutating func sendBack(reason: String) throws(TargetError) {
        switch state {
        case .inReview(var revision, let before), .reviewed(var revision, _, let before):
            revision.reason = reason
            state = .draft(revision, before: before)
            version += 1
        case .draft, .approved:
            throw .illegalTransition(command: .sendBack, state: stateName)
        }
    }

    /// Puts them in force.
    ///
    /// - Returns: the number of the revision that is superseded; nil for the first.
    public mutating func approve(by approver: AccountID) throws(TargetError) -> Int? {
        switch state {
        case .reviewed(let revision, let reviewer, let before):
            guard approver != reviewer, !revision.authors.contains(approver) else { throw .samePerson }
            state = .approved(revision)
            version += 1
            return before?.number
        case .draft, .inReview, .approved:
            throw .illegalTransition(command: .approve, state: stateName)
        }
    }

    /// Opens a new draft with the content of the approved revision.
    public mutating func revise(reason: String, by author: AccountID) throws(TargetError) {
        switch state {
        case .approved(let approved):
            let revision = TargetRevision(
                number: approved.number + 1, content: approved.content, decomposition: approved.decomposition,
                mismatches: approved.mismatches, isAcknowledged: approved.isAcknowledged, authors: [author],
                reason: reason)
            state = .draft(revision, before: approved)
            version += 1
        case .draft, .inReview, .reviewed:
            throw .illegalTransition(command: .revise, state: stateName)
        }
    }
}
