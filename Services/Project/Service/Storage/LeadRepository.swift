import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Leads in the schema `project` (PRJ-2).
struct LeadRepository: Sendable {
    private static let columns: SQL = """
        id, investor, credit_code, industry, total_fen, domestic_fen, foreign_cents, requirements, region, origin,
        source, unit, first_reporter, reported_at, state, recommended_units, proposed_unit, proposed_by, placed_unit,
        elsewhere, reason, merged_into, project_id, seq
        """

    /// Stores a new lead with its first event.
    func insert(_ lead: Lead, in tx: Transaction) throws {
        let content = lead.content
        try tx.execute(
            """
            INSERT INTO project.lead
                (id, investor, investor_key, credit_code, industry, total_fen, domestic_fen, foreign_cents,
                 requirements, region, origin, source, unit, first_reporter, reported_at, state, recommended_units,
                 elsewhere, reason, seq, event_seq)
            VALUES (\(lead.id.uuid), \(content.investor.name), \(content.investor.key),
                \(content.investor.creditCode?.description), \(content.industry.description),
                \(content.investment.total.fen), \(content.investment.domestic.fen),
                \(content.investment.foreign.cents), \(content.requirements), \(content.region?.description),
                \(content.origin), \(lead.source.rawValue), \(lead.unit.text), \(lead.firstReporter.text),
                \(lead.reportedAt.instant), \(lead.stateName.rawValue), '{}', false, '', \(lead.version), 1)
            """, expecting: 1)
    }

    /// Stores a change and counts its events.
    ///
    /// - Returns: the sequence number of the last event.
    func save(_ lead: Lead, events: Int, in tx: Transaction) throws -> Int64 {
        let parts = StateParts(lead.state)
        let rows = try tx.query(
            """
            UPDATE project.lead
            SET state = \(lead.stateName.rawValue), recommended_units = \(parts.recommended.map(\.text)),
                proposed_unit = \(parts.proposed?.text), proposed_by = \(parts.side?.rawValue),
                placed_unit = \(lead.place?.text), elsewhere = \(parts.isElsewhere), reason = \(parts.reason),
                merged_into = \(parts.mergedInto?.uuid), project_id = \(parts.project?.uuid),
                seq = seq + 1, event_seq = event_seq + \(events)
            WHERE id = \(lead.id.uuid) AND seq = \(lead.version - 1) RETURNING event_seq
            """)
        return try RowLock.advanced(rows, table: "lead", id: lead.id.uuid, in: tx)
    }

    /// One lead; nil when there is none.
    func find(_ id: LeadID, in tx: Transaction) throws -> Lead? {
        try tx.first("SELECT \(Self.columns) FROM project.lead WHERE id = \(id.uuid)")
            .map { row in try reading { try Lead(row) } }
    }

    /// Open leads of the same investor, the earliest first; by name or by credit code, then compared as the domain does.
    func duplicates(of lead: Lead, limit: Int, in tx: Transaction) throws -> [Lead] {
        let investor = lead.content.investor
        return try tx.query(
            """
            SELECT \(Self.columns) FROM project.lead
            WHERE (investor_key = \(investor.key) OR credit_code = \(investor.creditCode?.description))
                AND id <> \(lead.id.uuid) AND state IN ('reported', 'recommended', 'proposed', 'placed')
            ORDER BY reported_at, id LIMIT \(limit)
            """
        ) { row in try reading { try Lead(row) } }.filter { $0.content.investor.isSame(as: investor) }
    }

    /// Leads, newest first.
    func list(_ page: LeadPage, in tx: Transaction) throws -> [Lead] {
        var sql: SQL = "SELECT \(Self.columns) FROM project.lead WHERE true"
        if let units = page.units {
            let slugs = units.map(\.text)
            sql += """
                 AND (unit = ANY (\(slugs)) OR placed_unit = ANY (\(slugs)) OR proposed_unit = ANY (\(slugs))
                    OR recommended_units && \(slugs))
                """
        }
        if let state = page.state { sql += " AND state = \(state.rawValue)" }
        if let key = page.investorKey { sql += " AND investor_key = \(key)" }
        if let after = page.after { sql += " AND id < \(after.uuid)" }
        sql += " ORDER BY id DESC LIMIT \(page.limit)"
        return try tx.query(sql) { row in try reading { try Lead(row) } }
    }

    /// What the columns of the state hold; those that a state does not need are empty.
    private struct StateParts {
        var recommended: [UnitID] = []
        var proposed: UnitID?
        var side: Lead.Side?
        var isElsewhere = false
        var reason = ""
        var mergedInto: LeadID?
        var project: ProjectID?

        init(_ state: Lead.State) {
            switch state {
            case .reported: break
            case .recommended(let units): recommended = units
            case .proposed(let unit, let side): (proposed, self.side) = (unit, side)
            case .placed(_, let moved): (isElsewhere, reason) = (moved != nil, moved ?? "")
            case .converted(let project, _): self.project = project
            case .merged(let lead): mergedInto = lead
            case .closed(let reason): self.reason = reason
            }
        }
    }
}

/// Which leads a list shows.
struct LeadPage: Sendable {
    /// Leads with which one of these units has to do; nil for all.
    var units: [UnitID]?
    /// One state only.
    let state: LeadStateName?
    /// One investor only, by its key.
    let investorKey: String?
    /// The last entry of the page before.
    let after: LeadID?
    /// Entries at most.
    let limit: Int
}

extension Lead {
    fileprivate init(_ row: Row) throws {
        func unit(_ column: String) throws -> UnitID { try UnitID.stored(row, column) }
        func id<Kind>(_ column: String) throws -> Identifier<Kind> { Identifier(try row.get(column, as: UUID.self)) }
        let state: State =
            switch try LeadStateName.stored(row, "state") {
            case .reported: .reported
            case .recommended:
                .recommended(
                    try row.get("recommended_units", as: [String].self).map {
                        try UnitID($0, field: "recommended_units")
                    })
            case .proposed: .proposed(try unit("proposed_unit"), by: try .stored(row, "proposed_by"))
            case .placed:
                .placed(
                    try unit("placed_unit"), moved: try row.get("elsewhere") ? try row.get("reason") : nil)
            case .converted: .converted(try id("project_id"), at: try unit("placed_unit"))
            case .merged: .merged(into: try id("merged_into"))
            case .closed: .closed(reason: try row.get("reason"))
            }
        self.init(
            id: try id("id"),
            content: try LeadContent(
                investor: row.investor(), industry: IndustryCode(row.get("industry")),
                investment: row.investment(), requirements: row.get("requirements"),
                region: row.get("region", as: String?.self).map { try RegionCode($0) }, origin: row.get("origin")),
            source: try .stored(row, "source"), unit: try unit("unit"),
            firstReporter: AccountID(try row.get("first_reporter")),
            reportedAt: try .stored(row, "reported_at"), state: state,
            version: try row.get("seq"))
    }
}
