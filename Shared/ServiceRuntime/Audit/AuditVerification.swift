import Postgres

/// What a check of a chain found (rule 20).
public struct AuditReport: Sendable {
    /// Service whose chain it is.
    public let service: String
    /// Where it was looked at, e.g. "the service's tables".
    public let place: String
    /// Batches that hold, up to the first broken link.
    public let batches: Int64
    /// Entries in them.
    public let entries: Int64
    /// The chain's end; nil without any batch.
    public let head: AuditHead?
    /// The first broken link; nil when all hold.
    public let fault: AuditFault?

    /// A report from its parts.
    public init(
        service: String, place: String, batches: Int64, entries: Int64, head: AuditHead?, fault: AuditFault?
    ) {
        self.service = service
        self.place = place
        self.batches = batches
        self.entries = entries
        self.head = head
        self.fault = fault
    }
}

/// Recomputes the chain in a service's own tables, and compares every row with what was sealed of it.
///
/// It needs nothing but a login that may read, and sees one state of the database throughout.
public struct AuditVerification: Sendable {
    /// An entry that waits longer for its place is a fault: the sealer does not run.
    public static let longestWait = Duration.seconds(600)
    private static let pageSize = 50

    private let schema: String
    private let heads: [AuditHead]

    /// A check of a service's schema, against heads that were exported earlier.
    public init(service schema: String, heads: [AuditHead] = []) {
        self.schema = schema
        self.heads = heads
    }

    /// Checks everything.
    ///
    /// - Parameter visit: gets every batch that holds, in order, e.g. to export it.
    /// - Throws: `PostgresError`, or what `visit` throws; a broken link is in the report.
    public func run(
        on database: Database, visit: @escaping @Sendable (SealedBatch) throws -> Void = { _ in }
    ) async throws -> AuditReport {
        try await database.transaction(isolation: .repeatableRead, readOnly: true, attempts: 1) { transaction in
            var check = AuditChainCheck(service: schema, heads: heads)
            var sealedAt = ""
            var fault: AuditFault?
            do {
                while true {
                    let batches = try batches(after: check.batch, transaction)
                    for batch in batches {
                        try check.checkForm(batch.sealed)
                        try compareRows(batch, transaction)
                        try check.checkHead(batch.sealed)
                        sealedAt = batch.sealedAt.description
                        try visit(batch.sealed)
                    }
                    if batches.isEmpty { break }
                }
                try check.checkEnd()
                try checkLeftovers(check, transaction)
            } catch let found as AuditFault {
                fault = found
            }
            return AuditReport(
                service: schema, place: "the service's tables", batches: check.batch, entries: check.place,
                head: check.batch == 0
                    ? nil
                    : AuditHead(
                        service: schema, batch: check.batch, lastPlace: check.place, head: check.head,
                        sealedAt: sealedAt), fault: fault)
        }
    }

    private struct StoredBatch {
        let sealed: SealedBatch
        let sealedAt: Instant
        let ids: [Int64]
        let statedBatches: [Int64]
    }

    private func batches(after number: Int64, _ transaction: Transaction) throws -> [StoredBatch] {
        try transaction.query(
            """
            SELECT number, first_place, last_place, previous_head, header, head, sealed_at,
                ARRAY(SELECT bytes FROM \(identifier: schema).audit_seal
                    WHERE place BETWEEN first_place AND last_place ORDER BY place) AS entries,
                ARRAY(SELECT entry_id FROM \(identifier: schema).audit_seal
                    WHERE place BETWEEN first_place AND last_place ORDER BY place) AS ids,
                ARRAY(SELECT seal.batch FROM \(identifier: schema).audit_seal AS seal
                    WHERE place BETWEEN first_place AND last_place ORDER BY place) AS stated
            FROM \(identifier: schema).audit_batch
            WHERE number > \(number) ORDER BY number LIMIT \(Self.pageSize)
            """
        ) { row in
            StoredBatch(
                sealed: SealedBatch(
                    service: schema, number: try row.get("number"), firstPlace: try row.get("first_place"),
                    lastPlace: try row.get("last_place"), previousHead: try row.get("previous_head"),
                    head: try row.get("head"), header: try row.get("header"), entries: try row.get("entries")),
                sealedAt: try row.get("sealed_at"), ids: try row.get("ids"), statedBatches: try row.get("stated"))
        }
    }

    /// Makes the line of every row again, in its format, and compares it with the one that was sealed.
    private func compareRows(_ batch: StoredBatch, _ transaction: Transaction) throws {
        let rows = try transaction.query(
            """
            SELECT \(AuditEntry.columns) FROM \(identifier: schema).audit_entry AS entry
            WHERE entry.id = ANY(\(batch.ids))
            """)
        var found: [Int64: Row] = [:]
        for row in rows { found[try row.get("id")] = row }
        for (offset, id) in batch.ids.enumerated() {
            let place = batch.sealed.firstPlace + Int64(offset)
            func fault(_ what: String) -> AuditFault {
                AuditFault(service: schema, batch: batch.sealed.number, place: place, what)
            }
            guard batch.statedBatches[offset] == batch.sealed.number else {
                throw fault("the seal names batch \(batch.statedBatches[offset])")
            }
            guard let row = found[id] else { throw fault("the entry \(id) was sealed and is gone") }
            guard try AuditEntry(row: row, place: place).line == batch.sealed.entries[offset] else {
                throw fault("the entry \(id) is not what was sealed: the entry or the seal was changed")
            }
        }
    }

    /// What stands outside of the chain: seals without a batch, entries without a seal.
    private func checkLeftovers(_ check: AuditChainCheck, _ transaction: Transaction) throws {
        let stray = try transaction.first(
            "SELECT place FROM \(identifier: schema).audit_seal WHERE place > \(check.place) OR place < 1 LIMIT 1")
        if let stray {
            throw AuditFault(service: schema, place: try stray.get("place"), "a seal stands behind the last batch")
        }
        let unmarked = try transaction.first(
            """
            SELECT entry.id FROM \(identifier: schema).audit_entry AS entry
            WHERE NOT EXISTS (SELECT FROM \(identifier: schema).audit_seal WHERE entry_id = entry.id)
              AND NOT EXISTS (SELECT FROM \(identifier: schema).audit_unsealed WHERE entry_id = entry.id)
            ORDER BY entry.id LIMIT 1
            """)
        if let unmarked {
            let id = try unmarked.get("id", as: Int64.self)
            throw AuditFault(
                service: schema, "the entry \(id) has no place and waits for none: it was put in past the trigger")
        }
        let waiting = try transaction.first(
            """
            SELECT waiting.entry_id, entry.id IS NULL AS gone
            FROM \(identifier: schema).audit_unsealed AS waiting
            LEFT JOIN \(identifier: schema).audit_entry AS entry ON entry.id = waiting.entry_id
            WHERE entry.id IS NULL
               OR entry.recorded_at < clock_timestamp() - \(Self.longestWait.components.seconds) * interval '1 second'
            ORDER BY waiting.entry_id LIMIT 1
            """)
        if let waiting {
            let id = try waiting.get("entry_id", as: Int64.self)
            throw AuditFault(
                service: schema,
                try waiting.get("gone")
                    ? "the entry \(id) waited for its place and is gone"
                    : "the entry \(id) has waited for its place for more than ten minutes: nothing is sealed")
        }
    }
}

extension AuditHead {
    /// The newest head of a service's own chain; nil when nothing was sealed yet.
    public static func newest(of service: String, in database: Database) async throws -> AuditHead? {
        try await database.transaction(readOnly: true) { transaction in
            try transaction.first(
                """
                SELECT number, last_place, head, sealed_at FROM \(identifier: service).audit_batch
                ORDER BY number DESC LIMIT 1
                """
            ).map { row in
                AuditHead(
                    service: service, batch: try row.get("number"), lastPlace: try row.get("last_place"),
                    head: try row.get("head"), sealedAt: try row.get("sealed_at", as: Instant.self).description)
            }
        }
    }
}
