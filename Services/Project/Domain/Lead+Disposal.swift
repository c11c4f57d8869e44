import Domain

/// A lead found its unit.
public struct LeadWasPlaced: Hashable, Sendable {
    /// The unit.
    public let unit: UnitID
    /// Whether it was moved since it does not fit the layout.
    public let elsewhere: Bool

    /// A placement.
    public init(unit: UnitID, elsewhere: Bool) {
        self.unit = unit
        self.elsewhere = elsewhere
    }
}

extension Lead {
    /// The office recommends the lead to developing entities; a promotion office's lead goes another way.
    ///
    /// - Throws: ``LeadError``.
    public mutating func recommend(to units: [UnitID]) throws(LeadError) {
        switch state {
        case .reported, .recommended:
            guard source != .promotionOffice else { throw .wrongWay(command: .recommend, source: source) }
            enter(.recommended(units))
        case .proposed, .placed, .converted, .merged, .closed: throw illegal(.recommend)
        }
    }

    /// A developing entity takes the lead that was recommended to it.
    ///
    /// - Throws: ``LeadError``.
    public mutating func take(_ unit: UnitID) throws(LeadError) -> LeadWasPlaced {
        switch state {
        case .recommended(let units):
            guard units.contains(unit) else { throw .notRecommended(unit) }
            enter(.placed(unit, moved: nil))
            return LeadWasPlaced(unit: unit, elsewhere: false)
        case .reported, .proposed, .placed, .converted, .merged, .closed: throw illegal(.take)
        }
    }

    /// One of office and promotion office names a unit; when the other named the same before, the lead is placed.
    ///
    /// - Returns: the placement, or nil as long as the other side has not agreed.
    /// - Throws: ``LeadError``.
    public mutating func propose(_ unit: UnitID, by side: Side) throws(LeadError) -> LeadWasPlaced? {
        switch state {
        case .reported, .proposed:
            guard source == .promotionOffice else { throw .wrongWay(command: .propose, source: source) }
        case .recommended, .placed, .converted, .merged, .closed: throw illegal(.propose)
        }
        if case .proposed(let named, let other) = state, other != side, named == unit {
            enter(.placed(unit, moved: nil))
            return LeadWasPlaced(unit: unit, elsewhere: false)
        }
        enter(.proposed(unit, by: side))
        return nil
    }

    /// Places the lead elsewhere since it does not fit the industrial layout.
    ///
    /// - Throws: ``LeadError``.
    public mutating func move(to unit: UnitID, reason: String) throws(LeadError) -> LeadWasPlaced {
        switch state {
        case .reported, .recommended, .proposed, .placed:
            enter(.placed(unit, moved: reason))
            return LeadWasPlaced(unit: unit, elsewhere: true)
        case .converted, .merged, .closed: throw illegal(.move)
        }
    }

    /// Closes a lead of which nothing comes.
    ///
    /// - Throws: ``LeadError``.
    public mutating func close(reason: String) throws(LeadError) {
        switch state {
        case .reported, .recommended, .proposed, .placed: enter(.closed(reason: reason))
        case .converted, .merged, .closed: throw illegal(.close)
        }
    }

    /// The lead became a project of the unit that has it.
    ///
    /// - Throws: ``LeadError``.
    public mutating func convert(into project: ProjectID, of unit: UnitID) throws(LeadError) {
        switch state {
        case .placed(let place, _):
            guard place == unit else { throw .placedElsewhere(place) }
            enter(.converted(project, at: place))
        case .reported, .recommended, .proposed, .converted, .merged, .closed: throw illegal(.convert)
        }
    }

    /// Merges two open leads of the same investor. The earlier one stays, and with it its reporter as the first; it
    /// takes over what was done for the later one where nothing was done for itself.
    ///
    /// - Returns: the lead that stays and the one that ended.
    /// - Throws: ``LeadError``.
    public static func merge(_ one: Lead, _ other: Lead) throws(LeadError) -> (kept: Lead, merged: Lead) {
        guard one.stateName.isOpen else { throw one.illegal(.merge) }
        guard other.stateName.isOpen else { throw other.illegal(.merge) }
        guard one.id != other.id, one.content.investor.isSame(as: other.content.investor) else {
            throw .notDuplicates
        }
        let isFirst = (one.reportedAt, one.id) < (other.reportedAt, other.id)
        var (kept, merged) = isFirst ? (one, other) : (other, one)
        switch kept.state {
        // A recommendation or proposal of the later lead may not be open to the earlier one's source.
        case .reported:
            switch merged.state {
            case .placed(let unit, let moved): kept.enter(.placed(unit, moved: moved))
            case .reported, .recommended, .proposed, .converted, .merged, .closed: kept.enter(kept.state)
            }
        case .recommended, .proposed, .placed, .converted, .merged, .closed: kept.enter(kept.state)
        }
        merged.enter(.merged(into: kept.id))
        return (kept, merged)
    }

    private mutating func enter(_ state: State) {
        self.state = state
        version += 1
    }

    private func illegal(_ command: LeadCommand) -> LeadError {
        .illegalTransition(command: command, state: stateName)
    }
}
