import Foundation
import NotificationDomain
import Postgres
import ServiceRuntime

/// Finds notices as they are committed, by this replica or another, and gives them to open streams (NTF-1).
///
/// Commits of this replica wake it at once; a look every second finds those of others. Notices are found by the
/// transaction that wrote them: whatever is before the oldest transaction still open has been seen, so a commit out of
/// order is not missed.
struct InboxFeed: Sendable {
    /// The worker's name, for waking it.
    static let worker = "inbox-feed"
    /// The longest that a notice of another replica waits.
    static let interval = Duration.seconds(1)
    /// Notices that one look takes.
    private static let batch = 500

    let database: Database
    let reader: InboxReader
    let hub: InboxHub

    /// Looks until the service stops.
    func run(_ context: WorkerContext) async throws {
        while true {
            while try await look() {}
            try await context.wait(for: Self.interval)
        }
    }

    /// The oldest transaction that may still commit.
    static func horizon(in transaction: Transaction) throws -> Int64 {
        try transaction.only("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon").get("horizon")
    }

    private struct Written: Sendable {
        enum Content: Sendable {
            case audience(StoredNotice)
            case direct(StoredDirectNotice)
        }

        let content: Content
        let id: UUID
        let writtenBy: Int64
    }

    /// Tells of the notices that are new; true when there may be more.
    func look() async throws -> Bool {
        let (known, told) = hub.progress
        let (horizon, written) = try await database.transaction(readOnly: true) { transaction in
            // In this order: what was before the horizon then is in the second statement's snapshot for certain.
            let horizon = try Self.horizon(in: transaction)
            guard let known else { return (horizon, [Written]()) }
            let written = try transaction.query(
                """
                SELECT \(NoticeRepository.columns), notice.written_by FROM notification.notice AS notice
                WHERE written_by >= \(known) AND NOT notice_id = ANY(\(told))
                ORDER BY written_by, visible_at LIMIT \(Self.batch)
                """
            ) { row in
                Written(
                    content: .audience(try StoredNotice(row: row)), id: try row.get("notice_id"),
                    writtenBy: try row.get("written_by"))
            }
            let direct = try DirectNoticeRepository.written(
                since: known, except: told, limit: Self.batch, in: transaction
            ) { stored, id, writtenBy in Written(content: .direct(stored), id: id, writtenBy: writtenBy) }
            // The first of both in the order of their transactions, so that the horizon leaves none behind.
            let all = (written + direct).sorted { $0.writtenBy < $1.writtenBy }
            return (horizon, Array(all.prefix(Self.batch)))
        }
        for notice in written where hub.begin(notice.id, writtenBy: notice.writtenBy) {
            do {
                switch notice.content {
                case .audience(let stored): try await tell(stored)
                case .direct(let stored): tell(stored)
                }
            } catch {
                hub.takeBack(notice.id)
                throw error
            }
        }
        let isFull = written.count == Self.batch
        hub.move(to: isFull ? min(horizon, written.last?.writtenBy ?? horizon) : horizon)
        return isFull
    }

    /// Streams are opened for enterprises; staff list what is for their posts.
    private func tell(_ stored: StoredDirectNotice) {
        switch stored.notice.addressee {
        case .enterprise(let id):
            guard let enterprise = UUID(uuidString: id) else { return }
            hub.deliver(.direct(DirectEntry(stored: stored, isRead: false)), to: enterprise)
        case .posts: break
        }
    }

    private func tell(_ stored: StoredNotice) async throws {
        let enterprises = Array(hub.enterprises)
        guard !enterprises.isEmpty else { return }
        let (ordinals, standings) = try await database.transaction(isolation: .repeatableRead, readOnly: true) {
            [reader] transaction in
            let ordinals = try EnterpriseReplica.ordinals(of: enterprises, in: transaction)
            return (
                ordinals, try reader.standings(of: Array(ordinals.values), to: stored, in: transaction)
            )
        }
        for (enterprise, ordinal) in ordinals {
            guard let standing = standings[ordinal] else { continue }
            hub.deliver(
                .audience(InboxEntry(stored: stored, standing: standing, isRead: false)), to: enterprise)
        }
    }
}
