import Domain
import Foundation
import NotificationDomain
import Postgres

/// A notice as one reader sees it.
struct InboxEntry: Sendable {
    let stored: StoredNotice
    let standing: Notice.Standing
    let isRead: Bool

    var id: UUID { get throws { try UUID(known: stored.notice.id) } }
}

/// Finds what an enterprise can see without a row per recipient: a notice is visible to its addressees as long as they
/// belong to the point's current generation (NTF-5).
struct InboxReader: Sendable {
    /// What selects the notices.
    struct Filter: Sendable {
        var kind = ""
        var unreadOnly = false
        /// Only these, when there are any given.
        var notices: [UUID]?
    }

    /// Where a page ended.
    struct Position: Sendable {
        let visibleAt: Instant
        let notice: UUID
    }

    let cache: ChunkCache

    /// Candidates that one statement reads.
    private static let batch = 200

    /// The newest notices that an account of an enterprise can see, after a position; fewer than `limit` at the end.
    func entries(
        account: UUID, ordinal: UInt32, filter: Filter, after position: Position?, limit: Int,
        in transaction: Transaction
    ) throws -> [InboxEntry] {
        var entries: [InboxEntry] = []
        var position = position
        while entries.count < limit {
            let candidates = try candidates(
                account: account, ordinal: ordinal, filter: filter, after: position, in: transaction)
            entries += try visible(candidates, to: ordinal, in: transaction)
            guard candidates.count == Self.batch, let last = candidates.last else { break }
            position = Position(visibleAt: last.stored.visibleAt, notice: last.notice)
        }
        return Array(entries.prefix(limit))
    }

    /// A notice whose ranges of ordinals cover the reader's; whether it is in them is yet to be seen.
    private struct Candidate {
        let stored: StoredNotice
        let notice: UUID
        let point: UUID
        let generation: Int64
        let addresseesChunk: Int32
        let isRead: Bool
        let override: AudienceRepository.Override?
    }

    private func candidates(
        account: UUID, ordinal: UInt32, filter: Filter, after position: Position?, in transaction: Transaction
    ) throws -> [Candidate] {
        var conditions: [SQL] = ["notice.state = 'visible'"]
        if !filter.kind.isEmpty { conditions.append("notice.kind = \(filter.kind)") }
        if filter.unreadOnly { conditions.append("reading.account_id IS NULL") }
        if let notices = filter.notices { conditions.append("notice.notice_id = ANY(\(notices))") }
        if let position {
            conditions.append("(notice.visible_at, notice.notice_id) < (\(position.visibleAt), \(position.notice))")
        }
        return try transaction.query(
            """
            SELECT \(NoticeRepository.columns), audience.generation, addressees.chunk AS addressees_chunk,
                reading.account_id IS NOT NULL AS is_read, changed.ordinal IS NOT NULL AS is_changed,
                \(ordinal) AS ordinal, changed.verdict, coalesce(changed.estimated_fen, 0) AS estimated_fen
            FROM notification.notice AS notice
            JOIN notification.audience AS audience ON audience.point_id = notice.point_id AND audience.state = 'current'
            JOIN notification.notice_addressees AS addressees ON addressees.notice_id = notice.notice_id
                AND addressees.first_ordinal <= \(ordinal) AND addressees.last_ordinal >= \(ordinal)
            LEFT JOIN notification.audience_override AS changed ON changed.point_id = notice.point_id
                AND changed.generation = audience.generation AND changed.ordinal = \(ordinal)
            LEFT JOIN notification.notice_read AS reading ON reading.account_id = \(account)
                AND reading.notice_id = notice.notice_id
            WHERE \(SQL.joined(conditions, separator: " AND "))
            ORDER BY notice.visible_at DESC, notice.notice_id DESC
            LIMIT \(Self.batch)
            """
        ) { row in
            let isChanged: Bool = try row.get("is_changed")
            return Candidate(
                stored: try StoredNotice(row: row), notice: try row.get("notice_id"), point: try row.get("point_id"),
                generation: try row.get("generation"), addresseesChunk: try row.get("addressees_chunk"),
                isRead: try row.get("is_read"), override: isChanged ? try AudienceRepository.Override(row: row) : nil)
        }
    }

    private func visible(
        _ candidates: [Candidate], to ordinal: UInt32, in transaction: Transaction
    ) throws -> [InboxEntry] {
        let addressees = try chunks(
            candidates.map { .addressees(notice: $0.notice, chunk: $0.addresseesChunk) }, in: transaction)
        let addressed = candidates.filter {
            addressees[.addressees(notice: $0.notice, chunk: $0.addresseesChunk)]?.contains(ordinal) ?? false
        }
        let matched = try matches(
            of: ordinal, in: Set(addressed.filter { $0.override == nil }.map { Generation($0.point, $0.generation) }),
            in: transaction)
        return addressed.compactMap { candidate in
            let standing: Notice.Standing?
            if let override = candidate.override {
                standing = override.verdict.map { Notice.Standing(verdict: $0, estimatedFen: override.estimatedFen) }
            } else {
                standing = matched[Generation(candidate.point, candidate.generation)]
            }
            return standing.map { InboxEntry(stored: candidate.stored, standing: $0, isRead: candidate.isRead) }
        }
    }

    private struct Generation: Hashable {
        let point: UUID
        let number: Int64

        init(_ point: UUID, _ number: Int64) {
            self.point = point
            self.number = number
        }
    }

    /// A stored chunk without its members.
    private struct ChunkRange {
        let key: ChunkCache.Key
        let generation: Generation
        let verdict: Verdict
        let range: ClosedRange<UInt32>

        init(row: Row) throws {
            let point: UUID = try row.get("point_id")
            let number: Int64 = try row.get("generation")
            key = .audience(point: point, generation: number, chunk: try row.get("chunk"))
            generation = Generation(point, number)
            verdict = try row.value("verdict", table: "audience_chunk")
            range = try row.get("first_ordinal")...(try row.get("last_ordinal"))
        }
    }

    /// How an enterprise stands in generations, single changes aside.
    private func matches(
        of ordinal: UInt32, in generations: Set<Generation>, in transaction: Transaction
    ) throws -> [Generation: Notice.Standing] {
        guard !generations.isEmpty else { return [:] }
        let asked = Array(generations)
        let ranges = try transaction.query(
            """
            SELECT chunk.point_id, chunk.generation, chunk.chunk, chunk.verdict, chunk.first_ordinal,
                chunk.last_ordinal
            FROM unnest(\(asked.map(\.point)), \(asked.map(\.number))) AS asked (point_id, generation)
            JOIN notification.audience_chunk AS chunk USING (point_id, generation)
            WHERE chunk.first_ordinal <= \(ordinal) AND chunk.last_ordinal >= \(ordinal)
            """, as: ChunkRange.init(row:))
        let members = try chunks(ranges.map(\.key), in: transaction)
        var standings: [Generation: Notice.Standing] = [:]
        for range in ranges {
            guard let fen = members[range.key]?.estimate(of: ordinal) else { continue }
            standings[range.generation] = Notice.Standing(verdict: range.verdict, estimatedFen: fen)
        }
        return standings
    }

    /// How many enterprises at once stand to one notice; those who cannot see it are left out.
    func standings(
        of ordinals: [UInt32], to stored: StoredNotice, in transaction: Transaction
    ) throws -> [UInt32: Notice.Standing] {
        let point = try UUID(known: stored.notice.pointID)
        let notice = try UUID(known: stored.notice.id)
        guard
            let row = try transaction.first(
                """
                SELECT audience.generation FROM notification.audience AS audience
                JOIN notification.notice AS notice USING (point_id)
                WHERE audience.point_id = \(point) AND audience.state = 'current'
                    AND notice.notice_id = \(notice) AND notice.state = 'visible'
                """)
        else { return [:] }
        let generation: Int64 = try row.get("generation")
        let addressed = try addressed(of: ordinals, by: notice, in: transaction)
        let ranges = try transaction.query(
            """
            SELECT point_id, generation, chunk, verdict, first_ordinal, last_ordinal
            FROM notification.audience_chunk WHERE point_id = \(point) AND generation = \(generation)
            """, as: ChunkRange.init(row:)
        ).filter { range in addressed.contains { range.range.contains($0) } }
        let members = try chunks(ranges.map(\.key), in: transaction)
        var standings: [UInt32: Notice.Standing] = [:]
        for ordinal in addressed {
            for range in ranges where range.range.contains(ordinal) {
                guard let fen = members[range.key]?.estimate(of: ordinal) else { continue }
                standings[ordinal] = Notice.Standing(verdict: range.verdict, estimatedFen: fen)
            }
        }
        let overrides = try AudienceRepository.overrides(
            of: point, generation: generation, ordinals: addressed, in: transaction)
        for override in overrides {
            standings[override.ordinal] = override.verdict.map {
                Notice.Standing(verdict: $0, estimatedFen: override.estimatedFen)
            }
        }
        return standings
    }

    private func addressed(
        of ordinals: [UInt32], by notice: UUID, in transaction: Transaction
    ) throws -> [UInt32] {
        let ranges = try transaction.query(
            "SELECT chunk, first_ordinal, last_ordinal FROM notification.notice_addressees WHERE notice_id = \(notice)"
        ) { row in
            (
                key: ChunkCache.Key.addressees(notice: notice, chunk: try row.get("chunk")),
                range: try row.get("first_ordinal", as: UInt32.self)...(try row.get("last_ordinal", as: UInt32.self))
            )
        }.filter { chunk in ordinals.contains { chunk.range.contains($0) } }
        let members = try chunks(ranges.map(\.key), in: transaction)
        return ordinals.filter { ordinal in
            ranges.contains { $0.range.contains(ordinal) && members[$0.key]?.contains(ordinal) ?? false }
        }
    }

    /// Chunks from the cache or, where it has none, from the database.
    private func chunks(
        _ keys: [ChunkCache.Key], in transaction: Transaction
    ) throws -> [ChunkCache.Key: AudienceMembers] {
        var found = cache.find(keys)
        let missing = Set(keys).subtracting(found.keys)
        guard !missing.isEmpty else { return found }
        var loaded: [ChunkCache.Key: AudienceMembers] = [:]
        var points: [UUID] = []
        var generations: [Int64] = []
        var numbers: [Int32] = []
        var notices: [UUID] = []
        var noticeNumbers: [Int32] = []
        for key in missing {
            switch key {
            case .audience(let point, let generation, let chunk):
                points.append(point)
                generations.append(generation)
                numbers.append(chunk)
            case .addressees(let notice, let chunk):
                notices.append(notice)
                noticeNumbers.append(chunk)
            }
        }
        if !points.isEmpty {
            for row in try transaction.query(
                """
                SELECT point_id, generation, chunk, stored.members
                FROM unnest(\(points), \(generations), \(numbers)) AS asked (point_id, generation, chunk)
                JOIN notification.audience_chunk AS stored USING (point_id, generation, chunk)
                """)
            {
                let key = ChunkCache.Key.audience(
                    point: try row.get("point_id"), generation: try row.get("generation"), chunk: try row.get("chunk"))
                loaded[key] = try AudienceMembers(encoded: try row.get("members"))
            }
        }
        if !notices.isEmpty {
            for row in try transaction.query(
                """
                SELECT notice_id, chunk, stored.ordinals
                FROM unnest(\(notices), \(noticeNumbers)) AS asked (notice_id, chunk)
                JOIN notification.notice_addressees AS stored USING (notice_id, chunk)
                """)
            {
                let key = ChunkCache.Key.addressees(notice: try row.get("notice_id"), chunk: try row.get("chunk"))
                loaded[key] = try AudienceMembers(encoded: try row.get("ordinals"))
            }
        }
        cache.keep(loaded)
        found.merge(loaded) { _, fresh in fresh }
        return found
    }
}
