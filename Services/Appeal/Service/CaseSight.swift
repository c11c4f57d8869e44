import AppealDomain
import Foundation
import Postgres
import ServiceRuntime

/// Who may see which case (APL-1).
///
/// A complaint does not exist for the unit complained about, the units below it, and those that follow them: whatever
/// their roles allow, every call and every list leaves it out.
struct CaseSight: Sendable {
    /// Units as the directory publishes them.
    let units: any UnitTree

    /// Whether a unit is one complained about, lies below it, or has followed it.
    func isBarred(_ unit: String, from complained: UnitID) -> Bool {
        ([complained.text] + units.heirs(of: complained.text)).contains { units.isUnit(unit, within: $0) }
    }

    /// Whether a caller must not know of complaints about a unit. Staff without a unit cannot be told apart from those
    /// of the unit, so they are not told either.
    func isBarred(_ caller: Caller, from complained: UnitID) -> Bool {
        switch caller.kind {
        case .staff: caller.unitID.map { isBarred($0, from: complained) } ?? true
        case .enterprise: false
        case .service, .anonymous: true
        }
    }

    /// Whether a caller may see a case whose chain of units is given.
    func maySee(_ one: Case, chain: [String], _ caller: Caller) -> Bool {
        let submission = one.submission
        if let complained = submission.complainedUnit, isBarred(caller, from: complained) { return false }
        switch submission.applicant {
        case .enterprise(let id):
            let isOwn = holds { try caller.require(Action.read, enterprise: id.uuidString.lowercased()) }
            if isOwn, caller.kind == .enterprise { return true }
        case .unit: break
        }
        guard caller.kind == .staff else { return false }
        let (kind, region) = (submission.kind, submission.region.description)
        return holds { try caller.require(Action.dispatch(kind), region: region) }
            || holds { try caller.require(Action.office(kind), region: region) }
            || chain.contains { unit in holds { try caller.require(Action.read(kind), unit: unit) } }
    }

    private func holds(_ check: () throws -> Void) -> Bool {
        do {
            try check()
            return true
        } catch {
            // Only refusals are thrown here, and a refusal is the answer.
            return false
        }
    }

    /// What a caller's lists are narrowed to.
    func reach(of caller: Caller, in tx: Transaction) throws -> CaseReach {
        if caller.kind == .enterprise {
            try caller.require(Action.read)
            guard let id = caller.enterpriseID.flatMap({ UUID(uuidString: $0) }) else { return .nothing }
            return .enterprise(id)
        }
        guard caller.kind == .staff else { return .nothing }
        let regions = try tx.query("SELECT DISTINCT region FROM appeal.case_file") {
            try $0.get("region", as: String.self)
        }
        let units = try tx.query("SELECT DISTINCT unit FROM appeal.case_unit") { try $0.get("unit", as: String.self) }
        let complained = try tx.query(
            "SELECT DISTINCT complained_unit AS unit FROM appeal.case_file WHERE complained_unit IS NOT NULL"
        ) { try UnitID($0.get("unit"), field: "complained_unit") }
        func part(_ kind: CaseKind) -> CaseReach.Part {
            CaseReach.Part(
                regions: regions.filter { region in
                    holds { try caller.require(Action.dispatch(kind), region: region) }
                        || holds { try caller.require(Action.office(kind), region: region) }
                }, units: units.filter { unit in holds { try caller.require(Action.read(kind), unit: unit) } })
        }
        return .staff(
            cases: part(.appeal), complaints: part(.complaint),
            barred: complained.filter { isBarred(caller, from: $0) }.map(\.text))
    }
}

/// What a caller's lists are narrowed to.
enum CaseReach: Sendable {
    /// Regions whose cases the caller dispatches, and units for which the caller reads.
    struct Part: Sendable {
        let regions: [String]
        let units: [String]
    }

    /// Cases of one enterprise.
    case enterprise(UUID)
    /// Cases and complaints within the caller's scope, complaints about `barred` units left out.
    case staff(cases: Part, complaints: Part, barred: [String])
    /// None.
    case nothing

    /// The condition on `appeal.case_file` as c.
    var condition: SQL {
        switch self {
        case .enterprise(let id): return "c.enterprise_id = \(id)"
        case .nothing: return "false"
        case .staff(let cases, let complaints, let barred):
            return """
                ((c.kind <> 'complaint' AND (c.region = ANY (\(cases.regions)) OR EXISTS (
                    SELECT FROM appeal.case_unit AS u WHERE u.case_id = c.id AND u.unit = ANY (\(cases.units)))))
                OR (c.kind = 'complaint' AND c.complained_unit <> ALL (\(barred))
                    AND (c.region = ANY (\(complaints.regions)) OR EXISTS (
                        SELECT FROM appeal.case_unit AS u
                        WHERE u.case_id = c.id AND u.unit = ANY (\(complaints.units))))))
                """
        }
    }
}
