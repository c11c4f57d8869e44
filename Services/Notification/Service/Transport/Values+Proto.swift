import CommonContracts
import Domain
import NotificationContracts
import NotificationDomain
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

extension Instant {
    /// The point in time on the wire.
    var wire: Google_Protobuf_Timestamp { Google_Protobuf_Timestamp(self) }

    /// Reads the wire's point in time, cut to microseconds; nil outside of the years 1 to 9999.
    init?(_ wire: Google_Protobuf_Timestamp) {
        guard (-62_135_596_800...253_402_300_799).contains(wire.seconds), (0...999_999_999).contains(wire.nanos) else {
            return nil
        }
        self.init(microseconds: wire.seconds * 1_000_000 + Int64(wire.nanos) / 1_000)
    }
}

extension Channel {
    /// The channel on the wire.
    var wire: Zhitongche_Notification_V1_Channel {
        switch self {
        case .inbox: .inbox
        case .sms: .sms
        case .email: .email
        }
    }

    /// Reads the wire's channel; nil when it is not stated or not known.
    init?(_ wire: Zhitongche_Notification_V1_Channel) {
        switch wire {
        case .inbox: self = .inbox
        case .sms: self = .sms
        case .email: self = .email
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension BilingualTemplate {
    /// The templates as they were written.
    var wire: Zhitongche_Common_V1_LocalizedText {
        .with {
            $0.zh = chinese.source
            $0.en = english.source
        }
    }
}

extension StoredRule {
    /// The rule on the wire.
    var wire: Zhitongche_Notification_V1_Rule {
        .with {
            $0.ruleID = rule.id
            $0.eventType = rule.event.typeName
            $0.kind = rule.kind
            $0.channels = rule.channels.map(\.wire)
            $0.title = rule.title.wire
            $0.body = rule.body.wire
            $0.enabled = rule.isEnabled
            $0.version = seq
        }
    }
}

extension InboxItem {
    /// The message as its reader sees it.
    var wire: Zhitongche_Notification_V1_InboxMessage {
        switch self {
        case .audience(let entry): entry.wire
        case .direct(let entry): entry.wire
        }
    }
}

extension DirectEntry {
    /// The message as its reader sees it.
    fileprivate var wire: Zhitongche_Notification_V1_InboxMessage {
        let text = stored.notice.text
        return .with {
            $0.messageID = stored.notice.id
            $0.kind = stored.notice.kind
            $0.title = text.title.wire
            $0.body = text.body.wire
            $0.visibleAt = stored.visibleAt.wire
            $0.read = isRead
        }
    }
}

extension InboxEntry {
    /// The message as its reader sees it.
    var wire: Zhitongche_Notification_V1_InboxMessage {
        let text = stored.notice.text(for: standing)
        return .with {
            $0.messageID = stored.notice.id
            $0.kind = stored.notice.kind
            $0.title = text.title.wire
            $0.body = text.body.wire
            $0.pointID = stored.notice.pointID
            $0.verdict = standing.verdict.wire
            if let estimate = standing.estimate { $0.estimate = estimate.wire }
            $0.visibleAt = stored.visibleAt.wire
            $0.read = isRead
        }
    }
}

extension MessageCatcher.Caught {
    /// The message on the wire.
    var wire: Zhitongche_Notification_V1_CaughtMessage {
        .with {
            $0.channel = channel.wire
            $0.address = address
            $0.subject = subject
            $0.text = text
            $0.caughtAt = caughtAt.wire
        }
    }
}
