import Foundation
import GRPCCore
import NotificationContracts

/// What staff and enterprises find in their inbox.
extension Scenario {
    /// Waits until the inbox of a post holds unread notices about a number or matter, prints them, and marks them read.
    ///
    /// - Parameter wanted: how many of each kind there are at least.
    func readNotices(about matter: String, as login: String, post: String, _ wanted: [String: Int]) async throws {
        let kinds = wanted.map { "\($1) × \($0)" }.sorted().joined(separator: ", ")
        let found = try await eventually("\(login) reads \(kinds) about \(matter)") {
            let notices = try await self.unread(as: login)
                .filter { $0.title.zh.contains(matter) && wanted.keys.contains($0.kind) }
            let isComplete = wanted.allSatisfy { kind, count in notices.count { $0.kind == kind } >= count }
            return isComplete ? notices : nil
        }
        for notice in found.reversed() { Console.line("\(post)收件箱：\(notice.title.zh) —— \(notice.body.zh)") }
        try await at("notification", as: login) { client, bearer in
            _ = try await Zhitongche_Notification_V1_NotificationService.Client(wrapping: client).markRead(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.messageIds = found.map(\.messageID)
                    }), options: .ordinary)
        }
    }

    private func unread(as login: String) async throws -> [Zhitongche_Notification_V1_InboxMessage] {
        try await at("notification", as: login) { client, bearer in
            try await Zhitongche_Notification_V1_NotificationService.Client(wrapping: client).listInbox(
                request: bearer.request(
                    .with {
                        $0.unreadOnly = true
                        $0.pageSize = 200
                    }), options: .ordinary
            ).messages
        }
    }
}
