import Foundation
import NotificationContracts
import NotificationDomain
import Messaging
import Postgres
import ServiceRuntime

/// Marks messages of the caller's inbox as read (NTF-1). Messages that the caller cannot see are passed over.
struct MarkRead: Sendable {
    let runtime: Runtime
    let reader: InboxReader
    /// Turns a first reading into the event that tells of it.
    let opened: @Sendable (_ notice: UUID, _ owner: InboxOwner, _ seq: Int64, _ time: Instant) throws -> OutgoingEvent

    func callAsFunction(
        _ notices: [UUID], owner: InboxOwner, request: Zhitongche_Notification_V1_MarkReadRequest
    ) async throws -> Zhitongche_Notification_V1_MarkReadResponse {
        try await runtime.commands.run(request, id: request.requestID, object: "inbox:\(owner.account.text)") {
            [reader, opened] command in
            let filter = InboxReader.Filter(unreadOnly: true, notices: notices)
            var marked: Int32 = 0
            let direct = try DirectNoticeRepository.entries(
                of: owner, filter: filter, after: nil, limit: notices.count, in: command.tx)
            for notice in try direct.map({ try $0.id }).sorted(by: { $0.text < $1.text }) {
                guard
                    let seq = try DirectNoticeRepository.markRead(
                        notice, by: owner.account, at: command.now, in: command.tx)
                else { continue }
                marked += 1
                try command.emit(try opened(notice, owner, seq, command.now))
            }
            guard let ordinal = try owner.ordinal(in: command.tx) else {
                let sum = marked
                return .with { $0.marked = sum }
            }
            let unread = try reader.entries(
                account: owner.account, ordinal: ordinal, filter: filter, after: nil, limit: notices.count,
                in: command.tx)
            // In one order for all, so that two readers of the same notices never wait for each other.
            for notice in try unread.map({ try $0.id }).sorted(by: { $0.text < $1.text }) {
                guard
                    try NoticeRepository.markRead(notice, by: owner.account, at: command.now, in: command.tx)
                else { continue }
                marked += 1
                let seq = try NoticeRepository.nextSeq(of: notice, in: command.tx)
                try command.emit(try opened(notice, owner, seq, command.now))
            }
            let sum = marked
            return .with { $0.marked = sum }
        }
    }
}
