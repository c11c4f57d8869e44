import Domain
import ProjectDomain
import ServiceRuntime

/// A step in the disposal of a lead (PRJ-2): who may take it, and what it does.
struct ChangeLead: LeadUseCase {
    let id: LeadID
    let version: Int64
    /// The action and the unit for which the caller must hold it.
    let right: @Sendable (Lead) -> (action: String, unit: UnitID)
    /// The step; tells the placement that it brought about.
    let step: @Sendable (inout Lead) throws -> LeadWasPlaced?

    func run(_ command: Command, _ store: ProjectStore) throws -> Lead {
        var lead = try store.lead(id, version: version, in: command.tx)
        let (action, unit) = right(lead)
        try command.caller.require(action, unit: unit.text)
        let placement = try step(&lead)
        let isEnded = !lead.stateName.isOpen
        let seq = try store.leads.save(lead, events: placement != nil || isEnded ? 1 : 0, in: command.tx)
        if let placement {
            try command.emit(LeadEvents.placed(placement, of: lead, at: command.now, seq: seq))
        } else if isEnded {
            try command.emit(LeadEvents.ended(lead, at: command.now, seq: seq))
        }
        return lead
    }

    /// The office recommends the lead to developing entities.
    static func recommend(_ id: LeadID, version: Int64, to units: [UnitID]) -> ChangeLead {
        ChangeLead(id: id, version: version, right: byOffice) { lead in
            try lead.recommend(to: units)
            return nil
        }
    }

    /// A developing entity takes the lead.
    static func take(_ id: LeadID, version: Int64, by unit: UnitID) -> ChangeLead {
        ChangeLead(id: id, version: version, right: { _ in (Action.placeLead, unit) }) { try $0.take(unit) }
    }

    /// Office or promotion office names the unit.
    static func propose(_ id: LeadID, version: Int64, _ unit: UnitID, by side: Lead.Side) -> ChangeLead {
        let right: @Sendable (Lead) -> (action: String, unit: UnitID) =
            switch side {
            case .office: byOffice
            case .promotionOffice: { (Action.placeLead, $0.unit) }
            }
        return ChangeLead(id: id, version: version, right: right) { try $0.propose(unit, by: side) }
    }

    /// The office places the lead elsewhere.
    static func move(_ id: LeadID, version: Int64, to unit: UnitID, reason: String) -> ChangeLead {
        ChangeLead(id: id, version: version, right: byOffice) { try $0.move(to: unit, reason: reason) }
    }

    /// The office closes the lead.
    static func close(_ id: LeadID, version: Int64, reason: String) -> ChangeLead {
        ChangeLead(id: id, version: version, right: byOffice) { lead in
            try lead.close(reason: reason)
            return nil
        }
    }

    private static let byOffice: @Sendable (Lead) -> (action: String, unit: UnitID) = {
        (Action.disposeLead, $0.unit)
    }
}
