import Foundation
import Messaging
import NotificationContracts
import NotificationDomain
import Postgres
import ServiceRuntime

/// The events that notification tells others (NTF-8).
enum NoticeEvents {
    /// Key = notice.
    static let topic = Topic.events("notification", "notice")

    /// A notice became visible, or the number of those who can read it changed.
    static func published(_ stored: StoredNotice, seq: Int64, at time: Instant) throws -> OutgoingEvent {
        let notice = stored.notice
        return try OutgoingEvent(
            topic, key: notice.id, seq: seq, time: time,
            Zhitongche_Notification_V1_NoticePublished.with {
                $0.noticeID = notice.id
                $0.kind = notice.kind
                $0.pointID = notice.pointID
                $0.recipients = notice.state.recipients
                $0.visibleAt = stored.visibleAt.wire
            })
    }

    /// A notice to one enterprise or to posts of one unit became visible.
    static func published(_ stored: StoredDirectNotice, at time: Instant) throws -> OutgoingEvent {
        try OutgoingEvent(
            topic, key: stored.notice.id, seq: 1, time: time,
            Zhitongche_Notification_V1_NoticePublished.with {
                $0.noticeID = stored.notice.id
                $0.kind = stored.notice.kind
                $0.recipients = 1
                $0.visibleAt = stored.visibleAt.wire
            })
    }

    /// A notice is no longer seen by anybody.
    static func ended(_ stored: StoredNotice, seq: Int64, at time: Instant) throws -> OutgoingEvent {
        let notice = stored.notice
        return try OutgoingEvent(
            topic, key: notice.id, seq: seq, time: time,
            Zhitongche_Notification_V1_NoticeEnded.with {
                $0.noticeID = notice.id
                $0.kind = notice.kind
                $0.pointID = notice.pointID
                $0.endedAt = time.wire
            })
    }

    /// An account opened a notice for the first time.
    static func opened(_ notice: UUID, by owner: InboxOwner, seq: Int64, at time: Instant) throws -> OutgoingEvent {
        try OutgoingEvent(
            topic, key: notice.text, seq: seq, time: time,
            Zhitongche_Notification_V1_NoticeOpened.with {
                $0.noticeID = notice.text
                $0.accountID = owner.account.text
                $0.enterpriseID = owner.enterprise?.text ?? ""
                $0.openedAt = time.wire
            })
    }
}
