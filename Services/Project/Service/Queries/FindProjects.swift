import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Finds projects and what belongs to them, for callers within their scope (PRJ-3, PRJ-9 to PRJ-11).
struct FindProjects: Sendable {
    let store: ProjectStore

    /// One project that the caller may read.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func one(_ id: ProjectID, for caller: Caller, in tx: Transaction) throws -> ProjectView {
        let project = try store.project(id, in: tx)
        try ReadableUnits.requireAny([project.profile.unit], caller, Action.read, object: "project \(id)")
        return ProjectView(project: project, repeats: try store.projects.repeats(project, in: tx))
    }

    /// Projects, newest first.
    func list(_ page: ProjectPage, unit: UnitID?, for caller: Caller, in tx: Transaction) throws -> [Project] {
        var page = page
        if let unit {
            try caller.require(Action.read, unit: unit.text)
            page.units = [unit]
        } else {
            page.units = try readable(caller, Action.read, in: tx)
        }
        return try store.projects.list(page, in: tx)
    }

    /// A rate over the projects whose figures the caller may read.
    func rate(
        _ kind: RateKind, _ filter: RateFilter, for caller: Caller, today: CivilDate, in tx: Transaction
    ) throws -> Rate {
        var filter = filter
        if let unit = filter.unit {
            try caller.require(Action.readRates, unit: unit.text)
        } else {
            filter.units = try readable(caller, Action.readRates, in: tx)
        }
        return try Rate(kind, over: try store.rates.facts(kind, filter, today: today, in: tx))
    }

    private func readable(_ caller: Caller, _ action: String, in tx: Transaction) throws -> [UnitID]? {
        try ReadableUnits.of(caller, action, among: "SELECT DISTINCT unit FROM project.project", in: tx)
    }
}

/// Finds items of information and leads, for callers within their scope (PRJ-1, PRJ-2).
struct FindIntake: Sendable {
    let store: ProjectStore

    /// One item, for who filed it and who deals with it.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func information(_ id: InformationID, for caller: Caller, in tx: Transaction) throws -> Information {
        guard let item = try store.information.find(id, in: tx) else { throw Problem.notFound("information \(id)") }
        if caller.may(Action.readInformation, filedBy: item.filer) { return item }
        let units = item.sorting.map { [$0.unit] } ?? []
        try ReadableUnits.requireAny(units, caller, Action.readInformation, object: "information \(id)")
        return item
    }

    /// Items, newest first.
    func information(_ page: InformationPage, for caller: Caller, in tx: Transaction) throws -> [Information] {
        var page = page
        page.reach = try reach(of: caller, in: tx)
        return try store.information.list(page, in: tx)
    }

    private func reach(of caller: Caller, in tx: Transaction) throws -> InformationPage.Reach {
        if caller.kind == .enterprise {
            try caller.require(Action.readInformation)
            return caller.enterpriseID.flatMap { UUID(uuidString: $0) }.map { .enterprise($0) } ?? .units([])
        }
        let units = try ReadableUnits.of(
            caller, Action.readInformation,
            among: """
                SELECT unit FROM project.information WHERE unit IS NOT NULL
                UNION SELECT handling_unit FROM project.information WHERE handling_unit IS NOT NULL
                """, in: tx)
        return units.map { .units($0) } ?? .all
    }

    /// One lead, for the unit that reported it and those to which it was recommended or given.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func lead(_ id: LeadID, for caller: Caller, in tx: Transaction) throws -> Lead {
        guard let lead = try store.leads.find(id, in: tx) else { throw Problem.notFound("lead \(id)") }
        var units = [lead.unit]
        switch lead.state {
        case .reported, .merged, .closed: break
        case .recommended(let entities): units += entities
        case .proposed(let unit, _), .placed(let unit, _), .converted(_, let unit): units.append(unit)
        }
        try ReadableUnits.requireAny(units, caller, Action.readLead, object: "lead \(id)")
        return lead
    }

    /// Leads, newest first.
    func leads(_ page: LeadPage, for caller: Caller, in tx: Transaction) throws -> [Lead] {
        var page = page
        page.units = try ReadableUnits.of(
            caller, Action.readLead,
            among: """
                SELECT unit FROM project.lead
                UNION SELECT placed_unit FROM project.lead WHERE placed_unit IS NOT NULL
                UNION SELECT proposed_unit FROM project.lead WHERE proposed_unit IS NOT NULL
                UNION SELECT unnest(recommended_units) FROM project.lead
                """, in: tx)
        return try store.leads.list(page, in: tx)
    }
}

/// Finds pre-assessments, for the applicant, the bureaus asked, and the investment bureau (PRJ-5).
struct FindPreAssessments: Sendable {
    let store: ProjectStore

    /// One pre-assessment.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func one(_ id: PreAssessmentID, for caller: Caller, in tx: Transaction) throws -> PreAssessment {
        guard let assessment = try store.assessments.find(id, lock: false, in: tx) else {
            throw Problem.notFound("pre-assessment \(id)")
        }
        let units = [assessment.applicant, assessment.combiner] + assessment.bureaus.map(\.unit)
        try ReadableUnits.requireAny(units, caller, Action.readAssessment, object: "pre-assessment \(id)")
        return assessment
    }

    /// Pre-assessments, newest first.
    func list(_ page: PreAssessmentPage, for caller: Caller, in tx: Transaction) throws -> [PreAssessment] {
        var page = page
        page.units = try ReadableUnits.of(
            caller, Action.readAssessment,
            among: """
                SELECT applicant AS unit FROM project.pre_assessment
                UNION SELECT combiner FROM project.pre_assessment UNION SELECT unit FROM project.bureau_opinion
                """, in: tx)
        return try store.assessments.list(page, in: tx)
    }
}
