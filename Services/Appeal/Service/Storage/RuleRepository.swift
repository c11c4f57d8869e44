import AppealDomain
import Domain
import Postgres
import ServiceRuntime

/// A rule with the days on which it holds, as lists show it.
struct StoredRule: Sendable {
    let entry: RuleBook.Entry

    init(_ row: Row) throws {
        let amount = Int(try row.get("amount", as: Int32.self))
        let limit: DeadlineRule.Limit
        switch try row.get("count", as: String.self) {
        case "months": limit = .months(amount)
        case "before_each_month": limit = .beforeEachMonth
        case _:
            limit = .days(
                try DeadlineTerm(
                    days: amount, count: .stored(row, "count"), isAbsolute: row.get("is_absolute", as: Bool.self)))
        }
        let clock = try row.get("clock", as: String?.self).map { word in
            try present(ClockKind(rawValue: word), "clock")
        }
        entry = RuleBook.Entry(
            rule: DeadlineRule(
                id: try row.get("id"), matter: try row.get("matter"), category: try row.get("category"),
                isForHigherLevel: try row.get("is_for_higher_level"), limit: limit,
                outerDays: try row.get("outer_days", as: Int32?.self).map(Int.init), after: try row.get("after"),
                source: try row.get("source"),
                valid: try Period(
                    from: .stored(row, "valid_from"), until: .optional(row, "valid_until"))), clock: clock)
    }
}

/// The rules of deadlines in the schema `appeal` (APL-3).
struct RuleRepository: Sendable {
    private static let columns: SQL = """
        id, matter, category, is_for_higher_level, clock, amount, count, outer_days, is_absolute, after, source,
        valid_from, valid_until
        """

    /// All rules, those of the past too: clocks may still run by them.
    func book(in tx: Transaction) throws -> RuleBook {
        RuleBook(
            try tx.query("SELECT \(Self.columns) FROM appeal.deadline_rule ORDER BY id, valid_from") { row in
                try reading { try StoredRule(row).entry }
            })
    }

    /// A page of rules in the order of slug and first day; those in force on a day, or all.
    func list(
        on day: CivilDate?, after: (id: String, from: CivilDate)?, limit: Int, in tx: Transaction
    ) throws -> [RuleBook.Entry] {
        var sql: SQL = "SELECT \(Self.columns) FROM appeal.deadline_rule WHERE true"
        if let day {
            sql += " AND valid_from <= \(day.stored) AND (valid_until IS NULL OR valid_until > \(day.stored))"
        }
        if let after { sql += " AND (id, valid_from) > (\(after.id), \(after.from.stored))" }
        sql += " ORDER BY id, valid_from LIMIT \(limit)"
        return try tx.query(sql) { row in try reading { try StoredRule(row).entry } }
    }

    /// Sets a rule from its first day on and ends the one of the same slug that held until then.
    ///
    /// - Returns: false when a rule of the slug begins on that day or later already.
    func set(_ entry: RuleBook.Entry, in tx: Transaction) throws -> Bool {
        let rule = entry.rule
        let later = try tx.query(
            """
            SELECT valid_from FROM appeal.deadline_rule WHERE id = \(rule.id) ORDER BY valid_from FOR UPDATE
            """
        ) { try CivilDate.stored($0, "valid_from") }
        guard later.allSatisfy({ $0 < rule.valid.start }) else { return false }
        try tx.execute(
            """
            UPDATE appeal.deadline_rule SET valid_until = \(rule.valid.start.stored)
            WHERE id = \(rule.id) AND (valid_until IS NULL OR valid_until > \(rule.valid.start.stored))
            """)
        let (amount, count, isAbsolute) = rule.limit.stored
        try tx.execute(
            """
            INSERT INTO appeal.deadline_rule
                (id, matter, category, is_for_higher_level, clock, amount, count, outer_days, is_absolute, after, source,
                 valid_from)
            VALUES (\(rule.id), \(rule.matter), \(rule.category), \(rule.isForHigherLevel), \(entry.clock?.rawValue),
                \(amount), \(count), \(rule.outerDays), \(isAbsolute), \(rule.after), \(rule.source),
                \(rule.valid.start.stored))
            """, expecting: 1)
        return true
    }
}

extension DeadlineRule.Limit {
    /// The columns `amount`, `count` and `is_absolute`.
    var stored: (amount: Int, count: String, isAbsolute: Bool) {
        switch self {
        case .days(let term): (term.days, term.count.rawValue, term.isAbsolute)
        case .months(let months): (months, "months", false)
        case .beforeEachMonth: (0, "before_each_month", false)
        }
    }
}
