import Domain
import Postgres
import ServiceRuntime

/// The directory's copy of every service's audit; rows are inserted and never changed (DIR-8, rule 20).
enum CollectedAudit {
    /// What an entry can be searched by; nil and empty select everything.
    struct Filter: Sendable {
        var service = ""
        var subject = ""
        var units: [String]?
        var enterprise = ""
        var method = ""
        var object = ""
        var outcome = ""
        var from: Instant?
        var until: Instant?
    }

    /// Where a page ended.
    struct Position: Sendable {
        let recordedAt: Instant
        let id: Int64
    }

    /// An entry as it was collected.
    struct Collected: Sendable {
        let id: Int64
        let service: String
        let fault: String
        let line: [UInt8]
        let entry: AuditEntry
    }

    /// Why a batch does not follow the chain; nil when it does. It may follow the newest sound batch, or the newest one
    /// that came: after a flagged batch the chain goes on from whichever of the two its writer went on from.
    static func fault(of batch: SealedBatch, _ tx: Transaction) throws -> AuditFault? {
        let ends = try tx.query(
            """
            (SELECT number, last_place, head FROM directory.collected_batch
                WHERE service = \(batch.service) AND fault = '' ORDER BY id DESC LIMIT 1)
            UNION
            (SELECT number, last_place, head FROM directory.collected_batch
                WHERE service = \(batch.service) ORDER BY id DESC LIMIT 1)
            ORDER BY number
            """
        ) { row in
            AuditChainCheck(
                service: batch.service, batch: try row.get("number"), place: try row.get("last_place"),
                head: try row.get("head"))
        }
        var first: AuditFault?
        for end in ends.isEmpty ? [AuditChainCheck(service: batch.service)] : ends {
            do throws(AuditFault) {
                var check = end
                try check.take(batch)
                return nil
            } catch {
                if first == nil { first = error }
            }
        }
        return first
    }

    static func insert(
        _ batch: SealedBatch, sealedAt: Instant, recordedAt: Instant, event: String, fault: String, _ tx: Transaction
    ) throws {
        let id: Int64 = try tx.only(
            """
            INSERT INTO directory.collected_batch
                (service, number, first_place, last_place, previous_head, header, head, sealed_at, event_id, fault)
            VALUES (\(batch.service), \(batch.number), \(batch.firstPlace), \(batch.lastPlace),
                \(batch.previousHead), \(batch.header), \(batch.head), \(sealedAt), \(event), \(fault))
            RETURNING id
            """
        ).get("id")
        // What cannot be read has been told as a fault; its bytes are kept under the time of the event.
        let entries = batch.entries.map { line in try? AuditEntry(line: line) }
        func texts(_ path: KeyPath<AuditEntry, String>) -> [String] { entries.map { $0?[keyPath: path] ?? "" } }
        try tx.execute(
            """
            INSERT INTO directory.collected_entry
                (batch_id, service, place, line, recorded_at, subject, unit, enterprise, method, object, outcome)
            SELECT \(id), \(batch.service), \(batch.firstPlace) + place - 1, line,
                timestamptz 'epoch' + recorded_at * interval '1 microsecond', subject, unit, enterprise, method,
                object, outcome
            FROM unnest(
                \(batch.entries), \(entries.map { ($0?.recordedAt ?? recordedAt).microseconds }), \(texts(\.subject)),
                \(texts(\.unit)), \(texts(\.enterprise)), \(texts(\.method)), \(texts(\.object)), \(texts(\.outcome))
            ) WITH ORDINALITY AS entry (
                line, recorded_at, subject, unit, enterprise, method, object, outcome, place)
            """, expecting: entries.count)
    }

    /// Entries of a filter, the newest first.
    static func list(_ filter: Filter, after: Position?, limit: Int, _ tx: Transaction) throws -> [Collected] {
        var conditions: [SQL] = ["entry.outcome <> ''"]
        if !filter.service.isEmpty { conditions.append("entry.service = \(filter.service)") }
        if !filter.subject.isEmpty { conditions.append("entry.subject = \(filter.subject)") }
        if let units = filter.units { conditions.append("entry.unit = ANY(\(units))") }
        if !filter.enterprise.isEmpty { conditions.append("entry.enterprise = \(filter.enterprise)") }
        if !filter.method.isEmpty {
            conditions.append(
                "(entry.method = \(filter.method) OR split_part(entry.method, '/', 2) = \(filter.method))")
        }
        if filter.object.hasSuffix("*") {
            conditions.append("starts_with(entry.object, \(String(filter.object.dropLast())))")
        } else if !filter.object.isEmpty {
            conditions.append("entry.object = \(filter.object)")
        }
        if !filter.outcome.isEmpty { conditions.append("entry.outcome = \(filter.outcome)") }
        if let from = filter.from { conditions.append("entry.recorded_at >= \(from)") }
        if let until = filter.until { conditions.append("entry.recorded_at < \(until)") }
        if let after { conditions.append("(entry.recorded_at, entry.id) < (\(after.recordedAt), \(after.id))") }
        return try tx.query(
            """
            SELECT entry.id, entry.service, entry.line, batch.fault
            FROM directory.collected_entry AS entry
            JOIN directory.collected_batch AS batch ON batch.id = entry.batch_id
            WHERE \(SQL.joined(conditions, separator: " AND "))
            ORDER BY entry.recorded_at DESC, entry.id DESC LIMIT \(limit)
            """
        ) { row in
            let line = try row.get("line", as: [UInt8].self)
            return Collected(
                id: try row.get("id"), service: try row.get("service"), fault: try row.get("fault"), line: line,
                entry: try AuditEntry(line: line))
        }
    }

    /// The newest head of every service that followed the chain, and how many batches did not.
    static func heads(_ tx: Transaction) throws -> [(head: AuditHead, sealedAt: Instant, faults: Int64)] {
        try tx.query(
            """
            SELECT DISTINCT ON (service) service, number, last_place, head, sealed_at,
                (SELECT count(*) FROM directory.collected_batch AS flagged
                    WHERE flagged.service = batch.service AND flagged.fault <> '') AS faults
            FROM directory.collected_batch AS batch WHERE fault = '' ORDER BY service, id DESC
            """
        ) { row in
            let sealedAt = try row.get("sealed_at", as: Instant.self)
            let head = AuditHead(
                service: try row.get("service"), batch: try row.get("number"), lastPlace: try row.get("last_place"),
                head: try row.get("head"), sealedAt: sealedAt.description)
            return (head, sealedAt, try row.get("faults"))
        }
    }
}
