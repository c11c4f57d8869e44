import Foundation
import NotificationDomain
import Postgres

/// A notice and when it became visible, in business time.
struct StoredNotice: Sendable {
    var notice: Notice
    let visibleAt: Instant
}

/// Notices in the database, each with its addressees as chunks of ordinals (NTF-5).
enum NoticeRepository {
    static let columns: SQL =
        """
        notice.notice_id, notice.rule_id, notice.kind, notice.point_id, notice.revision, notice.subject,
        notice.title_zh, notice.title_en, notice.body_zh, notice.body_en, notice.state, notice.recipients,
        notice.visible_at
        """

    /// Adds a notice with its addressees; its first sequence number is 1.
    static func insert(_ stored: StoredNotice, addressees: OrdinalSet, in transaction: Transaction) throws {
        let notice = stored.notice
        let id = try UUID(known: notice.id)
        try transaction.execute(
            """
            INSERT INTO notification.notice
                (notice_id, rule_id, kind, point_id, revision, subject, title_zh, title_en, body_zh, body_en, state,
                 recipients, visible_at)
            VALUES (\(id), \(notice.ruleID), \(notice.kind), \(try UUID(known: notice.pointID)), \(notice.revision),
                \(notice.subject), \(notice.title.chinese.source), \(notice.title.english.source),
                \(notice.body.chinese.source), \(notice.body.english.source), \(notice.state.name.rawValue),
                \(notice.state.recipients), \(stored.visibleAt))
            """, expecting: 1)
        try transaction.execute(
            "INSERT INTO notification.notice_seq (notice_id, seq) VALUES (\(id), 1)", expecting: 1)
        for (number, chunk) in try addressees.chunks().enumerated() {
            try transaction.execute(
                """
                INSERT INTO notification.notice_addressees (notice_id, chunk, first_ordinal, last_ordinal, ordinals)
                VALUES (\(id), \(Int32(number)), \(chunk.first), \(chunk.last), \(chunk.encoded))
                """, expecting: 1)
        }
    }

    /// All notices about a point, the oldest first.
    static func all(about point: UUID, in transaction: Transaction) throws -> [StoredNotice] {
        try transaction.query(
            """
            SELECT \(columns) FROM notification.notice AS notice
            WHERE point_id = \(point) ORDER BY visible_at, notice_id
            """, as: StoredNotice.init(row:))
    }

    /// Stores whether anybody sees a notice.
    static func save(_ notice: Notice, in transaction: Transaction) throws {
        try transaction.execute(
            """
            UPDATE notification.notice SET state = \(notice.state.name.rawValue), recipients = \(notice.state.recipients)
            WHERE notice_id = \(try UUID(known: notice.id))
            """, expecting: 1)
    }

    /// The next sequence number of a notice's events; locks it until the transaction ends.
    static func nextSeq(of notice: UUID, in transaction: Transaction) throws -> Int64 {
        try transaction.only(
            "UPDATE notification.notice_seq SET seq = seq + 1 WHERE notice_id = \(notice) RETURNING seq"
        ).get("seq")
    }

    /// All addressees of a notice.
    static func addressees(of notice: UUID, in transaction: Transaction) throws -> OrdinalSet {
        let chunks = try transaction.query(
            "SELECT ordinals FROM notification.notice_addressees WHERE notice_id = \(notice) ORDER BY chunk"
        ) { try AudienceMembers(encoded: try $0.get("ordinals")) }
        return try OrdinalSet(merging: chunks)
    }

    /// Whether an enterprise is an addressee of any notice of a kind about a version of a point.
    static func isAddressed(
        _ ordinal: UInt32, kind: String, point: UUID, revision: Int32, in transaction: Transaction
    ) throws -> Bool {
        try transaction.query(
            """
            SELECT addressees.ordinals
            FROM notification.notice AS notice
            JOIN notification.notice_addressees AS addressees USING (notice_id)
            WHERE notice.point_id = \(point) AND notice.revision = \(revision) AND notice.kind = \(kind)
                AND addressees.first_ordinal <= \(ordinal) AND addressees.last_ordinal >= \(ordinal)
            """
        ) { try AudienceMembers(encoded: try $0.get("ordinals")) }.contains { $0.contains(ordinal) }
    }

    /// Deletes the addressees of a notice that nobody will see again.
    static func forgetAddressees(of notice: UUID, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM notification.notice_addressees WHERE notice_id = \(notice)")
    }

    /// Notes that an account read a notice.
    ///
    /// - Returns: false when it had read it before.
    static func markRead(
        _ notice: UUID, by account: UUID, at time: Instant, in transaction: Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO notification.notice_read (account_id, notice_id, opened_at)
            VALUES (\(account), \(notice), \(time)) ON CONFLICT DO NOTHING
            """) == 1
    }
}

extension Notice.State {
    /// The words of the column, which a test compares with its CHECK.
    enum Name: String, CaseIterable {
        case visible, ended
    }

    var name: Name {
        switch self {
        case .visible: .visible
        case .ended: .ended
        }
    }

    /// Enterprises that can read it.
    var recipients: Int64 {
        switch self {
        case .visible(let recipients): recipients
        case .ended: 0
        }
    }
}

extension StoredNotice {
    init(row: Row) throws {
        let name: Notice.State.Name = try row.value("state", table: "notice")
        let (title, body) = try row.templates(table: "notice")
        let state: Notice.State =
            switch name {
            case .visible: .visible(recipients: try row.get("recipients"))
            case .ended: .ended
            }
        notice = Notice(
            id: try row.get("notice_id", as: UUID.self).text, ruleID: try row.get("rule_id"), kind: try row.get("kind"),
            pointID: try row.get("point_id", as: UUID.self).text, revision: try row.get("revision"),
            subject: try row.get("subject"), title: title, body: body, state: state)
        visibleAt = try row.get("visible_at")
    }
}
