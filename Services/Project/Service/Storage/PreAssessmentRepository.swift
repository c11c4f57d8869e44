import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Pre-assessments with their opinions (PRJ-5).
struct PreAssessmentRepository: Sendable {
    private static let columns: SQL = """
        id, project_id, applicant, combiner, major, paper_titles, paper_numbers, paper_hashes, requested_at, due_at,
        state, result, grounds, ended_at, draw_seed, draw_candidates, draw_excluded, draw_drawn, seq
        """

    /// Stores a new pre-assessment with its first event.
    ///
    /// - Throws: `Problem` FAILED_PRECONDITION when one of the project is open.
    func insert(_ assessment: PreAssessment, in tx: Transaction) throws {
        do {
            try tx.execute(
                """
                INSERT INTO project.pre_assessment
                    (id, project_id, applicant, combiner, major, paper_titles, paper_numbers, paper_hashes,
                     requested_at, due_at, state, grounds, seq, event_seq)
                VALUES (\(assessment.id.uuid), \(assessment.project.uuid), \(assessment.applicant.text),
                    \(assessment.combiner.text), \(assessment.isMajorOrSpecial), \(assessment.papers.map(\.title)),
                    \(assessment.papers.map(\.number)), \(assessment.papers.map { $0.sha256.hex }),
                    \(assessment.requestedAt.instant), \(assessment.dueAt.instant), 'open', '', \(assessment.version),
                    1)
                """, expecting: 1)
        } catch let error as PostgresError where error.isUniqueViolation(constraint: "pre_assessment_open_once") {
            throw Problem.illegalState(zh: "该项目已有进行中的预评估", en: "a pre-assessment of the project is open")
        }
        for bureau in assessment.bureaus {
            try tx.execute(
                """
                INSERT INTO project.bureau_opinion (pre_assessment_id, unit, aspects, overdue, grounds)
                VALUES (\(assessment.id.uuid), \(bureau.unit.text), \(bureau.aspects.map(\.rawValue)), false, '')
                """, expecting: 1)
        }
    }

    /// Stores a change and counts its events.
    ///
    /// - Returns: the sequence number of the last event.
    func save(_ assessment: PreAssessment, events: Int, in tx: Transaction) throws -> Int64 {
        let end = assessment.end
        let rows = try tx.query(
            """
            UPDATE project.pre_assessment
            SET state = \(assessment.stateName.rawValue), result = \(end.result?.rawValue), grounds = \(end.text),
                ended_at = \(end.at?.instant),
                draw_seed = \(assessment.draw.map { Int64(bitPattern: $0.seed) }),
                draw_candidates = \(assessment.draw?.candidates.map(\.uuid)),
                draw_excluded = \(assessment.draw?.excluded.map(\.uuid)),
                draw_drawn = \(assessment.draw?.drawn.map(\.uuid)), seq = seq + 1, event_seq = event_seq + \(events)
            WHERE id = \(assessment.id.uuid) AND seq = \(assessment.version - 1) RETURNING event_seq
            """)
        let seq = try RowLock.advanced(rows, table: "pre_assessment", id: assessment.id.uuid, in: tx)
        for bureau in assessment.bureaus {
            let statement = bureau.statement
            try tx.execute(
                """
                UPDATE project.bureau_opinion
                SET overdue = \(bureau.isOverdue), opinion = \(statement?.opinion.rawValue),
                    grounds = \(statement?.text ?? ""), veto = \(statement?.veto?.rawValue),
                    given_at = \(statement?.at.instant)
                WHERE pre_assessment_id = \(assessment.id.uuid) AND unit = \(bureau.unit.text)
                """, expecting: 1)
        }
        for (place, expert) in assessment.experts.enumerated() {
            try tx.execute(
                """
                INSERT INTO project.expert_opinion (pre_assessment_id, place, expert_id, opinion, grounds, given_at)
                VALUES (\(assessment.id.uuid), \(place + 1), \(expert.expert.uuid),
                    \(expert.statement?.opinion.rawValue), \(expert.statement?.text ?? ""),
                    \(expert.statement?.at.instant))
                ON CONFLICT (pre_assessment_id, place) DO UPDATE SET
                    opinion = EXCLUDED.opinion, grounds = EXCLUDED.grounds, given_at = EXCLUDED.given_at
                """, expecting: 1)
        }
        return seq
    }

    /// One pre-assessment, locked where it is about to change; nil when there is none.
    func find(_ id: PreAssessmentID, lock: Bool, in tx: Transaction) throws -> PreAssessment? {
        var sql: SQL = "SELECT \(Self.columns) FROM project.pre_assessment WHERE id = \(id.uuid)"
        if lock { sql += " FOR NO KEY UPDATE" }
        return try load(tx.query(sql), in: tx).first
    }

    /// Whether the newest pre-assessment of a project that has a result ended with a veto.
    func isVetoed(_ project: ProjectID, in tx: Transaction) throws -> Bool {
        try tx.first(
            """
            SELECT result = 'vetoed' AS vetoed FROM project.pre_assessment
            WHERE project_id = \(project.uuid) AND state = 'combined' ORDER BY id DESC LIMIT 1
            """)?.get("vetoed") ?? false
    }

    /// Pre-assessments, newest first.
    func list(_ page: PreAssessmentPage, in tx: Transaction) throws -> [PreAssessment] {
        var sql: SQL = "SELECT \(Self.columns) FROM project.pre_assessment AS a WHERE true"
        if let units = page.units {
            let slugs = units.map(\.text)
            sql += """
                 AND (applicant = ANY (\(slugs)) OR combiner = ANY (\(slugs)) OR EXISTS (
                    SELECT FROM project.bureau_opinion AS b
                    WHERE b.pre_assessment_id = a.id AND b.unit = ANY (\(slugs))))
                """
        }
        if let state = page.state { sql += " AND state = \(state.rawValue)" }
        if let project = page.project { sql += " AND project_id = \(project.uuid)" }
        if let unit = page.waiting {
            sql += """
                 AND state = 'open' AND EXISTS (
                    SELECT FROM project.bureau_opinion AS w
                    WHERE w.pre_assessment_id = a.id AND w.unit = \(unit.text) AND w.opinion IS NULL)
                """
        }
        if let after = page.after { sql += " AND id < \(after.uuid)" }
        sql += " ORDER BY id DESC LIMIT \(page.limit)"
        return try load(tx.query(sql), in: tx)
    }

    private func load(_ rows: [Row], in tx: Transaction) throws -> [PreAssessment] {
        let ids = try rows.map { try $0.get("id", as: UUID.self) }
        var bureaus: [UUID: [BureauOpinion]] = [:]
        for row in try tx.query(
            """
            SELECT pre_assessment_id, unit, aspects, overdue, opinion, grounds, veto, given_at
            FROM project.bureau_opinion WHERE pre_assessment_id = ANY (\(ids)) ORDER BY pre_assessment_id, unit
            """)
        {
            bureaus[try row.get("pre_assessment_id"), default: []].append(try reading { try BureauOpinion(row) })
        }
        var experts: [UUID: [ExpertOpinion]] = [:]
        for row in try tx.query(
            """
            SELECT pre_assessment_id, expert_id, opinion, grounds, given_at
            FROM project.expert_opinion WHERE pre_assessment_id = ANY (\(ids)) ORDER BY pre_assessment_id, place
            """)
        {
            experts[try row.get("pre_assessment_id"), default: []].append(try reading { try ExpertOpinion(row) })
        }
        return try rows.map { row in
            let id: UUID = try row.get("id")
            return try reading { try PreAssessment(row, bureaus: bureaus[id] ?? [], experts: experts[id] ?? []) }
        }
    }
}

/// Which pre-assessments a list shows.
struct PreAssessmentPage: Sendable {
    /// Those with which one of these units has to do; nil for all.
    var units: [UnitID]?
    let state: PreAssessmentStateName?
    let project: ProjectID?
    /// Those that wait for this bureau.
    let waiting: UnitID?
    /// The last entry of the page before.
    let after: PreAssessmentID?
    /// Entries at most.
    let limit: Int
}

extension PreAssessment {
    /// Result, grounds and time of its end.
    var end: (result: PreAssessmentResult?, text: String, at: BusinessTime?) {
        switch state {
        case .open: (nil, "", nil)
        case .combined(let result, let text, let at): (result, text, at)
        case .withdrawn(let at): (nil, "", at)
        }
    }

    fileprivate init(_ row: Row, bureaus: [BureauOpinion], experts: [ExpertOpinion]) throws {
        func ended() throws -> BusinessTime { try BusinessTime.stored(row, "ended_at") }
        let state: State =
            switch try PreAssessmentStateName.stored(row, "state") {
            case .open: .open
            case .combined: .combined(try .stored(row, "result"), text: try row.get("grounds"), at: try ended())
            case .withdrawn: .withdrawn(at: try ended())
            }
        func ids(_ column: String) throws -> [ExpertID] { try row.get(column, as: [UUID].self).map { ExpertID($0) } }
        let draw = try row.get("draw_seed", as: Int64?.self).map { seed in
            ExpertDraw(
                seed: UInt64(bitPattern: seed), candidates: try ids("draw_candidates"),
                excluded: try ids("draw_excluded"), drawn: try ids("draw_drawn"))
        }
        let numbers = try row.get("paper_numbers", as: [String].self)
        let hashes = try row.get("paper_hashes", as: [String].self)
        let papers = try row.get("paper_titles", as: [String].self).enumerated().map { index, title in
            Paper(title: title, number: numbers[index], sha256: [UInt8](hex: hashes[index]))
        }
        self.init(
            id: PreAssessmentID(try row.get("id", as: UUID.self)),
            project: ProjectID(try row.get("project_id", as: UUID.self)),
            applicant: try .stored(row, "applicant"),
            combiner: try .stored(row, "combiner"),
            isMajorOrSpecial: try row.get("major"),
            papers: papers, requestedAt: try .stored(row, "requested_at"),
            dueAt: try .stored(row, "due_at"), bureaus: bureaus, draw: draw,
            experts: experts,
            state: state, version: try row.get("seq"))
    }
}

extension BureauOpinion {
    fileprivate init(_ row: Row) throws {
        let statement = try BusinessTime.optional(row, "given_at").map { at in
            Statement(
                opinion: try .stored(row, "opinion"), text: try row.get("grounds"), veto: try .optional(row, "veto"),
                at: at)
        }
        self.init(
            unit: try .stored(row, "unit"), aspects: try Aspect.list(row, "aspects"),
            isOverdue: try row.get("overdue"), statement: statement)
    }
}

extension ExpertOpinion {
    fileprivate init(_ row: Row) throws {
        let statement = try BusinessTime.optional(row, "given_at").map { at in
            Statement(opinion: try .stored(row, "opinion"), text: try row.get("grounds"), at: at)
        }
        self.init(expert: ExpertID(try row.get("expert_id", as: UUID.self)), statement: statement)
    }
}

extension [UInt8] {
    /// Two lower-case hexadecimal digits for each byte.
    var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    /// The bytes of such digits; what is no digit ends them.
    init(hex text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        self = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
