import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Standings in the library as contract and storage name them (PRJ-4).
enum LibraryStanding: String, CaseIterable, Sendable {
    case outside
    case admitted
    case excepted
}

extension Project.Library {
    var standing: LibraryStanding {
        switch self {
        case .outside: .outside
        case .admitted: .admitted
        case .excepted: .excepted
        }
    }

    var decision: Project.Decision? {
        switch self {
        case .outside, .admitted: nil
        case .excepted(let decision): decision
        }
    }
}

extension Project {
    static let columns: SQL = """
        id, number, lead_id, registered_at, name, unit, region, site, investor, credit_code, enterprise, source, nature,
        total_fen, domestic_fen, foreign_cents, size, industry, industry_group, chain_role, category, own_procedure,
        standings, stage, status, status_reason, planned_on, negotiating_on, signed_on, started_on, completed_on,
        in_production_on, library, decision_number, decided_on, cadence, reports_from, rule_set, reported_before,
        completed_fen, domestic_in_place_fen, foreign_in_place_cents, statistics_on, light, light_reasons, red_since,
        referred, seq
        """

    /// A stored project; without milestones it has no plan, as in lists.
    init(_ row: Row, milestones: [Milestone], schedule: [ScheduledAmount]) throws {
        let stage = try Stage.stored(row, "stage")
        let reason: String = try row.get("status_reason")
        let state: State =
            switch try ProjectStatus.stored(row, "status") {
            case .active: .active(stage)
            case .suspended: .suspended(stage, reason: reason)
            case .terminated: .terminated(stage, reason: reason)
            }
        let library: Library =
            switch try LibraryStanding.stored(row, "library") {
            case .outside: .outside
            case .admitted: .admitted
            case .excepted:
                .excepted(
                    Decision(
                        number: try row.get("decision_number"),
                        day: try .stored(row, "decided_on")))
            }
        var dates: [Stage: CivilDate] = [:]
        for stage in Stage.allCases { dates[stage] = try CivilDate.optional(row, "\(stage.rawValue)_on") }
        let plan =
            try milestones.isEmpty
            ? nil
            : Plan(
                milestones: milestones, schedule: schedule, cadence: .stored(row, "cadence"),
                reportsFrom: .stored(row, "reports_from"),
                ruleSet: row.get("rule_set"))
        self.init(
            id: ProjectID(try row.get("id", as: UUID.self)), number: try row.get("number"),
            lead: try row.get("lead_id", as: UUID?.self).map { LeadID($0) },
            registeredAt: try .stored(row, "registered_at"),
            profile: try ProjectProfile(row),
            state: state, stageDates: StageDates(dates), library: library, plan: plan, figures: try row.figures(),
            reportedBefore: try .optional(row, "reported_before"),
            statisticsOn: try .optional(row, "statistics_on"),
            lamp: Lamp(
                light: try .optional(row, "light"),
                reasons: try row.get("light_reasons", as: [String].self).map { try LightReason(stored: $0) },
                redSince: try .optional(row, "red_since"), isReferred: try row.get("referred")),
            version: try row.get("seq"))
    }
}

extension ProjectProfile {
    fileprivate init(_ row: Row) throws {
        try self.init(
            name: row.get("name"), unit: .stored(row, "unit"),
            region: RegionCode(row.get("region")),
            site: row.get("site"), investor: row.investor(), enterprise: row.get("enterprise"),
            source: .stored(row, "source"), nature: .stored(row, "nature"), investment: row.investment(),
            size: .stored(row, "size"), industry: IndustryCode(row.get("industry")),
            industryGroup: row.get("industry_group"), chainRole: .optional(row, "chain_role"),
            category: .optional(row, "category"), hasOwnProcedure: row.get("own_procedure"),
            standings: Set(InvestorStanding.list(row, "standings")))
    }
}

extension Milestone {
    init(_ row: Row) throws {
        try self.init(
            name: row.get("name"), dueOn: .stored(row, "due_on"),
            unit: .stored(row, "unit"), post: row.get("post"),
            stage: .optional(row, "stage"),
            reachedOn: .optional(row, "reached_on"), field: "milestone")
    }
}
