import Postgres

/// Finds what is still to be published, without missing rows that commit late and without reading dead rows again.
///
/// Journal numbers are taken before their transactions commit, so they become visible out of order and some never do.
/// A cursor "greater than the last one" would lose rows; scanning from the start costs more the longer a transaction
/// elsewhere keeps dead rows alive. So the scanner remembers the highest number seen and every number below it that it
/// has not seen: those gaps are probed one by one with each scan. A gap is forgotten once every transaction that could
/// have taken the number has ended. Until it knows which numbers may still come, it scans from the start.
///
/// Transaction numbers bound the owners of a gap: the journal's columns take the transaction's number before the
/// journal's number, so a transaction that begins after a snapshot takes numbers above all those taken before it.
struct PendingScanner {
    /// Beyond this many gaps the scanner goes back to scanning from the start, which needs no memory.
    private static let gapLimit = 20_000

    private enum Mode {
        /// Nothing is known of what may still come.
        case fresh
        /// Everything is read from the start, page by page behind `cursor`, until the transactions before `bound` have
        /// ended when a pass begins; those that begin later take numbers above `settled`.
        case fromStart(bound: Int64, settled: Int64, cursor: Int64, isLastPass: Bool)
        /// Numbers above `highest` and the gaps below it are read; each gap's owner began before its bound.
        case following(highest: Int64, gaps: [Int64: Int64])
    }

    private let schema: String
    private var mode = Mode.fresh

    init(schema: String) { self.schema = schema }

    /// The next scan reads all that is pending; called now and then as a net.
    mutating func startOver() { mode = .fresh }

    /// The next rows in the order of their numbers: those to be tried again, known gaps that have filled, and at most
    /// `limit` new ones.
    mutating func read(limit: Int, again: [Int64] = [], in transaction: Transaction) throws -> [JournalRow] {
        // The order of the three statements matters: the first bounds what the second must have seen, the third bounds
        // who may still write below what the second saw.
        let before = try transaction.only(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
                (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM \(unescaped: schema).journal_id) AS taken
            """)
        let rows = try scan(limit: limit, again: again, in: transaction)
        let known = Set(again)
        let found = rows.map(\.id).filter { !known.contains($0) }
        remember(
            found, isComplete: found.count < limit, oldest: try before.get("oldest"),
            taken: try before.get("taken"), next: try bound(needed: isFresh || !found.isEmpty, in: transaction))
        return rows
    }

    private var isFresh: Bool {
        switch mode {
        case .fresh: true
        case .fromStart, .following: false
        }
    }

    /// A transaction number above all that were given so far: this transaction's own, taken now.
    ///
    /// A snapshot's upper end would not do: it lies just above the newest transaction that has ended, so a running one
    /// may have that very number or a higher one. Taking a number costs a commit record, so it is done when rows were
    /// found and not with every look at an empty table.
    private func bound(needed: Bool, in transaction: Transaction) throws -> Int64 {
        guard needed else { return 0 }
        return try transaction.only("SELECT pg_current_xact_id()::text::bigint AS next").get("next")
    }

    /// Rows to be tried again are left out of the range: as long as it begins at the start they lie in it, and would come
    /// twice, or take the places of rows that nobody has seen.
    private func scan(limit: Int, again: [Int64], in transaction: Transaction) throws -> [JournalRow] {
        var highest: Int64 = 0
        var probes = again
        switch mode {
        case .fresh: break
        case .fromStart(_, _, let cursor, _): highest = cursor
        case .following(let seen, let gaps):
            highest = seen
            probes += gaps.keys
        }
        return try transaction.query(
            """
            SELECT journal.id, topic, key, seq, type, event_id, occurred_at, recorded_at, traceparent,
                extra_headers::text AS extra_headers, payload
            FROM (
                SELECT journal_id FROM \(unescaped: schema).pending WHERE journal_id = ANY(\(probes))
                UNION ALL
                (SELECT journal_id FROM \(unescaped: schema).pending
                    WHERE journal_id > \(highest) AND journal_id <> ALL(\(again))
                    ORDER BY journal_id LIMIT \(Int64(limit)))
            ) AS found
            JOIN \(unescaped: schema).journal ON journal.id = found.journal_id
            ORDER BY journal.id
            """, as: JournalRow.init)
    }

    private mutating func remember(_ ids: [Int64], isComplete: Bool, oldest: Int64, taken: Int64, next: Int64) {
        switch mode {
        case .fresh:
            // The first page of the first pass; transactions may still run that took lower numbers.
            mode = .fromStart(bound: next, settled: taken, cursor: isComplete ? 0 : ids.last ?? 0, isLastPass: false)
        case .fromStart(let bound, let settled, let cursor, var isLastPass):
            if cursor == 0 { isLastPass = oldest >= bound }
            if isLastPass, isComplete || ids.last ?? 0 > settled {
                follow(ids, from: settled, gaps: [:], next: next)
            } else {
                mode = .fromStart(
                    bound: bound, settled: settled, cursor: isComplete ? 0 : ids.last ?? 0, isLastPass: isLastPass)
            }
        case .following(let highest, let gaps):
            var open = gaps.filter { $0.value > oldest }
            for id in ids { open[id] = nil }
            follow(ids, from: highest, gaps: open, next: next)
        }
    }

    /// Moves on to the newest number seen and notes the numbers that were passed over.
    private mutating func follow(_ ids: [Int64], from highest: Int64, gaps: [Int64: Int64], next: Int64) {
        var gaps = gaps
        let newest = max(ids.last ?? 0, highest)
        guard newest - highest < Int64(Self.gapLimit), gaps.count < Self.gapLimit else { return startOver() }
        let seen = Set(ids)
        for id in (highest + 1)..<(newest + 1) where !seen.contains(id) { gaps[id] = next }
        mode = .following(highest: newest, gaps: gaps)
    }
}
