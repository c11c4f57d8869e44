import Domain
import ProjectDomain
import ServiceRuntime

/// Reports a lead and finds open ones of the same investor (PRJ-2).
struct ReportLead: LeadUseCase {
    /// Duplicates that are shown at most.
    private static let shown = 20

    let id: LeadID
    let content: LeadContent
    let source: Collector
    let unit: UnitID

    func run(_ command: Command, _ store: ProjectStore) throws -> (lead: Lead, duplicates: [LeadID]) {
        try command.caller.require(Action.reportLead, unit: unit.text)
        let lead = Lead(
            id: id, content: content, source: source, unit: unit,
            firstReporter: command.account, reportedAt: command.time)
        try store.leads.insert(lead, in: command.tx)
        let duplicates = try store.leads.duplicates(of: lead, limit: Self.shown, in: command.tx)
        try command.emit(LeadEvents.reported(lead, duplicates: duplicates.count))
        return (lead, duplicates.map(\.id))
    }
}

/// Merges two leads of the same investor; the earlier one stays with its reporter (PRJ-2).
struct MergeLeads: LeadUseCase {
    let id: LeadID
    let version: Int64
    let other: LeadID
    let otherVersion: Int64

    func run(_ command: Command, _ store: ProjectStore) throws -> Lead {
        let one = try store.lead(id, version: version, in: command.tx)
        let two = try store.lead(other, version: otherVersion, in: command.tx)
        for lead in [one, two] { try command.caller.require(Action.disposeLead, unit: lead.unit.text) }
        let (kept, merged) = try Lead.merge(one, two)
        let wasPlaced = kept.id == one.id ? one.place : two.place
        let takesOver = kept.place != wasPlaced
        // In the order of the identifiers, so that two merges of the same leads wait for each other and never both.
        for lead in [kept, merged].sorted(by: { $0.id < $1.id }) {
            if lead.id == merged.id {
                let seq = try store.leads.save(lead, events: 1, in: command.tx)
                try command.emit(LeadEvents.ended(lead, at: command.now, seq: seq))
            } else {
                let seq = try store.leads.save(lead, events: takesOver ? 1 : 0, in: command.tx)
                if takesOver, case .placed(let unit, let moved) = lead.state {
                    let fact = LeadWasPlaced(unit: unit, elsewhere: moved != nil)
                    try command.emit(LeadEvents.placed(fact, of: lead, at: command.now, seq: seq))
                }
            }
        }
        command.audit(object: "lead \(merged.id)", detail: "merged into \(kept.id)")
        return kept
    }
}
