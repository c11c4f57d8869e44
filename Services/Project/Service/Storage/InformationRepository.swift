import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// Items of information in the schema `project` (PRJ-1).
struct InformationRepository: Sendable {
    private static let columns: SQL = """
        id, class, collector, unit, enterprise, subject, content, state, handling_unit, disposal, feedback, filed_at,
        sorted_at, disposed_at, fed_back_at, seq
        """

    /// Stores a new item with its first event.
    func insert(_ item: Information, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO project.information
                (id, class, collector, unit, enterprise, subject, content, state, filed_at, seq, event_seq)
            VALUES (\(item.id.uuid), \(item.informationClass.rawValue), \(item.collector.rawValue),
                \(item.filer.unit?.text), \(item.filer.enterprise), \(item.subject), \(item.content),
                \(item.stateName.rawValue), \(item.filedAt.instant), \(item.version), 1)
            """, expecting: 1)
    }

    /// Stores a change and counts its events.
    ///
    /// - Returns: the sequence number of the last event.
    func save(_ item: Information, events: Int, in tx: Transaction) throws -> Int64 {
        let rows = try tx.query(
            """
            UPDATE project.information
            SET class = \(item.informationClass.rawValue), state = \(item.stateName.rawValue),
                handling_unit = \(item.sorting?.unit.text), disposal = \(item.disposal?.text),
                feedback = \(item.feedback?.text), sorted_at = \(item.sorting?.at.instant),
                disposed_at = \(item.disposal?.at.instant), fed_back_at = \(item.feedback?.at.instant),
                seq = seq + 1, event_seq = event_seq + \(events)
            WHERE id = \(item.id.uuid) AND seq = \(item.version - 1) RETURNING event_seq
            """)
        return try RowLock.advanced(rows, table: "information", id: item.id.uuid, in: tx)
    }

    /// One item; nil when there is none.
    func find(_ id: InformationID, in tx: Transaction) throws -> Information? {
        try tx.first("SELECT \(Self.columns) FROM project.information WHERE id = \(id.uuid)")
            .map { row in try reading { try Information(row) } }
    }

    /// Items, newest first.
    func list(_ page: InformationPage, in tx: Transaction) throws -> [Information] {
        var sql: SQL = "SELECT \(Self.columns) FROM project.information WHERE true"
        switch page.reach {
        case .all: break
        case .units(let units):
            let slugs = units.map(\.text)
            sql += " AND (unit = ANY (\(slugs)) OR handling_unit = ANY (\(slugs)))"
        case .enterprise(let id): sql += " AND enterprise = \(id)"
        }
        if let state = page.state { sql += " AND state = \(state.rawValue)" }
        if let informationClass = page.informationClass { sql += " AND class = \(informationClass.rawValue)" }
        if page.isOpen { sql += " AND state <> 'fed_back'" }
        if let after = page.after { sql += " AND id < \(after.uuid)" }
        sql += " ORDER BY id DESC LIMIT \(page.limit)"
        return try tx.query(sql) { row in try reading { try Information(row) } }
    }
}

/// Which items a list shows.
struct InformationPage: Sendable {
    /// Whose items.
    enum Reach: Sendable {
        case all
        /// Those that one of the units filed or deals with.
        case units([UnitID])
        /// Those that the enterprise filed.
        case enterprise(UUID)
    }

    /// Whose items; found by the caller.
    var reach = Reach.units([])
    /// One state only.
    let state: InformationStateName?
    /// One class only.
    let informationClass: InformationClass?
    /// Only those whose loop is not closed.
    let isOpen: Bool
    /// The last entry of the page before.
    let after: InformationID?
    /// Entries at most.
    let limit: Int
}

extension Information {
    fileprivate init(_ row: Row) throws {
        func answer(_ text: String, _ time: String) throws -> Answer {
            Answer(text: try row.get(text), at: try .stored(row, time))
        }
        func sorting() throws -> Sorting {
            Sorting(
                unit: try .stored(row, "handling_unit"),
                at: try .stored(row, "sorted_at"))
        }
        let state: State =
            switch try InformationStateName.stored(row, "state") {
            case .filed: .filed
            case .sorted: .sorted(try sorting())
            case .disposed: .disposed(try sorting(), disposal: try answer("disposal", "disposed_at"))
            case .fedBack:
                .fedBack(
                    try sorting(), disposal: try answer("disposal", "disposed_at"),
                    feedback: try answer("feedback", "fed_back_at"))
            }
        let filer: Filer =
            if let enterprise = try row.get("enterprise", as: UUID?.self) {
                .enterprise(enterprise)
            } else {
                .unit(try .stored(row, "unit"))
            }
        self.init(
            id: InformationID(try row.get("id", as: UUID.self)), informationClass: try .stored(row, "class"),
            collector: try .stored(row, "collector"), filer: filer,
            subject: try row.get("subject"), content: try row.get("content"),
            filedAt: try .stored(row, "filed_at"), state: state,
            version: try row.get("seq"))
    }
}
