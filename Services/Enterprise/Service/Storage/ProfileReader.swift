import Domain
import EnterpriseDomain
import Postgres
import ServiceRuntime

/// Reads what matching goes by of very many enterprises, and nothing else of them (ENT-13).
///
/// Words, codes and periods repeat from row to row, so each is read once.
struct ProfileReader {
    /// One enterprise.
    typealias Found = (profile: EnterpriseProfile, version: Int64)

    private var natures: [String: EnterpriseNature] = [:]
    private var regions: [String: RegionCode] = [:]
    private var industries: [String: IndustryCode] = [:]
    private var keys: [String: AttributeKey] = [:]
    private var kinds: [String: AttributeType] = [:]

    /// The next enterprises above an ordinal, in the order of their ordinals, as of a business day.
    mutating func page(
        after last: UInt32, limit: Int, today: CivilDate, in tx: Transaction
    ) throws -> [Found] {
        var found: [Found] = []
        found.reserveCapacity(limit)
        for row in try tx.query(
            """
            SELECT ordinal, nature, region, industry, founded_on, capital_fen, status, seq
            FROM enterprise.enterprise WHERE ordinal > \(last) ORDER BY ordinal LIMIT \(limit)
            """)
        {
            found.append(
                (
                    EnterpriseProfile(
                        ordinal: try row.get("ordinal"),
                        nature: try Self.once(&natures, row.get("nature")) { _ in try row.word("nature") },
                        region: try Self.once(&regions, row.get("region")) { try RegionCode($0) },
                        industry: try Self.once(&industries, row.get("industry")) { try IndustryCode($0) },
                        foundedOn: try .stored(row, "founded_on"),
                        capital: try row.get("capital_fen", as: Int64?.self).map(Money.init(fen:)),
                        status: try row.word("status")), try row.get("seq")
                ))
        }
        guard let end = found.last?.profile.ordinal else { return [] }
        try addRecords(to: &found, last, end, today, tx)
        try addSets(to: &found, last, end, tx)
        return found
    }

    /// The records in force, by the rule of ``EnterpriseRepository/records(_:asOf:)``.
    private mutating func addRecords(
        to found: inout [Found], _ last: UInt32, _ end: UInt32, _ today: CivilDate, _ tx: Transaction
    ) throws {
        var place = 0
        for row in try tx.query(
            """
            SELECT DISTINCT ON (ordinal, attribute) ordinal, attribute, kind, value, valid_from, valid_until
            FROM enterprise.attribute_record
            WHERE ordinal > \(last) AND ordinal <= \(end) AND valid_from <= \(today.stored)
              AND (is_figure OR valid_until IS NULL OR valid_until > \(today.stored))
            ORDER BY ordinal, attribute, valid_from DESC, id DESC
            """)
        {
            let ordinal: UInt32 = try row.get("ordinal")
            // Both lists are in the order of ordinals.
            while place < found.count, found[place].profile.ordinal < ordinal { place += 1 }
            guard place < found.count, found[place].profile.ordinal == ordinal else { continue }
            let key = try Self.once(&keys, row.get("attribute")) { try AttributeKey($0) }
            let kind = try Self.once(&kinds, row.get("kind")) { _ in try row.word("kind") }
            found[place].profile.attributes[key] = AttributeInForce(
                value: try AttributeValue(stored: row.get("value"), kind: kind),
                period: try Period(
                    from: .stored(row, "valid_from"),
                    until: .optional(row, "valid_until")),
                source: "")
        }
    }

    private func addSets(to found: inout [Found], _ last: UInt32, _ end: UInt32, _ tx: Transaction) throws {
        var places: [UInt32: Int] = [:]
        func place(of ordinal: UInt32) -> Int? {
            if places.isEmpty {
                for (place, one) in found.enumerated() { places[one.profile.ordinal] = place }
            }
            return places[ordinal]
        }
        for row in try tx.query(
            """
            SELECT ordinal, list FROM enterprise.list_membership
            WHERE ordinal > \(last) AND ordinal <= \(end) AND left_at IS NULL
            """)
        {
            if let place = place(of: try row.get("ordinal")) {
                found[place].profile.lists.insert(try ListID(row.get("list")))
            }
        }
        for row in try tx.query(
            "SELECT ordinal, tag FROM enterprise.chosen_tag WHERE ordinal > \(last) AND ordinal <= \(end)")
        {
            if let place = place(of: try row.get("ordinal")) {
                found[place].profile.chosen.insert(try TagVocabulary.standard.tag(text: row.get("tag")))
            }
        }
    }

    private static func once<Value>(
        _ known: inout [String: Value], _ text: String, _ read: (String) throws -> Value
    ) throws -> Value {
        if let value = known[text] { return value }
        let value = try read(text)
        known[text] = value
        return value
    }
}
