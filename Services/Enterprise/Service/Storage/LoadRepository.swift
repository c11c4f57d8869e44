import Domain
import EnterpriseDomain
import Postgres

/// Loads of the registry: their progress, their bad rows, and the set-based merge of a piece (ENT-1).
struct LoadRepository {
    let tx: Transaction

    /// How far a load has come.
    struct Progress: Sendable {
        let loadID: String
        let source: String
        /// The last line of the file whose effect is stored; 1, the header, at the beginning.
        let committedLine: Int64
        let isFinished: Bool
        let rows: Int64
        let created: Int64
        let changed: Int64
        let unchanged: Int64
        let rejected: Int64

        init(_ row: Row) throws {
            loadID = try row.get("load_id")
            source = try row.get("source")
            committedLine = try row.get("committed_line")
            isFinished = try row.get("is_finished")
            rows = try row.get("rows")
            created = try row.get("created")
            changed = try row.get("changed")
            unchanged = try row.get("unchanged")
            rejected = try row.get("rejected")
        }
    }

    private static let columns: SQL = """
        load_id, source, committed_line, finished_at IS NOT NULL AS is_finished, rows, created, changed, unchanged,
        rejected
        """

    /// Begins a load or finds the one with this identifier.
    func begin(_ loadID: String, source: String) throws -> Progress {
        try tx.execute(
            "INSERT INTO enterprise.load (load_id, source) VALUES (\(loadID), \(source)) ON CONFLICT DO NOTHING")
        return try Progress(
            tx.only("SELECT \(Self.columns) FROM enterprise.load WHERE load_id = \(loadID)"))
    }

    /// A load; nil when there is none.
    func progress(_ loadID: String) throws -> Progress? {
        try tx.first("SELECT \(Self.columns) FROM enterprise.load WHERE load_id = \(loadID)").map(Progress.init)
    }

    /// Locks a load, if it is still where the caller left it, and tells how many rows were new or changed so far; nil when
    /// it is not.
    func lock(_ loadID: String, at line: Int64) throws -> Int64? {
        try tx.first(
            """
            SELECT created + changed AS changes FROM enterprise.load
            WHERE load_id = \(loadID) AND committed_line = \(line) AND finished_at IS NULL FOR UPDATE
            """)?.get("changes")
    }

    /// Notes the outcome of a piece.
    ///
    /// - Parameter needsMatch: whether it has changes that are left to a matching of everything.
    func advance(_ loadID: String, to line: Int64, by counts: LoadCounts, needsMatch: Bool) throws {
        try tx.execute(
            """
            UPDATE enterprise.load
            SET committed_line = \(line), rows = rows + \(counts.rows), created = created + \(counts.created),
                changed = changed + \(counts.changed), unchanged = unchanged + \(counts.unchanged),
                rejected = rejected + \(counts.rejected), progressed_at = clock_timestamp(),
                needs_match = needs_match OR \(needsMatch)
            WHERE load_id = \(loadID)
            """, expecting: 1)
    }

    /// Ends a load; returns whether changes of it are left to a matching of everything.
    func finish(_ loadID: String) throws -> Bool {
        try tx.only(
            """
            UPDATE enterprise.load SET finished_at = clock_timestamp(), needs_match = false
            FROM (SELECT needs_match FROM enterprise.load WHERE load_id = \(loadID) FOR UPDATE) AS before
            WHERE load_id = \(loadID) AND finished_at IS NULL
            RETURNING before.needs_match AS needed_match
            """
        ).get("needed_match")
    }

    /// Takes the loads that were given up half-way and whose changes nobody matched; returns whether there were any.
    func takeAbandoned(after silence: Duration) throws -> Bool {
        let limit = Instant.now - silence
        return try tx.execute(
            """
            UPDATE enterprise.load SET needs_match = false
            WHERE needs_match AND finished_at IS NULL AND progressed_at < \(limit)
            """) > 0
    }

    /// Stores bad rows.
    func insert(_ errors: [(line: Int64, error: RegistryRowError)], of loadID: String) throws {
        if errors.isEmpty { return }
        try tx.execute(
            """
            INSERT INTO enterprise.load_error (load_id, line, column_name, reason_zh, reason_en)
            SELECT \(loadID), line, column_name, reason_zh, reason_en
            FROM unnest(\(errors.map(\.line)), \(errors.map(\.error.column)), \(errors.map(\.error.reason.chinese)),
                \(errors.map(\.error.reason.english))) AS error (line, column_name, reason_zh, reason_en)
            """, expecting: errors.count)
    }

    /// A page of bad rows after a line.
    func errors(
        _ loadID: String, after line: Int64, limit: Int
    ) throws -> [(line: Int64, error: RegistryRowError)] {
        try tx.query(
            """
            SELECT line, column_name, reason_zh, reason_en FROM enterprise.load_error
            WHERE load_id = \(loadID) AND line > \(line) ORDER BY line LIMIT \(limit)
            """
        ) { row in
            (
                try row.get("line"),
                RegistryRowError(
                    column: try row.get("column_name"),
                    reason: BilingualText(try row.get("reason_zh"), try row.get("reason_en")))
            )
        }
    }

    /// What is stored of an enterprise whose row arrives again.
    struct Existing {
        let ordinal: UInt32
        let id: String
        let seq: Int64
        let hash: [UInt8]
    }

    /// The enterprises with these credit codes, locked in the order of their ordinals.
    func existing(_ codes: [String]) throws -> [String: Existing] {
        let rows = try tx.query(
            """
            SELECT credit_code, ordinal, id::text AS id, seq, row_hash FROM enterprise.enterprise
            WHERE credit_code = ANY(\(codes)) ORDER BY ordinal FOR UPDATE
            """
        ) { row in
            (
                try row.get("credit_code", as: String.self),
                Existing(
                    ordinal: try row.get("ordinal"), id: try row.get("id"), seq: try row.get("seq"),
                    hash: try row.get("row_hash"))
            )
        }
        return Dictionary(rows) { first, _ in first }
    }

    /// Fresh ordinals; those of a transaction that is rolled back are never used again.
    func nextOrdinals(_ count: Int) throws -> [UInt32] {
        if count == 0 { return [] }
        return try tx.query(
            "SELECT nextval('enterprise.ordinal') AS ordinal FROM generate_series(1, \(count))"
        ) { try $0.get("ordinal") }
    }

    /// A row on its way into the registry.
    struct Staged {
        let line: Int64
        let isNew: Bool
        let ordinal: UInt32
        let id: String
        let entry: RegistryEntry
        let sealed: [UInt8]
        let nameHash: [UInt8]
        let size: SizeClass?
        let hash: [UInt8]
    }

    /// Copies rows into the staging table and merges them, statement by statement over the whole piece.
    func merge(_ rows: [Staged], of loadID: String, source: String) throws {
        if rows.isEmpty { return }
        try stage(rows, loadID)
        try insertNew(loadID, expecting: rows.count { $0.isNew })
        try updateChanged(loadID, expecting: rows.count { !$0.isNew })
        try recordFigures(loadID, source: source)
        try tx.execute("DELETE FROM enterprise.load_staging WHERE load_id = \(loadID)", expecting: rows.count)
    }

    private func stage(_ rows: [Staged], _ loadID: String) throws {
        try tx.copyIn(
            """
            COPY enterprise.load_staging (
                load_id, line, is_new, ordinal, id, credit_code, name, representative_sealed, representative_hash,
                nature, region, address, industry, founded_on, capital_fen, status, size, row_hash, employees,
                revenue_fen, assets_fen, figures_from, figures_until
            ) FROM STDIN (FORMAT text)
            """
        ) { writer in
            for row in rows {
                let entry = row.entry
                let year = entry.figures?.year.period
                try writer.row([
                    loadID, String(row.line), row.isNew ? "t" : "f", String(row.ordinal), row.id,
                    entry.creditCode.text, entry.name, Self.hexadecimal(row.sealed), Self.hexadecimal(row.nameHash),
                    entry.nature.rawValue, entry.region.description, entry.address, entry.industry.description,
                    entry.foundedOn.description, entry.capital.map { String($0.fen) }, entry.status.rawValue,
                    row.size?.rawValue, Self.hexadecimal(row.hash), entry.figures?.employees.map(String.init),
                    entry.figures?.revenue.map { String($0.fen) }, entry.figures?.assets.map { String($0.fen) },
                    year?.start.description, year?.end?.description,
                ])
            }
        }
    }

    private func insertNew(_ loadID: String, expecting count: Int) throws {
        try tx.execute(
            """
            INSERT INTO enterprise.enterprise (
                ordinal, id, credit_code, name, representative_sealed, representative_hash, nature, region, address,
                industry, founded_on, capital_fen, status, size, row_hash, seq)
            SELECT ordinal, id, credit_code, name, representative_sealed, representative_hash, nature, region, address,
                industry, founded_on, capital_fen, status, size, row_hash, 1
            FROM enterprise.load_staging WHERE load_id = \(loadID) AND is_new ORDER BY ordinal
            """, expecting: count)
    }

    private func updateChanged(_ loadID: String, expecting count: Int) throws {
        try tx.execute(
            """
            UPDATE enterprise.enterprise AS stored
            SET name = staged.name, representative_sealed = staged.representative_sealed,
                representative_hash = staged.representative_hash, nature = staged.nature, region = staged.region,
                address = staged.address, industry = staged.industry, founded_on = staged.founded_on,
                capital_fen = staged.capital_fen, status = staged.status, row_hash = staged.row_hash,
                seq = stored.seq + 1, changed_in = pg_current_xact_id()::text::bigint
            FROM enterprise.load_staging AS staged
            WHERE staged.load_id = \(loadID) AND NOT staged.is_new AND staged.ordinal = stored.ordinal
            """, expecting: count)
    }

    /// Figures become attribute records of their year; one that repeats the newest of its year and source adds nothing.
    private func recordFigures(_ loadID: String, source: String) throws {
        try tx.execute(
            """
            INSERT INTO enterprise.attribute_record
                (ordinal, attribute, kind, value, is_figure, valid_from, valid_until, source)
            SELECT staged.ordinal, figure.attribute, figure.kind, figure.value::text, true, staged.figures_from,
                staged.figures_until, \(source)
            FROM enterprise.load_staging AS staged
            CROSS JOIN LATERAL (VALUES
                ('employees', 'integer', staged.employees), ('revenue', 'money', staged.revenue_fen),
                ('total.assets', 'money', staged.assets_fen)) AS figure (attribute, kind, value)
            WHERE staged.load_id = \(loadID) AND figure.value IS NOT NULL AND staged.figures_from IS NOT NULL
              AND (staged.is_new OR figure.value::text IS DISTINCT FROM (
                  SELECT record.value FROM enterprise.attribute_record AS record
                  WHERE record.ordinal = staged.ordinal AND record.attribute = figure.attribute
                    AND record.valid_from = staged.figures_from AND record.source = \(source)
                  ORDER BY record.id DESC LIMIT 1))
            """)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// The text form of bytes for the database.
    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = Array("\\x".utf8)
        text.reserveCapacity(2 + 2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// What became of some rows.
struct LoadCounts: Sendable {
    var created: Int64 = 0
    var changed: Int64 = 0
    var unchanged: Int64 = 0
    var rejected: Int64 = 0

    /// All rows.
    var rows: Int64 { created + changed + unchanged + rejected }
}
