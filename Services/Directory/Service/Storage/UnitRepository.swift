import DirectoryDomain
import Domain
import Postgres
import ServiceRuntime

/// Units with their names and successors (DIR-2, DIR-3).
enum UnitRepository {
    /// What a list of units selects.
    struct Filter: Sendable {
        var parent: UnitID?
        var kind: UnitKind?
        var region: RegionCode?
        /// When set, only units that exist on the day.
        var existingOn: CivilDate?
    }

    private static let columns: SQL = """
        SELECT unit.id, unit.kind, unit.parent_id, unit.region, unit.responsibilities, unit.subject,
            unit.responsible_unit_id, unit.contact_post, unit.ends_on, unit.planned_from, unit.seq,
            ARRAY(SELECT valid_from FROM directory.unit_name WHERE unit_id = unit.id ORDER BY valid_from) AS name_days,
            ARRAY(SELECT name FROM directory.unit_name WHERE unit_id = unit.id ORDER BY valid_from) AS names,
            ARRAY(SELECT short_name FROM directory.unit_name WHERE unit_id = unit.id ORDER BY valid_from)
                AS short_names,
            ARRAY(SELECT successor_id FROM directory.unit_successor WHERE unit_id = unit.id ORDER BY place)
                AS successors
        FROM directory.unit AS unit
        """

    /// One unit, locked against other changes until the transaction ends if asked for.
    static func find(_ id: UnitID, lock: Bool = false, _ tx: Transaction) throws -> Unit? {
        if lock {
            // Names and successors are read by a statement of their own, which sees what the lock waited for.
            try tx.execute("SELECT 1 FROM directory.unit WHERE id = \(id.text) FOR UPDATE")
        }
        return try tx.first("\(columns) WHERE unit.id = \(id.text)").map(unit)
    }

    /// Units of a filter in the order of their slugs.
    static func list(_ filter: Filter, after: String, limit: Int, _ tx: Transaction) throws -> [Unit] {
        let places = filter.region.map { Region.numbers(within: $0) }
        return try tx.query(
            """
            \(columns)
            JOIN directory.region AS region ON region.code = unit.region
            WHERE unit.id > \(after)
                AND (\(filter.parent?.text)::text IS NULL OR unit.parent_id = \(filter.parent?.text))
                AND (\(filter.kind?.rawValue)::text IS NULL OR unit.kind = \(filter.kind?.rawValue))
                AND (\(places?.lowerBound)::bigint IS NULL
                    OR region.place BETWEEN \(places?.lowerBound) AND \(places?.upperBound))
                AND (\(filter.existingOn?.stored)::date IS NULL OR (unit.starts_on <= \(filter.existingOn?.stored)
                    AND (unit.ends_on IS NULL OR unit.ends_on > \(filter.existingOn?.stored))))
            ORDER BY unit.id LIMIT \(limit)
            """, as: unit)
    }

    /// The units at the end of all chains of successors of a unit that exist on a day; itself while it does (DIR-3).
    static func current(of id: UnitID, on day: CivilDate, _ tx: Transaction) throws -> [UnitID] {
        try tx.query(
            """
            WITH RECURSIVE chain (id) AS (
                SELECT id FROM directory.unit WHERE id = \(id.text)
                UNION
                SELECT successor.successor_id
                FROM chain
                JOIN directory.unit AS unit ON unit.id = chain.id AND unit.ends_on <= \(day.stored)
                JOIN directory.unit_successor AS successor ON successor.unit_id = chain.id
            )
            SELECT unit.id FROM chain JOIN directory.unit AS unit ON unit.id = chain.id
            WHERE unit.ends_on IS NULL OR unit.ends_on > \(day.stored) ORDER BY unit.id
            """
        ) { row in try restoring("unit") { try UnitID(try row.get("id")) } }
    }

    /// A unit and all below it, those that have ended included.
    static func ids(below unit: String, _ tx: Transaction) throws -> [String] {
        try tx.query(
            """
            WITH RECURSIVE below (id) AS (
                SELECT id FROM directory.unit WHERE id = \(unit)
                UNION
                SELECT unit.id FROM below JOIN directory.unit AS unit ON unit.parent_id = below.id
            )
            SELECT id FROM below ORDER BY id
            """
        ) { try $0.get("id") }
    }

    /// The units that serve a region or one within it.
    static func ids(in region: RegionCode, _ tx: Transaction) throws -> [String] {
        let places = Region.numbers(within: region)
        return try tx.query(
            """
            SELECT unit.id FROM directory.unit AS unit JOIN directory.region AS region ON region.code = unit.region
            WHERE region.place BETWEEN \(places.lowerBound) AND \(places.upperBound) ORDER BY unit.id
            """
        ) { try $0.get("id") }
    }

    /// Locks the next units behind a slug, in their order.
    static func lock(after id: String, limit: Int, _ tx: Transaction) throws -> [String] {
        try tx.query(
            "SELECT id FROM directory.unit WHERE id > \(id) ORDER BY id LIMIT \(limit) FOR NO KEY UPDATE"
        ) { try $0.get("id") }
    }

    /// Units by their slugs, in that order; unknown ones are missing from the answer.
    static func find(_ ids: [String], _ tx: Transaction) throws -> [Unit] {
        try tx.query("\(columns) WHERE unit.id = ANY(\(ids)) ORDER BY unit.id", as: unit)
    }

    /// Units whose planned name is due on a day, locked; those that others hold are left out.
    static func withDueName(on day: CivilDate, limit: Int, _ tx: Transaction) throws -> [UnitID] {
        try tx.query(
            """
            SELECT id FROM directory.unit WHERE planned_from <= \(day.stored)
            ORDER BY planned_from, id LIMIT \(limit) FOR UPDATE SKIP LOCKED
            """
        ) { row in try restoring("unit") { try UnitID(try row.get("id")) } }
    }

    /// Stores a new unit.
    ///
    /// - Returns: False when the slug is taken.
    static func insert(_ unit: Unit, _ tx: Transaction) throws -> Bool {
        let charter = unit.charter
        let inserted = try tx.execute(
            """
            INSERT INTO directory.unit (id, kind, parent_id, region, responsibilities, subject, responsible_unit_id,
                contact_post, starts_on, ends_on, announced_from, planned_from, seq)
            VALUES (\(unit.id.text), \(charter.kind.rawValue), \(charter.parent?.text), \(charter.region.description),
                \(charter.responsibilities), \(charter.subject), \(charter.responsibleUnit?.text),
                \(charter.contactPost), \(unit.start.stored), NULL, \(unit.name.from.stored), NULL, \(unit.version))
            ON CONFLICT DO NOTHING
            """)
        guard inserted == 1 else { return false }
        try insert(unit.name, of: unit.id, tx)
        return true
    }

    /// Stores an announced change, which makes the version grow by one.
    static func save(_ unit: Unit, _ tx: Transaction) throws -> Unit {
        try store(unit, growth: 1, tx)
        return unit.stored()
    }

    /// Stores a plan, which is not announced and leaves the version as it is.
    static func savePlan(_ unit: Unit, _ tx: Transaction) throws { try store(unit, growth: 0, tx) }

    private static func store(_ unit: Unit, growth: Int64, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.unit SET ends_on = \(unit.end?.stored), announced_from = \(unit.name.from.stored),
                planned_from = \(unit.plannedName?.from.stored), seq = seq + \(growth)
            WHERE id = \(unit.id.text) AND seq = \(unit.version)
            """, expecting: 1)
        for name in (unit.names + [unit.plannedName].compactMap(\.self)).suffix(2) {
            try insert(name, of: unit.id, tx)
        }
        for (place, successor) in unit.successors.enumerated() {
            try tx.execute(
                """
                INSERT INTO directory.unit_successor (unit_id, successor_id, place)
                VALUES (\(unit.id.text), \(successor.text), \(Int32(place)))
                """, expecting: 1)
        }
    }

    // Names never change once they are stored, so one that is there already is the same.
    private static func insert(_ name: UnitName, of unit: UnitID, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO directory.unit_name (unit_id, valid_from, name, short_name)
            VALUES (\(unit.text), \(name.from.stored), \(name.name), \(name.shortName)) ON CONFLICT DO NOTHING
            """)
    }

    private static func unit(_ row: Row) throws -> Unit {
        try restoring("unit") {
            let days = try row.get("name_days", as: [CalendarDate].self)
            let texts = zip(try row.get("names", as: [String].self), try row.get("short_names", as: [String].self))
            var names = try zip(days, texts).map { day, text in
                try UnitName(name: text.0, shortName: text.1, from: try CivilDate(stored: day))
            }
            let planned = try row.get("planned_from", as: CalendarDate?.self) == nil ? nil : names.popLast()
            let successors = try row.get("successors", as: [String].self).map { try UnitID($0) }
            let end = try CivilDate.optional(row, "ends_on")
            return try Unit(
                id: try UnitID(try row.get("id")),
                charter: try Unit.Charter(
                    kind: try row.get("kind"),
                    parent: try row.get("parent_id", as: String?.self).map { try UnitID($0) },
                    region: try RegionCode(try row.get("region")), responsibilities: try row.get("responsibilities"),
                    subject: try row.get("subject"),
                    responsibleUnit: try row.get("responsible_unit_id", as: String?.self).map { try UnitID($0) },
                    contactPost: try row.get("contact_post")),
                names: names, plannedName: planned,
                state: end.map { .ended(on: $0, successors: successors) } ?? .existing, version: try row.get("seq"))
        }
    }
}

extension UnitKind: PostgresDecodable {}
