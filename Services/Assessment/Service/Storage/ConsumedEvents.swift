import AssessmentDomain
import Domain
import Messaging
import Postgres
import ServiceRuntime

/// An event as it was consumed (ASM-15).
struct ConsumedEvent: Sendable {
    let place: Int64
    let topic: String
    let type: String
    let subject: String
    let payload: [UInt8]
    let at: Instant
    let reading: EvidenceReading
}

/// An event behind a figure.
struct TracedContribution: Sendable {
    let source: String
    let eventID: String
    let type: String
    let subject: String
    let contribution: Contribution
}

/// Events as they came, and the contributions that follow from them (ASM-2, ASM-15).
///
/// Consumers hold a shared advisory lock from before they take a place until they commit; whoever needs a clean cut
/// takes it alone for the length of the reads, so that every place up to the cut is visible then.
struct ConsumedEvents: Sendable {
    /// Any number that this schema uses for nothing else.
    private static let lock: Int64 = 7_406_015

    /// Keeps an event's bytes and applies what it does by the rules of ``EvidenceReading/current``.
    func append(_ event: IncomingEvent, _ changes: [ContributionChange], in tx: Transaction) throws {
        _ = try tx.query("SELECT pg_advisory_xact_lock_shared(\(Self.lock))")
        let row = try tx.only(
            """
            INSERT INTO assessment.consumed_event (source, event_id, topic, type, subject, seq, at, payload, reading)
            VALUES (\(event.source), \(event.id), \(event.topic), \(event.type), \(event.key), \(event.seq),
                \(event.time), \(event.payload), \(EvidenceReading.current.rawValue))
            RETURNING place
            """)
        let place = try row.get("place", as: Int64.self)
        for change in changes { try apply(change, place, in: tx) }
    }

    private func apply(_ change: ContributionChange, _ place: Int64, in tx: Transaction) throws {
        switch change {
        case .put(let at, let contribution):
            // Both parts see the row as it was before the statement.
            try tx.execute(
                """
                WITH replaced AS (\(keeping(at, until: place)))
                \(insertion(at, contribution, place))
                ON CONFLICT (derivation, subject, slot) DO UPDATE SET
                    unit_id = EXCLUDED.unit_id, on_day = EXCLUDED.on_day, numerator = EXCLUDED.numerator,
                    denominator = EXCLUDED.denominator, event_place = EXCLUDED.event_place,
                    repeats = EXCLUDED.repeats
                """, expecting: 1)
        case .putFirst(let at, let contribution):
            try tx.execute("\(insertion(at, contribution, place)) ON CONFLICT DO NOTHING")
        case .remove(let at):
            try tx.execute(
                """
                WITH removed AS (\(keeping(at, until: place)))
                DELETE FROM assessment.contribution WHERE \(Self.isAt(at))
                """)
        case .counts(let subject, true):
            try tx.execute(
                """
                UPDATE assessment.excluded_subject SET until_place = \(place)
                WHERE subject = \(subject) AND until_place IS NULL
                """)
        case .counts(let subject, false):
            try tx.execute(
                """
                INSERT INTO assessment.excluded_subject (subject, from_place) VALUES (\(subject), \(place))
                ON CONFLICT DO NOTHING
                """)
        }
    }

    /// Copies what stands at a place to what counted until now.
    private func keeping(_ at: ContributionPlace, until place: Int64) -> SQL {
        """
        INSERT INTO assessment.past_contribution (\(Self.columns), until_place)
        SELECT \(Self.columns), \(place)::bigint FROM assessment.contribution WHERE \(Self.isAt(at))
        """
    }

    private static let columns: SQL =
        "derivation, subject, slot, unit_id, on_day, numerator, denominator, event_place, repeats"

    private static func isAt(_ at: ContributionPlace) -> SQL {
        "derivation = \(at.derivation.rawValue) AND subject = \(at.subject) AND slot = \(at.slot)"
    }

    private func insertion(_ at: ContributionPlace, _ contribution: Contribution, _ place: Int64) -> SQL {
        """
        INSERT INTO assessment.contribution (\(Self.columns))
        VALUES (\(at.derivation.rawValue), \(at.subject), \(at.slot), \(contribution.unit.text),
            \(contribution.on.stored), \(contribution.numerator), \(contribution.denominator), \(place),
            \(contribution.repeats))
        """
    }

    /// Runs reads while no consumer is between its place and its commit, and tells the last place; consumers go on when
    /// the reads are over. The reads may write nothing.
    func cut<Value>(in tx: Transaction, _ read: () throws -> Value) throws -> (place: Int64, value: Value) {
        do {
            try tx.savepoint { () throws -> Void in
                _ = try tx.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
                let row = try tx.only("SELECT coalesce(max(place), 0) AS place FROM assessment.consumed_event")
                // Only a rollback to the savepoint gives the lock back before the transaction ends.
                throw Finished(place: try row.get("place"), value: try read())
            }
        } catch let finished as Finished<Value> {
            return (finished.place, finished.value)
        }
        throw PostgresError.connection("the cut ended without its reads")
    }

    /// The figures of all units for a period.
    func figures(
        _ derivation: Derivation, in period: AssessmentPeriod, tx: Transaction
    ) throws -> [UnitID: DerivedFigure] {
        let counted = try contributions(derivation, in: period, unit: nil, upTo: nil)
        let sql: SQL = """
            SELECT unit_id, sum(numerator)::bigint AS numerator, sum(denominator)::bigint AS denominator,
                count(*) FILTER (WHERE counts) AS events
            FROM (\(counted)) AS counted GROUP BY unit_id
            """
        let rows = try tx.query(sql) { row in
            try reading {
                (
                    try UnitID.stored(row, "unit_id"),
                    DerivedFigure(
                        numerator: try row.get("numerator"), denominator: try row.get("denominator"),
                        events: Int(try row.get("events", as: Int64.self)))
                )
            }
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// The events behind a unit's figure as it was when the event at a place had just been consumed, by day, source and
    /// identifier, behind a key.
    func trace(
        _ derivation: Derivation, in period: AssessmentPeriod, unit: UnitID, upTo place: Int64,
        after: (day: CivilDate, source: String, id: String)?, limit: Int, tx: Transaction
    ) throws -> [TracedContribution] {
        let counted = try contributions(derivation, in: period, unit: unit, upTo: place)
        var sql: SQL = """
            SELECT e.source, e.event_id, e.type, c.subject, c.unit_id, c.on_day, c.numerator, c.denominator
            FROM (\(counted)) AS c JOIN assessment.consumed_event AS e ON e.place = c.event_place
            WHERE true
            """
        if let after {
            sql += " AND (c.on_day, e.source, e.event_id) > (\(after.day.stored), \(after.source), \(after.id))"
        }
        sql += " ORDER BY c.on_day, e.source, e.event_id LIMIT \(limit)"
        return try tx.query(sql) { row in
            try reading {
                TracedContribution(
                    source: try row.get("source"), eventID: try row.get("event_id"), type: try row.get("type"),
                    subject: try row.get("subject"),
                    contribution: Contribution(
                        unit: try .stored(row, "unit_id"),
                        on: try .stored(row, "on_day"), numerator: try row.get("numerator"),
                        denominator: try row.get("denominator")))
            }
        }
    }

    /// What counts for a period, as ``ContributionLedger`` counts it, now or as it was with the event at a place; what is
    /// taken off for the time before the year comes as a row of its own with `counts` false.
    private func contributions(
        _ derivation: Derivation, in period: AssessmentPeriod, unit: UnitID?, upTo place: Int64?
    ) throws -> SQL {
        let (start, end, yearStart) = (try period.start.stored, try period.end.stored, try period.startOfYear.stored)
        let table: SQL
        let isExcluded: SQL
        if let place {
            table = """
                (SELECT \(Self.columns) FROM assessment.contribution WHERE event_place <= \(place)
                UNION ALL
                SELECT \(Self.columns) FROM assessment.past_contribution
                WHERE event_place <= \(place) AND until_place > \(place))
                """
            isExcluded = "x.from_place <= \(place) AND (x.until_place IS NULL OR x.until_place > \(place))"
        } else {
            table = "assessment.contribution"
            isExcluded = "x.until_place IS NULL"
        }
        let counts: SQL = """
            derivation = \(derivation.rawValue) AND NOT EXISTS (
                SELECT FROM assessment.excluded_subject AS x WHERE x.subject = c.subject AND \(isExcluded))
            """
        let last: SQL = """
            SELECT DISTINCT ON (subject) subject, unit_id, on_day, numerator, denominator, event_place
            FROM \(table) AS c
            WHERE \(counts) AND on_day >= \(yearStart) AND on_day < \(end)
            ORDER BY subject, on_day DESC, slot DESC
            """
        let own: SQL = unit.map { " WHERE unit_id = \($0.text)" } ?? ""
        let ofUnit: SQL = unit.map { " AND unit_id = \($0.text)" } ?? ""
        switch derivation.fold {
        case .sum:
            return """
                SELECT subject, unit_id, on_day, numerator, denominator, event_place, true AS counts
                FROM \(table) AS c
                WHERE \(counts) AND on_day >= \(start) AND on_day < \(end)\(ofUnit)
                """
        case .once:
            // Order by bytes, as the ledger in memory orders.
            return """
                SELECT subject, unit_id, on_day, numerator, denominator, event_place, true AS counts
                FROM (
                    SELECT subject, on_day, numerator, denominator, event_place,
                        first_value(unit_id) OVER (
                            PARTITION BY coalesce(repeats, subject)
                            ORDER BY on_day, subject COLLATE "C", slot COLLATE "C") AS unit_id,
                        row_number() OVER (
                            PARTITION BY coalesce(repeats, subject), slot
                            ORDER BY on_day, subject COLLATE "C") AS number
                    FROM \(table) AS c WHERE \(counts)
                ) AS g
                WHERE number = 1 AND on_day >= \(start) AND on_day < \(end)\(ofUnit)
                """
        case .latest:
            return "SELECT *, true AS counts FROM (\(last)) AS l\(own)"
        case .increase:
            return """
                SELECT *, true AS counts FROM (\(last)) AS l\(own)
                UNION ALL
                SELECT b.subject, l.unit_id, b.on_day, -b.numerator, 0, b.event_place, false
                FROM (\(last)) AS l
                JOIN LATERAL (
                    SELECT subject, on_day, numerator, event_place FROM \(table) AS c
                    WHERE \(counts) AND c.subject = l.subject AND on_day < \(yearStart)
                    ORDER BY on_day DESC, slot DESC LIMIT 1
                ) AS b ON true\(own)
                """
        }
    }

    /// Consumed events behind a place, up to another, in order.
    func page(after place: Int64, upTo last: Int64, limit: Int, in tx: Transaction) throws -> [ConsumedEvent] {
        try tx.query(
            """
            SELECT place, topic, type, subject, payload, at, reading FROM assessment.consumed_event
            WHERE place > \(place) AND place <= \(last) ORDER BY place LIMIT \(limit)
            """, as: event)
    }

    /// One event; nil when it was not consumed.
    func find(source: String, id: String, in tx: Transaction) throws -> ConsumedEvent? {
        try tx.first(
            """
            SELECT place, topic, type, subject, payload, at, reading FROM assessment.consumed_event
            WHERE source = \(source) AND event_id = \(id)
            """
        ).map(event)
    }

    private func event(_ row: Row) throws -> ConsumedEvent {
        ConsumedEvent(
            place: try row.get("place"), topic: try row.get("topic"), type: try row.get("type"),
            subject: try row.get("subject"), payload: try row.get("payload"), at: try row.get("at"),
            reading: try .stored(row))
    }
}

/// Carries what was read out of a savepoint that is rolled back.
private struct Finished<Value>: Error, @unchecked Sendable {
    // Unchecked is safe: it is thrown and caught within one synchronous body and never leaves its thread.
    let place: Int64
    let value: Value
}
