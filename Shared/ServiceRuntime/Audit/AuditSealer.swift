import CommonContracts
import Foundation
import Messaging
import Postgres
import SwiftProtobuf

extension Topic {
    /// Where a service publishes its sealed audit (rule 20).
    public static func audit(of service: String) -> Topic { .events(service, "audit") }
}

/// Gives the audit's entries their places in the chain and publishes them, batch by batch (rule 20).
///
/// A row that commits late has a lower number than rows already sealed; it waits in `audit_unsealed` from the moment
/// it can be seen, so that no cursor can pass it by. Batch, seals, the end of waiting and the event are one
/// transaction: an entry has its place exactly once, and what has a place is published.
struct AuditSealer: Sendable {
    /// Entries in one batch, at most.
    static let greatestCount = 200
    /// Bytes of all lines of a batch, unless its only entry has more; the event stays well under 64 KiB.
    static let greatestSize = 48_000
    private static let interval = Duration.seconds(1)

    let schema: String
    let database: Database
    let outbox: Outbox

    /// The worker that seals; its lock keeps other replicas out of the way, the transaction's lock makes sure.
    var worker: Worker {
        Worker(name: "audit-sealer", leader: true) { context in
            while true {
                while try await seal() > 0 {}
                try await context.wait(for: Self.interval)
            }
        }
    }

    /// Seals what waits, up to one batch.
    ///
    /// - Returns: how many entries got a place.
    func seal() async throws -> Int {
        let sealed = try await database.transaction(.consumers) { transaction in
            let count = try seal(transaction)
            if count > 0 { crashPoint("audit.beforeSeal") }
            return count
        }
        if sealed > 0 { crashPoint("audit.afterSeal") }
        return sealed
    }

    private func seal(_ transaction: Transaction) throws -> Int {
        let lock = "zhitongche.audit.\(schema)"
        try transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended(\(lock), 0))", expecting: 1)
        let last = try transaction.first(
            "SELECT number, last_place, head FROM \(identifier: schema).audit_batch ORDER BY number DESC LIMIT 1")
        let place = try last?.get("last_place", as: Int64.self) ?? 0
        let entries = try waiting(after: place, transaction)
        guard let end = entries.last else { return 0 }
        let previous = try last?.get("head", as: [UInt8].self) ?? AuditChain.start
        let sealedAt = try transaction.only("SELECT clock_timestamp() AS now").get("now", as: Instant.self)
        let header = AuditHeader(
            service: schema, batch: (try last?.get("number", as: Int64.self) ?? 0) + 1, first: place + 1,
            last: end.place, sealedAt: sealedAt)
        let lines = entries.map(\.line)
        let batch = SealedBatch(
            service: schema, number: header.batch, firstPlace: header.first, lastPlace: header.last,
            previousHead: previous,
            head: AuditChain.head(after: previous, header: header.line, entries: lines), header: header.line,
            entries: lines)
        try store(batch, ids: entries.map(\.id), sealedAt: sealedAt, transaction)
        try outbox.append(
            OutgoingEvent(
                .audit(of: schema), key: schema, seq: batch.number,
                time: try BusinessClock(schema: schema).now(transaction), batch.message(sealedAt: sealedAt)),
            in: transaction)
        return entries.count
    }

    /// The entries that can be seen and have no place, in the order of their numbers, as many as fit into a batch.
    private func waiting(after place: Int64, _ transaction: Transaction) throws -> [AuditEntry] {
        let rows = try transaction.query(
            """
            SELECT \(AuditEntry.columns)
            FROM \(identifier: schema).audit_unsealed AS waiting
            JOIN \(identifier: schema).audit_entry AS entry ON entry.id = waiting.entry_id
            ORDER BY waiting.entry_id LIMIT \(Self.greatestCount)
            """)
        var entries: [AuditEntry] = []
        var size = 0
        for (offset, row) in rows.enumerated() {
            let entry = try AuditEntry(row: row, place: place + 1 + Int64(offset))
            size += entry.line.count + 8
            if size > Self.greatestSize, !entries.isEmpty { break }
            entries.append(entry)
        }
        return entries
    }

    private func store(_ batch: SealedBatch, ids: [Int64], sealedAt: Instant, _ transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO \(identifier: schema).audit_batch
                (number, first_place, last_place, previous_head, header, head, sealed_at)
            VALUES (\(batch.number), \(batch.firstPlace), \(batch.lastPlace), \(batch.previousHead),
                \(batch.header), \(batch.head), \(sealedAt))
            """, expecting: 1)
        try transaction.execute(
            """
            INSERT INTO \(identifier: schema).audit_seal (place, batch, entry_id, bytes)
            SELECT \(batch.firstPlace) + place - 1, \(batch.number), entry_id, bytes
            FROM unnest(\(ids), \(batch.entries)) WITH ORDINALITY AS entry (entry_id, bytes, place)
            """, expecting: ids.count)
        try transaction.execute(
            "DELETE FROM \(identifier: schema).audit_unsealed WHERE entry_id = ANY(\(ids))", expecting: ids.count)
    }
}

extension SealedBatch {
    /// The batch as it is published.
    func message(sealedAt: Instant) -> Zhitongche_Common_V1_AuditBatchSealed {
        .with {
            $0.service = service
            $0.batch = number
            $0.firstPlace = firstPlace
            $0.lastPlace = lastPlace
            $0.previousHead = Data(previousHead)
            $0.head = Data(head)
            $0.header = Data(header)
            $0.entries = entries.map { Data($0) }
            $0.sealedAt = Google_Protobuf_Timestamp(sealedAt)
        }
    }

    /// The batch as it arrived.
    public init(_ message: Zhitongche_Common_V1_AuditBatchSealed) {
        self.init(
            service: message.service, number: message.batch, firstPlace: message.firstPlace,
            lastPlace: message.lastPlace, previousHead: Array(message.previousHead), head: Array(message.head),
            header: Array(message.header), entries: message.entries.map { Array($0) })
    }
}
