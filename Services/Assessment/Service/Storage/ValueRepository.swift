import AssessmentDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// Reported values with their history (ASM-7).
struct ValueRepository: Sendable {
    /// The aggregate; nil when there is none.
    func find(_ id: ValueID, in tx: Transaction) throws -> ReportedValue? {
        let row = try tx.first(
            """
            SELECT id, indicator_id, unit_id, period, year, number, state, seq FROM assessment.reported_value
            WHERE id = \(id.uuid)
            """)
        return try row.map { try value($0, in: tx) }
    }

    /// Values of an indicator and period behind a unit, of some units or of all.
    func list(
        _ indicator: IndicatorID, _ period: AssessmentPeriod, after unit: UnitID?, limit: Int, in tx: Transaction
    ) throws -> [ReportedValue] {
        try tx.query(
            """
            SELECT id, indicator_id, unit_id, period, year, number, state, seq FROM assessment.reported_value
            WHERE indicator_id = \(indicator.text) AND year = \(period.year) AND period = \(period.kind.rawValue)
                AND number = \(period.number) AND (\(unit?.text)::text IS NULL OR unit_id > \(unit?.text))
            ORDER BY unit_id LIMIT \(limit)
            """
        ).map { try value($0, in: tx) }
    }

    /// Stores a first report.
    func insert(_ value: ReportedValue, in tx: Transaction) throws {
        let inserted = try tx.execute(
            """
            INSERT INTO assessment.reported_value
                (id, indicator_id, unit_id, period, year, number, state, value, origin, late, seq)
            VALUES (\(value.id.uuid), \(value.indicator.text), \(value.unit.text), \(value.period.kind.rawValue),
                \(value.period.year), \(value.period.number), \(value.state.rawValue), \(value.value.millionths),
                \(value.origin.rawValue), \(value.isLate), 1)
            ON CONFLICT (indicator_id, year, period, number, unit_id) DO NOTHING
            """)
        guard inserted == 1 else {
            throw Problem.alreadyExists("value of \(value.indicator) of \(value.unit) for \(value.period)")
        }
        try insertLastEntry(of: value, in: tx)
    }

    /// Stores the entry that a command appended.
    ///
    /// - Returns: the sequence number of its event, where it emits one.
    @discardableResult
    func save(_ value: ReportedValue, emits: Bool = false, in tx: Transaction) throws -> Int64 {
        let row = try tx.first(
            """
            UPDATE assessment.reported_value
            SET seq = seq + 1, event_seq = event_seq + \(emits ? 1 : 0), state = \(value.state.rawValue),
                value = \(value.value.millionths), origin = \(value.origin.rawValue)
            WHERE id = \(value.id.uuid) AND seq = \(value.version - 1) RETURNING event_seq
            """)
        guard let row else {
            throw try tx.lostRace("SELECT seq FROM assessment.reported_value WHERE id = \(value.id.uuid)")
        }
        try insertLastEntry(of: value, in: tx)
        return try row.get("event_seq")
    }

    private func insertLastEntry(of value: ReportedValue, in tx: Transaction) throws {
        guard let entry = value.entries.last else { return }
        try tx.execute(
            """
            INSERT INTO assessment.value_entry (value_id, number, kind, value, account, reason, at)
            VALUES (\(value.id.uuid), \(entry.number), \(entry.kind.rawValue), \(entry.value.millionths),
                \(entry.account.text), \(entry.reason), \(entry.at.instant))
            """, expecting: 1)
    }

    private func value(_ row: Row, in tx: Transaction) throws -> ReportedValue {
        try reading {
            let id = ValueID(try row.get("id", as: UUID.self))
            let entries = try tx.query(
                """
                SELECT number, kind, value, account, reason, at FROM assessment.value_entry
                WHERE value_id = \(id.uuid) ORDER BY number
                """
            ) { row in
                ValueEntry(
                    number: Int(try row.get("number", as: Int32.self)), kind: try .stored(row, "kind"),
                    value: try .stored(row, "value"), account: AccountID(try row.get("account")),
                    reason: try row.get("reason"), at: try .stored(row, "at"))
            }
            return ReportedValue(
                id: id, indicator: try IndicatorID(row.get("indicator_id"), field: "indicator_id"),
                unit: try .stored(row, "unit_id"), period: try .stored(row),
                state: try .stored(row, "state"), entries: entries, version: try row.get("seq"))
        }
    }
}
