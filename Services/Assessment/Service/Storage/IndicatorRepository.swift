import AssessmentDomain
import Domain
import Postgres
import ServiceRuntime

/// Tiers and indicators (ASM-1, ASM-2).
struct IndicatorRepository: Sendable {
    private static let columns: SQL = """
        id, name, measure, decimals, direction, source, derivation, report_days, period, owner_unit,
        reporting_tiers, seq
        """

    /// One indicator; nil when there is none.
    func find(_ id: IndicatorID, in tx: Transaction) throws -> Indicator? {
        try tx.first("SELECT \(Self.columns) FROM assessment.indicator WHERE id = \(id.text)").map(indicator)
    }

    /// Indicators behind one, by identifier.
    func list(after id: IndicatorID?, limit: Int, in tx: Transaction) throws -> [Indicator] {
        try tx.query(
            """
            SELECT \(Self.columns) FROM assessment.indicator
            WHERE \(id?.text)::text IS NULL OR id > \(id?.text) ORDER BY id LIMIT \(limit)
            """, as: indicator)
    }

    /// The indicators of a set that exist.
    func all(_ ids: [IndicatorID], in tx: Transaction) throws -> [Indicator] {
        try tx.query(
            "SELECT \(Self.columns) FROM assessment.indicator WHERE id = ANY (\(ids.map(\.text))) ORDER BY id",
            as: indicator)
    }

    /// Indicators that units of some tier must report.
    func obligatory(in tx: Transaction) throws -> [Indicator] {
        try tx.query(
            "SELECT \(Self.columns) FROM assessment.indicator WHERE cardinality(reporting_tiers) > 0 ORDER BY id",
            as: indicator)
    }

    /// Stores a new indicator.
    func insert(_ indicator: Indicator, in tx: Transaction) throws {
        let inserted = try tx.execute(
            """
            INSERT INTO assessment.indicator
                (id, name, measure, decimals, direction, source, derivation, report_days, period, owner_unit,
                 reporting_tiers, seq)
            VALUES (\(indicator.id.text), \(indicator.name), \(indicator.measure), \(indicator.decimals),
                \(indicator.direction.rawValue), \(indicator.source.kind.rawValue),
                \(indicator.source.derivation?.rawValue), \(indicator.source.reportDays), \(indicator.period.rawValue),
                \(indicator.owner.text), \(indicator.reportingTiers.map(\.rawValue).sorted()), 1)
            ON CONFLICT (id) DO NOTHING
            """)
        if inserted == 0 { throw Problem.alreadyExists("indicator \(indicator.id)") }
    }

    /// Stores a change of an indicator that was read in a version.
    func update(_ indicator: Indicator, in tx: Transaction) throws {
        let changed = try tx.execute(
            """
            UPDATE assessment.indicator
            SET seq = seq + 1, name = \(indicator.name), measure = \(indicator.measure),
                source = \(indicator.source.kind.rawValue), report_days = \(indicator.source.reportDays),
                owner_unit = \(indicator.owner.text),
                reporting_tiers = \(indicator.reportingTiers.map(\.rawValue).sorted())
            WHERE id = \(indicator.id.text) AND seq = \(indicator.version)
            """)
        guard changed == 1 else {
            throw try tx.lostRace("SELECT seq FROM assessment.indicator WHERE id = \(indicator.id.text)")
        }
    }

    /// Adds units to a tier and removes others; what is so already stays so.
    ///
    /// - Returns: units of the tier now.
    func change(_ tier: Tier, adding: [UnitID], removing: [UnitID], in tx: Transaction) throws -> Int {
        try tx.execute(
            """
            DELETE FROM assessment.tier_unit
            WHERE tier = \(tier.rawValue) AND unit_id = ANY (\(removing.map(\.text)))
            """)
        try tx.execute(
            """
            INSERT INTO assessment.tier_unit (tier, unit_id)
            SELECT \(tier.rawValue), unit FROM unnest(\(adding.map(\.text))) AS given (unit)
            ON CONFLICT DO NOTHING
            """)
        return Int(
            try tx.only("SELECT count(*) AS n FROM assessment.tier_unit WHERE tier = \(tier.rawValue)")
                .get("n", as: Int64.self))
    }

    /// Units of a tier behind one, by slug.
    func units(of tier: Tier, after unit: UnitID? = nil, limit: Int = 100_000, in tx: Transaction) throws -> [UnitID] {
        try tx.query(
            """
            SELECT unit_id FROM assessment.tier_unit
            WHERE tier = \(tier.rawValue) AND (\(unit?.text)::text IS NULL OR unit_id > \(unit?.text))
            ORDER BY unit_id LIMIT \(limit)
            """
        ) { row in try reading { try UnitID.stored(row, "unit_id") } }
    }

    private func indicator(_ row: Row) throws -> Indicator {
        try reading {
            let kind: IndicatorSource.Kind = try .stored(row, "source")
            let derivation = try row.get("derivation", as: String?.self).map { word in
                guard let derivation = Derivation(rawValue: word) else {
                    throw PostgresError.decoding(column: "derivation", reason: "is not a known word")
                }
                return derivation
            }
            let days = try row.get("report_days", as: Int16?.self).map { Int($0) }
            let source: IndicatorSource
            switch (kind, derivation, days) {
            case (.events, .some(let derivation), nil): source = .events(derivation)
            case (.reports, nil, .some(let days)): source = .reports(days: days)
            case (.both, .some(let derivation), .some(let days)): source = .both(derivation, days: days)
            case _: throw PostgresError.decoding(column: "source", reason: "does not agree with its parameters")
            }
            let tiers = try row.get("reporting_tiers", as: [String].self).map { word in
                guard let tier = Tier(rawValue: word) else {
                    throw PostgresError.decoding(column: "reporting_tiers", reason: "holds an unknown word")
                }
                return tier
            }
            return Indicator(
                id: try IndicatorID(row.get("id"), field: "id"), name: try row.get("name"),
                measure: try row.get("measure"), decimals: Int(try row.get("decimals", as: Int16.self)),
                direction: try .stored(row, "direction"), source: source, period: try .stored(row, "period"),
                owner: try .stored(row, "owner_unit"), reportingTiers: Set(tiers),
                version: try row.get("seq"))
        }
    }
}
