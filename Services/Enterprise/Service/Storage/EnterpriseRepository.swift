import Domain
import EnterpriseDomain
import Postgres
import ServiceRuntime

/// Reads and changes enterprises with their attributes, lists and tags (ENT-1, ENT-3, ENT-6).
struct EnterpriseRepository {
    let tx: Transaction
    /// Business date for which attributes are read.
    let today: CivilDate

    /// The columns of an ``EnterpriseRow``.
    static let columns: SQL = """
        ordinal, id::text AS id, credit_code, name, representative_sealed, nature, region, address, industry,
        founded_on, capital_fen, status, seq
        """

    // MARK: Reading

    /// The ordinal of an identifier; nil when there is none.
    func ordinal(ofID id: String) throws -> UInt32? {
        try tx.first("SELECT ordinal FROM enterprise.enterprise WHERE id = \(id)::uuid")?.get("ordinal")
    }

    /// The ordinal of a credit code; nil when there is none.
    func ordinal(ofCreditCode code: String) throws -> UInt32? {
        try tx.first("SELECT ordinal FROM enterprise.enterprise WHERE credit_code = \(code)")?.get("ordinal")
    }

    /// One enterprise; nil when there is none.
    func row(_ ordinal: UInt32) throws -> EnterpriseRow? { try rows([ordinal]).first }

    /// Enterprises in the order of their ordinals; unknown ordinals are left out.
    func rows(_ ordinals: [UInt32]) throws -> [EnterpriseRow] {
        if ordinals.isEmpty { return [] }
        return try complete(
            tx.query(
                "SELECT \(Self.columns) FROM enterprise.enterprise WHERE ordinal = ANY(\(ordinals)) ORDER BY ordinal",
                as: EnterpriseRow.init))
    }

    /// The next enterprises above an ordinal.
    func rows(after ordinal: UInt32, limit: Int) throws -> [EnterpriseRow] {
        try complete(
            tx.query(
                """
                SELECT \(Self.columns) FROM enterprise.enterprise WHERE ordinal > \(ordinal)
                ORDER BY ordinal LIMIT \(limit)
                """, as: EnterpriseRow.init))
    }

    /// Adds attributes in force, lists and chosen tags to rows read.
    func complete(_ rows: [EnterpriseRow]) throws -> [EnterpriseRow] {
        if rows.isEmpty { return [] }
        let ordinals = rows.map(\.profile.ordinal)
        var attributes: [UInt32: [AttributeKey: AttributeInForce]] = [:]
        for found in try records(ordinals, asOf: today) {
            attributes[found.ordinal, default: [:]][found.record.key] = AttributeInForce(
                value: found.record.value, period: found.record.period, source: found.record.source)
        }
        var lists: [UInt32: Set<ListID>] = [:]
        for row in try tx.query(
            """
            SELECT ordinal, list FROM enterprise.list_membership
            WHERE ordinal = ANY(\(ordinals)) AND left_at IS NULL
            """)
        {
            lists[try row.get("ordinal"), default: []].insert(try ListID(row.get("list")))
        }
        var chosen: [UInt32: Set<Tag>] = [:]
        for row in try tx.query("SELECT ordinal, tag FROM enterprise.chosen_tag WHERE ordinal = ANY(\(ordinals))") {
            chosen[try row.get("ordinal"), default: []].insert(
                try TagVocabulary.standard.tag(text: row.get("tag")))
        }
        return rows.map { row in
            var row = row
            row.profile.attributes = attributes[row.profile.ordinal] ?? [:]
            row.profile.lists = lists[row.profile.ordinal] ?? []
            row.profile.chosen = chosen[row.profile.ordinal] ?? []
            return row
        }
    }

    /// A record with the time at which it arrived.
    struct StoredRecord {
        let ordinal: UInt32
        let record: AttributeRecord
        let recordedAt: Instant
    }

    /// The record in force of each attribute: of those whose period has begun, and not ended unless the attribute is a
    /// figure, the one that began last; of several with one start, the one that arrived last (ENT-3).
    func records(_ ordinals: [UInt32], asOf day: CivilDate) throws -> [StoredRecord] {
        try tx.query(
            """
            SELECT DISTINCT ON (ordinal, attribute)
                ordinal, attribute, kind, value, valid_from, valid_until, source, recorded_at
            FROM enterprise.attribute_record
            WHERE ordinal = ANY(\(ordinals)) AND valid_from <= \(day.stored)
              AND (is_figure OR valid_until IS NULL OR valid_until > \(day.stored))
            ORDER BY ordinal, attribute, valid_from DESC, id DESC
            """
        ) { row in
            let period = try Period(
                from: .stored(row, "valid_from"),
                until: .optional(row, "valid_until"))
            return StoredRecord(
                ordinal: try row.get("ordinal"),
                record: AttributeRecord(
                    stored: try AttributeKey(row.get("attribute")),
                    value: try AttributeValue(stored: row.get("value"), kind: row.word("kind")), period: period,
                    source: try row.get("source")), recordedAt: try row.get("recorded_at"))
        }
    }

    /// Lists that are maintained: those of which a membership was ever set.
    func maintainedLists() throws -> Set<ListID> {
        Set(try tx.query("SELECT list FROM enterprise.list") { try ListID($0.get("list")) })
    }

    // MARK: Changing

    /// Takes the row locks of enterprises that exist, in the order of their ordinals, so that two commands cannot wait
    /// for each other. Returns the ordinals by identifier.
    func lock(ids: [String]) throws -> [String: UInt32] {
        let rows = try tx.query(
            """
            SELECT id::text AS id, ordinal FROM enterprise.enterprise
            WHERE id = ANY(\(ids)::uuid[]) ORDER BY ordinal FOR UPDATE
            """
        ) { (try $0.get("id", as: String.self), try $0.get("ordinal", as: UInt32.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Locks the next enterprises above an ordinal, in their order.
    func lock(after ordinal: UInt32, limit: Int) throws -> [UInt32] {
        try tx.query(
            """
            SELECT ordinal FROM enterprise.enterprise WHERE ordinal > \(ordinal)
            ORDER BY ordinal LIMIT \(limit) FOR NO KEY UPDATE
            """
        ) { try $0.get("ordinal") }
    }

    /// Adds a record; earlier ones stay as history.
    func insert(_ records: [AttributeRecord], of ordinal: UInt32) throws {
        try tx.execute(
            """
            INSERT INTO enterprise.attribute_record
                (ordinal, attribute, kind, value, is_figure, valid_from, valid_until, source)
            SELECT \(ordinal), attribute, kind, value, is_figure, date '1970-01-01' + valid_from::integer,
                CASE WHEN is_open THEN NULL ELSE date '1970-01-01' + valid_until::integer END, source
            FROM unnest(
                \(records.map(\.key.text)), \(records.map(\.value.type.rawValue)), \(records.map(\.value.storedText)),
                \(records.map { AttributeRecord.isFigure($0.key) }),
                \(records.map { Int64($0.period.start.dayNumber) }),
                \(records.map { Int64($0.period.end?.dayNumber ?? 0) }), \(records.map { $0.period.end == nil }),
                \(records.map(\.source))
            ) WITH ORDINALITY AS record
                (attribute, kind, value, is_figure, valid_from, valid_until, is_open, source, place)
            ORDER BY place
            """, expecting: records.count)
    }

    /// Moves changed enterprises to their next version, derives the size anew and returns them as they are now.
    func touch(_ ordinals: [UInt32]) throws -> [EnterpriseRow] {
        if ordinals.isEmpty { return [] }
        try tx.execute(
            """
            UPDATE enterprise.enterprise SET seq = seq + 1, changed_in = pg_current_xact_id()::text::bigint
            WHERE ordinal = ANY(\(ordinals))
            """, expecting: ordinals.count)
        let rows = try rows(ordinals)
        try deriveSizes(rows)
        return rows
    }

    /// Stores the size classes that follow from the profiles, where they differ.
    func deriveSizes(_ rows: [EnterpriseRow]) throws {
        try tx.execute(
            """
            UPDATE enterprise.enterprise AS stored SET size = NULLIF(derived.size, '')
            FROM unnest(\(rows.map(\.profile.ordinal)), \(rows.map { $0.profile.size?.rawValue ?? "" }))
                AS derived (ordinal, size)
            WHERE stored.ordinal = derived.ordinal AND stored.size IS DISTINCT FROM NULLIF(derived.size, '')
            """)
    }
}
