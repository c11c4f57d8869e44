import Postgres
import ServiceRuntime

/// Recomputes a service's chain in the directory's copy, with a login that may read and nothing else (DIR-8).
public struct CollectedAuditVerification: Sendable {
    private static let pageSize = 50

    private let service: String
    private let heads: [AuditHead]

    /// A check of the copy of a service's chain, against heads that were exported earlier.
    public init(service: String, heads: [AuditHead] = []) {
        self.service = service
        self.heads = heads
    }

    /// Checks everything.
    ///
    /// - Parameter current: heads of the service's own chain, as far as the copy goes; what the copy has must be the
    ///   same, what has not arrived yet is no fault.
    public func run(on database: Database, current: [AuditHead] = []) async throws -> AuditReport {
        try await database.transaction(isolation: .repeatableRead, readOnly: true, attempts: 1) { transaction in
            let arrived: Int64 = try transaction.only(
                """
                SELECT coalesce(max(number), 0) AS number FROM directory.collected_batch WHERE service = \(service)
                """
            ).get("number")
            // A head that was exported says more than one that the service shows now.
            var check = AuditChainCheck(service: service, heads: heads + current.filter { $0.batch <= arrived })
            var sealedAt = ""
            var last: Int64 = 0
            var fault: AuditFault?
            do {
                while true {
                    let rows = try page(after: last, transaction)
                    for row in rows {
                        let batch = try batch(row)
                        last = try row.get("id")
                        let flag: String = try row.get("fault")
                        try check.checkForm(batch)
                        try compareColumns(row, batch)
                        try check.checkHead(batch)
                        guard flag.isEmpty else {
                            throw AuditFault(service: service, batch: batch.number, "arrived with a fault: \(flag)")
                        }
                        sealedAt = try row.get("sealed_at", as: Instant.self).description
                    }
                    if rows.isEmpty { break }
                }
                try check.checkEnd()
            } catch let found as AuditFault {
                fault = found
            }
            let head = AuditHead(
                service: service, batch: check.batch, lastPlace: check.place, head: check.head, sealedAt: sealedAt)
            return AuditReport(
                service: service, place: "the directory's copy", batches: check.batch, entries: check.place,
                head: check.batch == 0 ? nil : head, fault: fault)
        }
    }

    private func page(after id: Int64, _ transaction: Transaction) throws -> [Row] {
        try transaction.query(
            """
            SELECT batch.*,
                ARRAY(SELECT line FROM directory.collected_entry WHERE batch_id = batch.id ORDER BY place) AS lines,
                ARRAY(SELECT concat_ws(E'\\x1f', place, service, to_char(
                        recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), subject, unit, enterprise,
                        method, object, outcome)
                    FROM directory.collected_entry WHERE batch_id = batch.id ORDER BY place) AS columns
            FROM directory.collected_batch AS batch
            WHERE service = \(service) AND id > \(id) ORDER BY id LIMIT \(Self.pageSize)
            """)
    }

    private func batch(_ row: Row) throws -> SealedBatch {
        SealedBatch(
            service: try row.get("service"), number: try row.get("number"), firstPlace: try row.get("first_place"),
            lastPlace: try row.get("last_place"), previousHead: try row.get("previous_head"),
            head: try row.get("head"), header: try row.get("header"), entries: try row.get("lines"))
    }

    /// Whether the columns by which entries are found say what the lines say.
    private func compareColumns(_ row: Row, _ batch: SealedBatch) throws {
        for (columns, line) in zip(try row.get("columns", as: [String].self), batch.entries) {
            let entry = try AuditEntry(line: line)
            let expected = [
                "\(entry.place)", service, entry.recordedAt.description, entry.subject, entry.unit, entry.enterprise,
                entry.method, entry.object, entry.outcome,
            ].joined(separator: "\u{1f}")
            guard columns == expected else {
                throw AuditFault(
                    service: service, batch: batch.number, place: entry.place,
                    "the columns of the entry say something else than its bytes")
            }
        }
    }
}
