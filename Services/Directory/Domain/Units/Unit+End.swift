import Domain

extension Unit {
    /// Ends the unit on a day and names who follows: one unit in a merger, several in a split (DIR-3).
    ///
    /// Since every successor exists on that day and the unit itself does not, chains of successors never close.
    ///
    /// - Throws: ``UnitError`` when the unit has an end already, a rename waits, the day does not lie after the first
    ///   day of the present name, or the successors are none, repeated, or not in existence on the day.
    public mutating func end(on day: CivilDate, followedBy successors: [Unit]) throws(UnitError) {
        switch state {
        case .ended(let day, _): throw .ended(on: day)
        case .existing: break
        }
        if let plannedName { throw .renamePlanned(from: plannedName.from) }
        guard day > name.from else { throw .endTooEarly(presentFrom: name.from) }
        guard !successors.isEmpty else { throw .noSuccessor }
        var seen: Set<UnitID> = [id]
        for successor in successors {
            guard seen.insert(successor.id).inserted else { throw .successorRepeated(successor.id) }
            guard successor.exists(on: day) else { throw .successorNotInExistence(successor.id) }
        }
        state = .ended(on: day, successors: successors.map(\.id))
    }
}
