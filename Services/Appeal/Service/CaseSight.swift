import AppealDomain
import Domain
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
        case .unit, .bank: break
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
        // The planner takes a look into an index for dear when it knows little of the column, and would compile code for
        // it, which takes longer than the list.
        try tx.execute("SET LOCAL jit = off")
        let regions = try words("region", of: "case_file", in: tx)
        let units = try words("unit", of: "case_unit", in: tx)
        let complained = try words("complained_unit", of: "case_file", in: tx).map {
            try UnitID($0, field: "complained_unit")
        }
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

    /// The words that a column holds, by one look into its index for each, since there are few words and many rows.
    private func words(_ column: String, of table: String, in tx: Transaction) throws -> [String] {
        try tx.query(
            """
            WITH RECURSIVE found (word) AS (
                SELECT min(\(identifier: column)) FROM appeal.\(identifier: table)
                WHERE \(identifier: column) IS NOT NULL
                UNION ALL
                SELECT (SELECT min(\(identifier: column)) FROM appeal.\(identifier: table)
                        WHERE \(identifier: column) > found.word)
                FROM found WHERE found.word IS NOT NULL
            )
            SELECT word FROM found WHERE word IS NOT NULL
            """
        ) { try $0.get("word", as: String.self) }
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
