import DirectoryDomain
import Domain
import Postgres

/// Regions in the table `directory.region` (DIR-1).
enum RegionRepository {
    static func find(_ code: RegionCode, lock: Bool = false, _ tx: Transaction) throws -> Region? {
        try tx.first(
            """
            SELECT code, name, seq FROM directory.region WHERE code = \(code.description)
            \(unescaped: lock ? "FOR UPDATE" : "")
            """
        ).map(region)
    }

    /// The regions above one, from the province down.
    static func path(to code: RegionCode, _ tx: Transaction) throws -> [Region] {
        let above = code.pathToRoot.dropFirst().map(\.description)
        return try tx.query(
            "SELECT code, name, seq FROM directory.region WHERE code = ANY(\(Array(above))) ORDER BY place",
            as: region)
    }

    /// Regions directly below one, or the provinces, in the order of their codes.
    static func children(
        of parent: RegionCode?, after: RegionCode?, limit: Int, _ tx: Transaction
    ) throws -> [Region] {
        try tx.query(
            """
            SELECT code, name, seq FROM directory.region
            WHERE parent IS NOT DISTINCT FROM \(parent?.description)
                AND place > \(after.map { Region.number(of: $0) } ?? 0)
            ORDER BY place LIMIT \(limit)
            """, as: region)
    }

    /// Locks the next regions behind a code, in the order of the codes' texts.
    static func lock(after code: String, limit: Int, _ tx: Transaction) throws -> [String] {
        try tx.query(
            """
            SELECT code FROM directory.region WHERE code > \(code) ORDER BY code LIMIT \(limit) FOR NO KEY UPDATE
            """
        ) { try $0.get("code") }
    }

    /// Regions by their codes; unknown ones are missing from the answer.
    static func find(_ codes: [String], _ tx: Transaction) throws -> [Region] {
        try tx.query(
            "SELECT code, name, seq FROM directory.region WHERE code = ANY(\(codes)) ORDER BY code", as: region)
    }

    /// Stores a new region.
    ///
    /// - Returns: False when the code exists already.
    static func insert(_ region: Region, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO directory.region (code, place, name, parent, seq)
            VALUES (\(region.code.description), \(Region.number(of: region.code)), \(region.name),
                \(region.code.parent?.description), \(region.version))
            ON CONFLICT DO NOTHING
            """) == 1
    }

    /// Stores the new name of a region; `region` carries the version after the change.
    static func save(_ region: Region, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.region SET name = \(region.name), seq = seq + 1
            WHERE code = \(region.code.description) AND seq = \(region.version - 1)
            """, expecting: 1)
    }

    private static func region(_ row: Row) throws -> Region {
        try restoring("region") {
            try Region(
                code: try RegionCode(try row.get("code")), name: try row.get("name"), version: try row.get("seq"))
        }
    }
}
