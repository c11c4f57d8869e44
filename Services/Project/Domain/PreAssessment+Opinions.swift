import Domain

extension PreAssessment {
    /// Takes the opinion of a bureau; after the limit it is late, and still welcome until opinions are combined.
    ///
    /// - Returns: whether it is late.
    /// - Throws: ``PreAssessmentError``.
    public mutating func give(
        _ statement: BureauOpinion.Statement, by unit: UnitID
    ) throws(PreAssessmentError) -> Bool {
        try requireOpen(.giveOpinion)
        guard let index = bureaus.firstIndex(where: { $0.unit == unit }) else { throw .notAsked(unit) }
        guard bureaus[index].statement == nil else { throw .givenAlready }
        bureaus[index].statement = statement
        let isLate = statement.at >= dueAt
        if isLate { bureaus[index].isOverdue = true }
        version += 1
        return isLate
    }

    /// Finds the bureaus whose limit passed in silence.
    ///
    /// - Returns: those that are newly overdue; each once.
    /// - Throws: ``PreAssessmentError``.
    public mutating func fallOverdue(at now: BusinessTime) throws(PreAssessmentError) -> [UnitID] {
        try requireOpen(.fallOverdue)
        guard now >= dueAt else { throw .notDue }
        var fallen: [UnitID] = []
        for index in bureaus.indices where bureaus[index].statement == nil && !bureaus[index].isOverdue {
            bureaus[index].isOverdue = true
            fallen.append(bureaus[index].unit)
        }
        version += 1
        return fallen
    }

    /// Draws experts by lot.
    ///
    /// - Throws: ``PreAssessmentError``.
    public mutating func drawExperts(
        _ count: Int, from pool: [Expert], conflict: ConflictOfInterest, seed: UInt64
    ) throws(PreAssessmentError) -> ExpertDraw {
        try requireOpen(.drawExperts)
        guard isMajorOrSpecial else { throw .noExperts(isDrawn: false) }
        guard draw == nil else { throw .noExperts(isDrawn: true) }
        let draw = ExpertDraw(count, from: pool, conflict: conflict, seed: seed)
        guard draw.drawn.count == count else { throw .tooFewExperts(candidates: draw.candidates.count) }
        self.draw = draw
        experts = draw.drawn.map { ExpertOpinion(expert: $0, statement: nil) }
        version += 1
        return draw
    }

    /// Records what a drawn expert says.
    ///
    /// - Throws: ``PreAssessmentError``.
    public mutating func record(
        _ statement: ExpertOpinion.Statement, of expert: ExpertID
    ) throws(PreAssessmentError) {
        try requireOpen(.recordExpert)
        guard let index = experts.firstIndex(where: { $0.expert == expert }) else { throw .notDrawn }
        guard experts[index].statement == nil else { throw .givenAlready }
        experts[index].statement = statement
        version += 1
    }

    /// Combines the opinions once every bureau has answered or is overdue.
    ///
    /// A veto class leaves no choice. Passing needs the agreement of every bureau, so a silent one prevents it; passing
    /// under conditions needs that nobody objects.
    ///
    /// - Throws: ``PreAssessmentError``.
    public mutating func combine(
        _ result: PreAssessmentResult, text: String, at now: BusinessTime
    ) throws(PreAssessmentError) {
        try requireOpen(.combine)
        let outstanding = now < dueAt ? silent : []
        guard outstanding.isEmpty else { throw .opinionsOutstanding(outstanding) }
        guard (result == .vetoed) == !vetoes.isEmpty else { throw .resultNotAllowed(result) }
        let opinions = bureaus.map { $0.statement?.opinion }
        let isAllowed =
            switch result {
            case .passed: opinions.allSatisfy { $0 == .agrees }
            case .conditional: !opinions.contains(.objects)
            case .refused, .vetoed: true
            }
        guard isAllowed else { throw .resultNotAllowed(result) }
        state = .combined(result, text: text, at: now)
        version += 1
    }

    /// The applicant withdraws.
    ///
    /// - Throws: ``PreAssessmentError``.
    public mutating func withdraw(at now: BusinessTime) throws(PreAssessmentError) {
        try requireOpen(.withdraw)
        state = .withdrawn(at: now)
        version += 1
    }

    private func requireOpen(_ command: PreAssessmentCommand) throws(PreAssessmentError) {
        switch state {
        case .open: return
        case .combined, .withdrawn: throw .illegalTransition(command: command, state: stateName)
        }
    }
}
