import Domain

extension Unit {
    /// What a rename led to.
    public enum Renaming: Hashable, Sendable {
        /// The name holds; the previous one is in the history.
        case announced(previous: UnitName)
        /// The name waits for its day.
        case planned
    }

    /// Gives the unit a new name from a day on; a day after `today` only plans it (DIR-3).
    ///
    /// - Throws: ``UnitError`` when the unit ends, another rename waits, the name is the same, or the day does not lie
    ///   after the first day of the present name.
    public mutating func rename(to new: UnitName, today: CivilDate) throws(UnitError) -> Renaming {
        switch state {
        case .ended(let day, _): throw .ended(on: day)
        case .existing: break
        }
        if let plannedName { throw .renamePlanned(from: plannedName.from) }
        guard new.from > name.from else { throw .renameTooEarly(presentFrom: name.from) }
        guard new.name != name.name || new.shortName != name.shortName else { throw .sameName }
        guard new.from <= today else {
            plannedName = new
            return .planned
        }
        let previous = name
        names.append(new)
        return .announced(previous: previous)
    }

    /// Announces the planned name once its day has come.
    ///
    /// - Returns: The name before; nil when nothing is due.
    public mutating func announcePlannedName(today: CivilDate) -> UnitName? {
        guard let due = plannedName, due.from <= today else { return nil }
        let previous = name
        names.append(due)
        plannedName = nil
        return previous
    }
}
