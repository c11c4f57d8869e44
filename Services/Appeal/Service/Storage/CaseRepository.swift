import AppealDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// One step of the trail as it is stored.
struct StoredStep: Sendable {
    let place: Int
    let kind: StepKind
    let at: Instant
    let account: String
    let unit: String
    let toUnit: String?
    let state: CaseStateName
    let text: String
    let round: Int
}

/// Cases with their trail and their ledger in the schema `appeal` (APL-2, APL-3).
struct CaseRepository: Sendable {
    let rules = RuleRepository()

    /// A case; nil when there is none. `locks` holds its row until the transaction ends: commands and timers take it
    /// before anything else of the case.
    func find(_ id: CaseID, locks: Bool, in tx: Transaction) throws -> StoredCase? {
        let lock: SQL = locks ? " FOR NO KEY UPDATE" : ""
        let sql: SQL = """
            SELECT \(StoredCase.columns) FROM appeal.case_file AS c WHERE c.id = \(id.uuid)
            """
        guard let row = try tx.first(sql + lock) else { return nil }
        return try cases([row], in: tx).first
    }

    /// Turns rows into cases, with the pauses of all of them at once.
    func cases(_ rows: [Row], in tx: Transaction) throws -> [StoredCase] {
        guard !rows.isEmpty else { return [] }
        let book = try rules.book(in: tx)
        let ids = try rows.map { try $0.get("id", as: UUID.self) }
        let lines = try tx.query(
            """
            SELECT case_id, line, paused_on, resumed_on, reason, account FROM appeal.case_pause
            WHERE case_id = ANY (\(ids)) ORDER BY case_id, line
            """
        ) { row in
            (
                id: try row.get("case_id", as: UUID.self),
                line: try reading {
                    PauseLine(
                        number: Int(try row.get("line", as: Int32.self)),
                        pause: try ClockPause(
                            from: .stored(row, "paused_on"), until: .optional(row, "resumed_on"),
                            reason: row.get("reason")), account: try row.get("account"))
                }
            )
        }
        let pauses = Dictionary(grouping: lines, by: \.id).mapValues { $0.map(\.line) }
        return try rows.map { row in
            try reading {
                try StoredCase(row, pauses: pauses[row.get("id", as: UUID.self)] ?? [], book: book)
            }
        }
    }

    /// The next number of a kind in a year: each kind counts by itself, so that no gap tells of another kind.
    func nextNumber(_ prefix: String, year: Int, in tx: Transaction) throws -> String {
        let last = try tx.only(
            """
            INSERT INTO appeal.number_counter AS counter (prefix, year, last) VALUES (\(prefix), \(year), 1)
            ON CONFLICT (prefix, year) DO UPDATE SET last = counter.last + 1 RETURNING last
            """
        ).get("last", as: Int32.self)
        let digits = String(last)
        return "\(prefix)\(year)\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
    }

    /// Stores a new case with its first step.
    func insert(_ stored: StoredCase, in tx: Transaction) throws {
        let one = stored.one
        let (submission, clocks, rules) = (one.submission, one.clocks, one.clocks.rules)
        try tx.execute(
            """
            INSERT INTO appeal.case_file
                (id, number, kind, state, category, title, body, enterprise_id, applicant_unit, account, is_anonymous,
                 named_unit, complained_unit, region, industry, project_id, submitted_at, is_binding, reason,
                 right_place, question, returns, decision, round, round_start, route, reply_rule, reply_rule_from,
                 legal_rule, legal_rule_from, solution_rule, solution_rule_from, extension, extension_days,
                 extension_by, overdue, reply_due_on, solution_due_on, seq, event_seq)
            VALUES (\(one.id.uuid), \(one.number), \(submission.kind.rawValue), \(one.state.name.rawValue),
                \(one.category), \(one.content.title), \(one.content.text), \(submission.applicant.enterprise),
                \(submission.applicant.unit?.text), \(submission.account), \(submission.isAnonymous),
                \(submission.namedUnit?.text), \(submission.complainedUnit?.text), \(submission.region.description),
                \(submission.industry?.description), \(submission.project), \(submission.at.instant), false, '', '', '',
                \(one.returns), '', \(clocks.round), \(clocks.start.stored), \(clocks.route.rawValue),
                \(rules.reply.id), \(rules.reply.validFrom.stored), \(rules.legal?.id), \(rules.legal?.validFrom.stored),
                \(rules.solution?.id), \(rules.solution?.validFrom.stored), 'none', 0, '', ARRAY[]::text[],
                \(stored.replyDueOn?.stored), \(stored.solutionDueOn?.stored), \(one.version), \(stored.eventSeq))
            """, expecting: 1)
        // Whoever reports a problem may read it, but does not have it.
        if let unit = submission.applicant.unit { try join(unit, one, hasLeft: true, in: tx) }
    }

    /// Stores a changed case, whose row the transaction has locked.
    func save(_ stored: StoredCase, before: Case, in tx: Transaction) throws {
        let (one, clocks, rules) = (stored.one, stored.one.clocks, stored.one.clocks.rules)
        let columns = StateColumns(one.state)
        let asker: String =
            switch clocks.extension {
            case .requested(_, let account): account
            case .none, .approved, .rejected: ""
            }
        let days: Int =
            switch clocks.extension {
            case .requested(let days, _), .approved(let days): days
            case .none, .rejected: 0
            }
        let changed = try tx.execute(
            """
            UPDATE appeal.case_file SET
                state = \(one.state.name.rawValue), category = \(one.category), title = \(one.content.title),
                body = \(one.content.text), desk = \(columns.desk), unit = \(columns.unit),
                is_binding = \(columns.isBinding), reason = \(columns.reason), right_place = \(columns.rightPlace),
                question = \(columns.question), reply = \(columns.reply?.text),
                replied_at = \(columns.reply?.at.instant), is_on_time = \(columns.reply?.isOnTime),
                resolved_at = \(columns.resolvedAt?.instant), mark = \(columns.rating?.mark),
                rating_words = \(columns.rating?.words), rated_at = \(columns.rating?.at.instant),
                returns = \(one.returns), decision = \(one.decision), round = \(clocks.round),
                round_start = \(clocks.start.stored), route = \(clocks.route.rawValue), reply_rule = \(rules.reply.id),
                reply_rule_from = \(rules.reply.validFrom.stored), legal_rule = \(rules.legal?.id),
                legal_rule_from = \(rules.legal?.validFrom.stored), solution_rule = \(rules.solution?.id),
                solution_rule_from = \(rules.solution?.validFrom.stored), promised_days = \(clocks.promisedDays),
                extension = \(clocks.extension.name.rawValue), extension_days = \(days), extension_by = \(asker),
                overdue = \(clocks.overdue.map(\.rawValue).sorted()), reply_due_on = \(stored.replyDueOn?.stored),
                solution_due_on = \(stored.solutionDueOn?.stored), seq = \(one.version),
                event_seq = \(stored.eventSeq)
            WHERE id = \(one.id.uuid) AND seq = \(before.version)
            """)
        guard changed == 1 else { throw Problem.conflict(currentVersion: before.version) }
        try hand(one, from: before.state.assignment?.unit, in: tx)
        for line in clocks.pauses where !before.clocks.pauses.contains(line) { try write(line, of: one.id, in: tx) }
    }

    /// Keeps the chain when a case comes to another unit, or to none.
    private func hand(_ one: Case, from before: UnitID?, in tx: Transaction) throws {
        let unit = one.state.assignment?.unit
        guard unit != before else { return }
        if let before {
            try tx.execute(
                """
                UPDATE appeal.case_unit SET has_left = true
                WHERE case_id = \(one.id.uuid) AND unit = \(before.text) AND NOT has_left
                """, expecting: 1)
        }
        if let unit { try join(unit, one, hasLeft: false, in: tx) }
    }

    private func join(_ unit: UnitID, _ one: Case, hasLeft: Bool, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO appeal.case_unit (case_id, unit, submitted_at, has_left)
            VALUES (\(one.id.uuid), \(unit.text), \(one.submission.at.instant), \(hasLeft))
            ON CONFLICT (case_id, unit) DO UPDATE SET has_left = EXCLUDED.has_left
            """, expecting: 1)
    }

    private func write(_ line: PauseLine, of id: CaseID, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO appeal.case_pause (case_id, line, paused_on, resumed_on, reason, account)
            VALUES (\(id.uuid), \(line.number), \(line.pause.from.stored), \(line.pause.until?.stored),
                \(line.pause.reason), \(line.account))
            ON CONFLICT (case_id, line) DO UPDATE SET resumed_on = EXCLUDED.resumed_on
            """, expecting: 1)
    }

    /// Adds a step to the trail of a case, whose row the transaction has locked.
    func add(
        _ change: CaseChange, of one: Case, account: String, unit: String, at now: Instant, in tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO appeal.case_step (case_id, place, kind, at, account, unit, to_unit, state, body, round)
            SELECT \(one.id.uuid), coalesce(max(place), 0) + 1, \(change.step.rawValue), \(now), \(account), \(unit),
                \(change.toUnit?.text), \(one.state.name.rawValue), \(change.text), \(one.clocks.round)
            FROM appeal.case_step WHERE case_id = \(one.id.uuid)
            """, expecting: 1)
    }

    /// A page of the trail, oldest first.
    func steps(of id: CaseID, after place: Int, limit: Int, in tx: Transaction) throws -> [StoredStep] {
        try tx.query(
            """
            SELECT place, kind, at, account, unit, to_unit, state, body, round FROM appeal.case_step
            WHERE case_id = \(id.uuid) AND place > \(place) ORDER BY place LIMIT \(limit)
            """
        ) { row in
            StoredStep(
                place: Int(try row.get("place", as: Int32.self)), kind: try .stored(row, "kind"), at: try row.get("at"),
                account: try row.get("account"), unit: try row.get("unit"), toUnit: try row.get("to_unit"),
                state: try .stored(row, "state"), text: try row.get("body"),
                round: Int(try row.get("round", as: Int32.self)))
        }
    }

    /// Every unit that ever had a case, and the one that reported it.
    func chain(of id: CaseID, in tx: Transaction) throws -> [String] {
        try tx.query("SELECT unit FROM appeal.case_unit WHERE case_id = \(id.uuid) ORDER BY unit") {
            try $0.get("unit")
        }
    }
}

extension Applicant {
    /// The enterprise; nil for a unit.
    var enterprise: UUID? {
        switch self {
        case .enterprise(let id): id
        case .unit, .bank: nil
        }
    }

    /// The unit; nil for an enterprise.
    var unit: UnitID? {
        switch self {
        case .enterprise: nil
        case .unit(let unit), .bank(let unit): unit
        }
    }
}
