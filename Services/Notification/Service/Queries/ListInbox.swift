import Foundation
import Postgres
import ServiceRuntime

/// A page of the caller's inbox, newest first (NTF-1).
struct ListInbox: Sendable {
    let database: Database
    let reader: InboxReader

    func callAsFunction(
        owner: InboxOwner, filter: InboxReader.Filter, pageSize: Int32, pageToken: String
    ) async throws -> (entries: [InboxItem], nextPageToken: String) {
        let size = try page(size: pageSize)
        let hash = PageToken.hash(of: [
            "inbox", owner.account.text, owner.enterprise?.text ?? "", owner.units.joined(separator: " "),
            filter.kind,
            filter.unreadOnly ? "unread" : "all",
        ])
        let position = try PageToken.decode(pageToken, filterHash: hash, columns: 2).map { token in
            guard let microseconds = Int64(token.key[0]), let notice = UUID(uuidString: token.key[1]) else {
                throw Problem.invalid("page_token", "is not a token of this list")
            }
            return InboxReader.Position(visibleAt: Instant(microseconds: microseconds), notice: notice)
        }
        // One snapshot for all statements, or a generation could be replaced between two of them.
        let entries = try await database.snapshot { [reader] transaction in
            // Both sources have the same order, so the page is the beginning of the two merged.
            let direct = try DirectNoticeRepository.entries(
                of: owner, filter: filter, after: position, limit: size + 1, in: transaction
            ).map(InboxItem.direct)
            let ordinal = try owner.ordinal(in: transaction)
            let audience = try ordinal.map {
                try reader.entries(
                    account: owner.account, ordinal: $0, filter: filter, after: position, limit: size + 1,
                    in: transaction
                ).map(InboxItem.audience)
            }
            return try InboxItem.merged(audience ?? [], direct, limit: size + 1)
        }
        let (shown, next) = try paged(entries, size: size, filter: hash) {
            [String($0.visibleAt.microseconds), try $0.id.text]
        }
        return (Array(shown), next)
    }
}
