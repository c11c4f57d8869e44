import AssessmentDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// One revision of targets as lists and answers show it.
struct StoredTargets: Sendable {
    let id: TargetsID
    let indicator: IndicatorID
    let year: Int
    let owner: UnitID
    let revision: TargetRevision
    let state: TargetState
    let reviewedBy: AccountID?
    let version: Int64
}

/// Targets over their revisions, with their history (ASM-3).
struct TargetRepository: Sendable {
    let coding: ContentCoding

    private static let columns: SQL = """
        t.id, t.indicator_id, t.year, t.owner_unit, t.seq, r.revision, r.state, r.content_format, r.content, r.total,
        r.mismatch_years, r.mismatch_stated, r.mismatch_found, r.acknowledged, r.authors, r.reviewed_by, r.reason
        """

    /// The aggregate; nil when there is none.
    func find(_ id: TargetsID, in tx: Transaction) throws -> Targets? {
        let revisions = try tx.query(
            """
            SELECT \(Self.columns)
            FROM assessment.target_revision AS r JOIN assessment.targets AS t ON t.id = r.targets_id
            WHERE t.id = \(id.uuid) AND r.state <> 'superseded' ORDER BY r.revision DESC LIMIT 2
            """
        ) { try stored($0, rows: try rows(of: id, revision: Int($0.get("revision", as: Int32.self)), in: tx)) }
        guard let newest = revisions.first else { return nil }
        let before = revisions.dropFirst().first?.revision
        let state: Targets.State
        switch newest.state {
        case .draft: state = .draft(newest.revision, before: before)
        case .inReview: state = .inReview(newest.revision, before: before)
        case .reviewed:
            guard let reviewer = newest.reviewedBy else {
                throw PostgresError.decoding(column: "reviewed_by", reason: "is missing")
            }
            state = .reviewed(newest.revision, by: reviewer, before: before)
        case .approved: state = .approved(newest.revision)
        case .superseded: throw PostgresError.decoding(column: "state", reason: "no revision is the newest")
        }
        return Targets(
            id: id, indicator: newest.indicator, year: newest.year, owner: newest.owner, state: state,
            version: newest.version)
    }

    /// One revision with its rows; the newest for nil.
    func revision(_ number: Int?, of id: TargetsID, in tx: Transaction) throws -> StoredTargets? {
        try tx.first(
            """
            SELECT \(Self.columns)
            FROM assessment.target_revision AS r JOIN assessment.targets AS t ON t.id = r.targets_id
            WHERE t.id = \(id.uuid) AND (\(number)::integer IS NULL OR r.revision = \(number))
            ORDER BY r.revision DESC LIMIT 1
            """
        ).map { try stored($0, rows: try rows(of: id, revision: Int($0.get("revision", as: Int32.self)), in: tx)) }
    }

    /// Newest revisions without rows, newest year first.
    func list(
        year: Int?, state: TargetState?, after: (year: Int, id: TargetsID)?, limit: Int, in tx: Transaction
    ) throws -> [StoredTargets] {
        var sql: SQL = """
            SELECT \(Self.columns)
            FROM assessment.targets AS t
            JOIN LATERAL (
                SELECT * FROM assessment.target_revision WHERE targets_id = t.id ORDER BY revision DESC LIMIT 1
            ) AS r ON true
            WHERE true
            """
        if let year { sql += " AND t.year = \(year)" }
        if let state { sql += " AND r.state = \(state.rawValue)" }
        if let after { sql += " AND (t.year, t.id) < (\(after.year), \(after.id.uuid))" }
        sql += " ORDER BY t.year DESC, t.id DESC LIMIT \(limit)"
        return try tx.query(sql) { try stored($0, rows: []) }
    }

    /// Stores new targets with their first step.
    func insert(_ targets: Targets, by account: AccountID, at now: BusinessTime, in tx: Transaction) throws {
        let inserted = try tx.execute(
            """
            INSERT INTO assessment.targets (id, indicator_id, year, owner_unit, seq)
            VALUES (\(targets.id.uuid), \(targets.indicator.text), \(targets.year), \(targets.owner.text), 1)
            ON CONFLICT (indicator_id, year) DO NOTHING
            """)
        guard inserted == 1 else {
            throw Problem.alreadyExists("targets of \(targets.indicator) for \(targets.year)")
        }
        try write(targets, in: tx)
        try step(.draft, of: targets, since: [], reason: "", by: account, at: now, in: tx)
    }

    /// Stores a command's effect on the newest revision.
    ///
    /// - Parameters:
    ///   - before: the rows before, of an edit.
    ///   - superseded: the revision whose place an approval takes.
    ///   - events: how many events the command emits.
    /// - Returns: the sequence number of the first of these events.
    @discardableResult
    func save(
        _ command: TargetCommand, of targets: Targets, since before: [TargetRow]? = nil,
        superseding superseded: Int? = nil,
        reason: String = "", events: Int = 0, by account: AccountID, at now: BusinessTime, in tx: Transaction
    ) throws -> Int64 {
        let row = try tx.first(
            """
            UPDATE assessment.targets SET seq = seq + 1, event_seq = event_seq + \(events)
            WHERE id = \(targets.id.uuid) AND seq = \(targets.version - 1) RETURNING event_seq
            """)
        guard let row else { throw try tx.lostRace("SELECT seq FROM assessment.targets WHERE id = \(targets.id.uuid)") }
        if let superseded {
            try tx.execute(
                """
                UPDATE assessment.target_revision SET state = 'superseded'
                WHERE targets_id = \(targets.id.uuid) AND revision = \(superseded) AND state = 'approved'
                """, expecting: 1)
        }
        try write(targets, approvedBy: command == .approve ? account : nil, in: tx)
        try step(command, of: targets, since: before, reason: reason, by: account, at: now, in: tx)
        return try row.get("event_seq", as: Int64.self) - Int64(events) + 1
    }

    private func write(_ targets: Targets, approvedBy: AccountID? = nil, in tx: Transaction) throws {
        let revision = targets.newest
        let reviewer: AccountID?
        switch targets.state {
        case .draft, .inReview: reviewer = nil
        case .reviewed(_, let by, _): reviewer = by
        case .approved:
            // The reviewer stands in the row already.
            try tx.execute(
                """
                UPDATE assessment.target_revision SET state = 'approved', approved_by = \(approvedBy?.text)
                WHERE targets_id = \(targets.id.uuid) AND revision = \(revision.number) AND state = 'reviewed'
                """, expecting: 1)
            return
        }
        let mismatches = revision.mismatches.map(\.columns)
        try tx.execute(
            """
            INSERT INTO assessment.target_revision
                (targets_id, revision, state, content_format, content, total, mismatch_years, mismatch_stated,
                 mismatch_found, acknowledged, authors, reviewed_by, reason)
            VALUES (\(targets.id.uuid), \(revision.number), \(targets.stateName.rawValue), \(coding.format),
                \(try coding.encodeTargets(revision.content)), \(revision.decomposition.total.millionths),
                \(mismatches.map(\.year)), \(mismatches.map(\.stated)), \(mismatches.map(\.found)),
                \(revision.isAcknowledged), \(revision.authors.map(\.text).sorted()), \(reviewer?.text),
                \(revision.reason))
            ON CONFLICT (targets_id, revision) DO UPDATE SET
                state = EXCLUDED.state, content_format = EXCLUDED.content_format, content = EXCLUDED.content,
                total = EXCLUDED.total, mismatch_years = EXCLUDED.mismatch_years,
                mismatch_stated = EXCLUDED.mismatch_stated, mismatch_found = EXCLUDED.mismatch_found,
                acknowledged = EXCLUDED.acknowledged, authors = EXCLUDED.authors, reviewed_by = EXCLUDED.reviewed_by,
                reason = EXCLUDED.reason
            """, expecting: 1)
        try tx.execute(
            """
            DELETE FROM assessment.target_row
            WHERE targets_id = \(targets.id.uuid) AND revision = \(revision.number)
            """)
        let rows = revision.decomposition.rows
        try tx.execute(
            """
            INSERT INTO assessment.target_row (targets_id, revision, unit_id, target)
            SELECT \(targets.id.uuid), \(revision.number), unit, target
            FROM unnest(\(rows.map(\.unit.text)), \(rows.map(\.target.millionths))) AS given (unit, target)
            """, expecting: rows.count)
    }

    private func step(
        _ command: TargetCommand, of targets: Targets, since before: [TargetRow]?, reason: String,
        by account: AccountID, at now: BusinessTime, in tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO assessment.target_step (targets_id, version, revision, state, step, account, reason, at)
            VALUES (\(targets.id.uuid), \(targets.version), \(targets.newest.number), \(targets.stateName.rawValue),
                \(command.rawValue), \(account.text), \(reason), \(now.instant))
            """, expecting: 1)
        guard let before else { return }
        let was = Dictionary(uniqueKeysWithValues: before.map { ($0.unit, $0.target) })
        let now = Dictionary(uniqueKeysWithValues: targets.newest.decomposition.rows.map { ($0.unit, $0.target) })
        for unit in Set(was.keys).union(now.keys).sorted() where was[unit] != now[unit] {
            try tx.execute(
                """
                INSERT INTO assessment.target_change (targets_id, version, unit_id, before, after)
                VALUES (\(targets.id.uuid), \(targets.version), \(unit.text), \(was[unit]?.millionths),
                    \(now[unit]?.millionths))
                """, expecting: 1)
        }
    }

    private func rows(of id: TargetsID, revision: Int, in tx: Transaction) throws -> [TargetRow] {
        try tx.query(
            """
            SELECT unit_id, target FROM assessment.target_row
            WHERE targets_id = \(id.uuid) AND revision = \(revision) ORDER BY unit_id
            """
        ) { row in
            try reading {
                TargetRow(unit: try .stored(row, "unit_id"), target: try .stored(row, "target"))
            }
        }
    }

    private func stored(_ row: Row, rows: [TargetRow]) throws -> StoredTargets {
        try reading {
            let years = try row.get("mismatch_years", as: [Int16].self)
            let stated = try row.get("mismatch_stated", as: [Int64].self)
            let found = try row.get("mismatch_found", as: [Int64].self)
            guard years.count == stated.count, years.count == found.count else {
                throw PostgresError.decoding(column: "mismatch_years", reason: "differs in length from its neighbours")
            }
            let content = try coding.decodeTargets(row.get("content"), row.get("content_format"))
            return StoredTargets(
                id: TargetsID(try row.get("id")),
                indicator: try IndicatorID(row.get("indicator_id"), field: "indicator"),
                year: Int(try row.get("year", as: Int16.self)),
                owner: try .stored(row, "owner_unit"),
                revision: TargetRevision(
                    number: Int(try row.get("revision", as: Int32.self)), content: content,
                    decomposition: Decomposition(total: try .stored(row, "total"), rows: rows),
                    mismatches: years.indices.map {
                        TargetMismatch(year: years[$0], stated: stated[$0], found: found[$0])
                    },
                    isAcknowledged: try row.get("acknowledged"),
                    authors: Set(try row.get("authors", as: [String].self).map(AccountID.init)),
                    reason: try row.get("reason")),
                state: try .stored(row, "state"),
                reviewedBy: try row.get("reviewed_by", as: String?.self).map(AccountID.init),
                version: try row.get("seq"))
        }
    }
}

extension TargetMismatch {
    /// Year 0 stands for the sum of the rows.
    fileprivate var columns: (year: Int16, stated: Int64, found: Int64) {
        switch self {
        case .sum(let stated, let found): (0, stated.millionths, found.millionths)
        case .longerGoal(let year, let stated, let found): (Int16(year), stated.millionths, found.millionths)
        }
    }

    fileprivate init(year: Int16, stated: Int64, found: Int64) {
        let (stated, found) = (FixedNumber(millionths: stated), FixedNumber(millionths: found))
        self =
            year == 0 ? .sum(stated: stated, found: found) : .longerGoal(year: Int(year), stated: stated, found: found)
    }
}
