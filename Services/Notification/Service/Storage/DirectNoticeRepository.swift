import Domain
import Foundation
import NotificationDomain
import Postgres
import ServiceRuntime

/// A direct notice and when it became visible, in business time.
struct StoredDirectNotice: Sendable {
    let notice: DirectNotice
    let visibleAt: Instant
}

/// Notices to one enterprise or to posts of one unit (NTF-1, NTF-7).
enum DirectNoticeRepository {
    private static let columns: SQL = """
        notice.notice_id, notice.rule_id, notice.kind, notice.enterprise_id, notice.unit, notice.posts, notice.number,
        notice.due_on, notice.light, notice.result, notice.period_zh, notice.period_en, notice.score, notice.rank,
        notice.title_zh, notice.title_en, notice.body_zh, notice.body_en, notice.visible_at
        """

    /// Adds a notice; its first sequence number is 1.
    static func insert(_ stored: StoredDirectNotice, in transaction: Transaction) throws {
        let notice = stored.notice
        let (enterprise, unit, posts): (UUID?, String?, [String]) =
            switch notice.addressee {
            case .enterprise(let id): (try UUID(known: id), nil, [])
            case .posts(let unit, let posts): (nil, unit, posts.map(\.rawValue).sorted())
            }
        let facts = notice.facts
        try transaction.execute(
            """
            INSERT INTO notification.direct_notice
                (notice_id, rule_id, kind, enterprise_id, unit, posts, number, due_on, light, result, period_zh,
                 period_en, score, rank, title_zh, title_en, body_zh, body_en, visible_at, seq)
            VALUES (\(try UUID(known: notice.id)), \(notice.ruleID), \(notice.kind), \(enterprise), \(unit), \(posts),
                \(facts.number), \(facts.dueOn?.stored),
                \(facts.light?.rawValue), \(facts.result?.rawValue), \(facts.standing?.period.chinese),
                \(facts.standing?.period.english), \(facts.standing?.score), \(facts.standing?.rank),
                \(notice.title.chinese.source), \(notice.title.english.source), \(notice.body.chinese.source),
                \(notice.body.english.source), \(stored.visibleAt), 1)
            """, expecting: 1)
    }

    /// The newest notices for a reader after a position; fewer than `limit` at the end.
    static func entries(
        of owner: InboxOwner, filter: InboxReader.Filter, after position: InboxReader.Position?, limit: Int,
        in transaction: Transaction
    ) throws -> [DirectEntry] {
        var conditions: [SQL] = []
        if let enterprise = owner.enterprise {
            conditions.append("notice.enterprise_id = \(enterprise)")
        } else if !owner.units.isEmpty {
            // Equality lets the index give the newest first; units that have become another one are few.
            let unit: SQL =
                owner.units.count == 1 ? "notice.unit = \(owner.units[0])" : "notice.unit = ANY(\(owner.units))"
            conditions.append(unit + " AND notice.posts && \(owner.posts.map(\.rawValue).sorted())")
        } else {
            return []
        }
        if !filter.kind.isEmpty { conditions.append("notice.kind = \(filter.kind)") }
        if filter.unreadOnly { conditions.append("reading.account_id IS NULL") }
        if let notices = filter.notices { conditions.append("notice.notice_id = ANY(\(notices))") }
        if let position {
            conditions.append("(notice.visible_at, notice.notice_id) < (\(position.visibleAt), \(position.notice))")
        }
        return try transaction.query(
            """
            SELECT \(columns), reading.account_id IS NOT NULL AS is_read
            FROM notification.direct_notice AS notice
            LEFT JOIN notification.direct_notice_read AS reading ON reading.account_id = \(owner.account)
                AND reading.notice_id = notice.notice_id
            WHERE \(SQL.joined(conditions, separator: " AND "))
            ORDER BY notice.visible_at DESC, notice.notice_id DESC LIMIT \(limit)
            """
        ) { row in DirectEntry(stored: try StoredDirectNotice(row: row), isRead: try row.get("is_read")) }
    }

    /// Notices of transactions from one on, the first ones first.
    static func written<Value>(
        since known: Int64, except told: [UUID], limit: Int, in transaction: Transaction,
        _ make: (StoredDirectNotice, UUID, Int64) -> Value
    ) throws -> [Value] {
        try transaction.query(
            """
            SELECT \(columns), notice.written_by FROM notification.direct_notice AS notice
            WHERE written_by >= \(known) AND NOT notice_id = ANY(\(told))
            ORDER BY written_by, visible_at LIMIT \(limit)
            """
        ) { row in make(try StoredDirectNotice(row: row), try row.get("notice_id"), try row.get("written_by")) }
    }

    /// Notes that an account read a notice.
    ///
    /// - Returns: the sequence number of the event that tells of it; nil when it had read it before.
    static func markRead(
        _ notice: UUID, by account: UUID, at time: Instant, in transaction: Transaction
    ) throws -> Int64? {
        let isNew =
            try transaction.execute(
                """
                INSERT INTO notification.direct_notice_read (account_id, notice_id, opened_at)
                VALUES (\(account), \(notice), \(time)) ON CONFLICT DO NOTHING
                """) == 1
        guard isNew else { return nil }
        return try transaction.only(
            "UPDATE notification.direct_notice SET seq = seq + 1 WHERE notice_id = \(notice) RETURNING seq"
        ).get("seq")
    }
}

extension StoredDirectNotice {
    fileprivate init(row: Row) throws {
        let (title, body) = try row.templates(table: "direct_notice")
        let addressee: Addressee
        if let enterprise = try row.get("enterprise_id", as: UUID?.self) {
            addressee = .enterprise(enterprise.text)
        } else {
            let posts = try row.get("posts", as: [String].self).map { word in
                guard let post = Post(rawValue: word) else { throw StoredRowError("direct_notice", "posts is unknown") }
                return post
            }
            addressee = .posts(unit: try row.get("unit"), Set(posts))
        }
        notice = DirectNotice(
            id: try row.get("notice_id", as: UUID.self).text, ruleID: try row.get("rule_id"), kind: try row.get("kind"),
            addressee: addressee, facts: try DirectFacts(row: row), title: title, body: body)
        visibleAt = try row.get("visible_at")
    }
}

extension DirectFacts {
    fileprivate init(row: Row) throws {
        var standing: ShownStanding?
        if let rank = try row.get("rank", as: Int32?.self) {
            standing = ShownStanding(
                period: BilingualText(try row.get("period_zh"), try row.get("period_en")),
                score: try row.get("score"), rank: rank)
        }
        self.init(
            number: try row.get("number"),
            dueOn: try .optional(row, "due_on"),
            light: try row.get("light", as: String?.self).map { word in
                guard let light = ShownLight(rawValue: word) else {
                    throw StoredRowError("direct_notice", "light is unknown")
                }
                return light
            }, standing: standing,
            result: try row.get("result", as: String?.self).map { word in
                guard let result = ShownResult(rawValue: word) else {
                    throw StoredRowError("direct_notice", "result is unknown")
                }
                return result
            })
    }
}
