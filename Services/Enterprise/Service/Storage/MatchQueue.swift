import Postgres

/// What the matcher has to do, in order (ENT-9).
struct MatchQueue {
    let tx: Transaction

    /// One task.
    struct Task: Sendable {
        enum Kind: String, Sendable, CaseIterable {
            /// A point was published, revised, withdrawn or has expired.
            case point
            /// Some enterprises were changed.
            case enterprises
            /// Everything may have changed: a load, a newly maintained list, a new day.
            case all
        }

        let id: Int64
        let kind: Kind
        /// The point; for others a word on the origin.
        let ref: String
        /// The changed enterprises.
        let ordinals: Bitmap
    }

    /// Appends a point.
    func append(point: String) throws { try append(.point, ref: point) }

    /// Appends everything.
    func appendAll(because reason: String) throws { try append(.all, ref: reason) }

    /// Appends changed enterprises.
    func append(enterprises: [UInt32], because reason: String) throws {
        if enterprises.isEmpty { return }
        try append(.enterprises, ref: reason, ordinals: Bitmap(enterprises).serialised)
    }

    private func append(_ kind: Task.Kind, ref: String, ordinals: [UInt8]? = nil) throws {
        try tx.execute(
            "INSERT INTO enterprise.match_queue (kind, ref, ordinals) VALUES (\(kind.rawValue), \(ref), \(ordinals))",
            expecting: 1)
    }

    /// The oldest tasks.
    func oldest(limit: Int) throws -> [Task] {
        try tx.query("SELECT id, kind, ref, ordinals FROM enterprise.match_queue ORDER BY id LIMIT \(limit)") { row in
            let bytes = try row.get("ordinals", as: [UInt8]?.self)
            guard let ordinals = bytes.map(Bitmap.init(serialised:)) ?? Bitmap() else {
                throw PostgresError.decoding(column: "ordinals", reason: "is no bitmap")
            }
            return Task(id: try row.get("id"), kind: try row.word("kind"), ref: try row.get("ref"), ordinals: ordinals)
        }
    }

    /// Removes tasks that are done; another number of rows means that somebody else did them.
    func remove(_ ids: [Int64]) throws {
        try tx.execute("DELETE FROM enterprise.match_queue WHERE id = ANY(\(ids))", expecting: ids.count)
    }
}
