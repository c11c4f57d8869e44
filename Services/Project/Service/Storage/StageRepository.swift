import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// An entry of a project into a stage, as it was recorded (PRJ-3).
struct StageEntry: Sendable {
    /// Number within the project, from 1.
    let number: Int
    /// The entry.
    let fact: StageWasEntered
    /// When it was recorded.
    let recordedAt: BusinessTime
}

/// The entries of projects into stages with their evidence, and who decided on the library (PRJ-3, PRJ-4); neither is
/// ever changed.
struct StageRepository: Sendable {
    /// Records an entry.
    func record(_ fact: StageWasEntered, of project: ProjectID, at now: BusinessTime, in tx: Transaction) throws {
        let number: Int = try tx.only(
            """
            INSERT INTO project.stage_entry (project_id, number, from_stage, to_stage, entered_on, reason, recorded_at)
            SELECT \(project.uuid), coalesce(max(number), 0) + 1, \(fact.from.rawValue), \(fact.to.rawValue),
                \(fact.on.stored), \(fact.reason), \(now.instant)
            FROM project.stage_entry WHERE project_id = \(project.uuid)
            RETURNING number
            """
        ).get("number")
        try tx.execute(
            """
            INSERT INTO project.stage_evidence (project_id, number, place, kind, paper, dated)
            SELECT \(project.uuid), \(number), place, kind, paper, dated
            FROM unnest(\(fact.evidence.map(\.kind.rawValue)), \(fact.evidence.map(\.number)),
                \(fact.evidence.map(\.dated.stored))) WITH ORDINALITY AS given (kind, paper, dated, place)
            """, expecting: fact.evidence.count)
    }

    /// Entries below a number, newest first.
    func list(of project: ProjectID, below: Int, limit: Int, in tx: Transaction) throws -> [StageEntry] {
        let rows = try tx.query(
            """
            SELECT number, from_stage, to_stage, entered_on, reason, recorded_at FROM project.stage_entry
            WHERE project_id = \(project.uuid) AND number < \(below) ORDER BY number DESC LIMIT \(limit)
            """)
        var evidence: [Int: [Evidence]] = [:]
        let numbers = try rows.map { try $0.get("number", as: Int.self) }
        for row in try tx.query(
            """
            SELECT number, kind, paper, dated FROM project.stage_evidence
            WHERE project_id = \(project.uuid) AND number = ANY (\(numbers)) ORDER BY number, place
            """)
        {
            let paper = try reading {
                try Evidence(
                    kind: .stored(row, "kind"), number: row.get("paper"),
                    dated: .stored(row, "dated"),
                    field: "evidence")
            }
            evidence[try row.get("number"), default: []].append(paper)
        }
        return try rows.map { row in
            let number: Int = try row.get("number")
            return StageEntry(
                number: number,
                fact: StageWasEntered(
                    from: try .stored(row, "from_stage"), to: try .stored(row, "to_stage"),
                    on: try .stored(row, "entered_on"),
                    evidence: evidence[number] ?? [],
                    reason: try row.get("reason")),
                recordedAt: try .stored(row, "recorded_at"))
        }
    }

    /// Records who let a project into the library or out of it, and why.
    func record(
        _ library: Project.Library, grounds: String, of project: ProjectID, by account: String, at now: BusinessTime,
        in tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO project.library_decision (project_id, number, standing, grounds, decided_by, recorded_at)
            SELECT \(project.uuid), coalesce(max(number), 0) + 1, \(library.standing.rawValue), \(grounds), \(account),
                \(now.instant)
            FROM project.library_decision WHERE project_id = \(project.uuid)
            """, expecting: 1)
    }
}
