import Foundation
import Postgres

/// A direct notice as one reader sees it.
struct DirectEntry: Sendable {
    let stored: StoredDirectNotice
    let isRead: Bool

    var id: UUID { get throws { try UUID(known: stored.notice.id) } }
}

/// One message of an inbox: about a policy's audience, or written to the reader.
enum InboxItem: Sendable {
    case audience(InboxEntry)
    case direct(DirectEntry)

    var id: UUID {
        get throws {
            switch self {
            case .audience(let entry): try entry.id
            case .direct(let entry): try entry.id
            }
        }
    }

    /// When it became visible, in business time.
    var visibleAt: Instant {
        switch self {
        case .audience(let entry): entry.stored.visibleAt
        case .direct(let entry): entry.stored.visibleAt
        }
    }

    /// Two lists, each newest first, as one in the same order: by time, then by identifier as the database orders it.
    static func merged(_ left: [InboxItem], _ right: [InboxItem], limit: Int) throws -> [InboxItem] {
        let keyed = try (left + right).map { (item: $0, id: try $0.id.text) }
        return keyed.sorted { ($0.item.visibleAt, $0.id) > ($1.item.visibleAt, $1.id) }.prefix(limit).map(\.item)
    }
}
