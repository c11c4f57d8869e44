import Domain
import NotificationDomain
import Postgres

/// A rule and its version for concurrent edits.
struct StoredRule: Sendable {
    let rule: Rule
    let seq: Int64
}

/// Rules in the database (NTF-3).
enum RuleRepository {
    private static let columns: SQL =
        "rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq"

    /// Rules in the order of their slugs, after one.
    static func page(after id: String, limit: Int, in transaction: Transaction) throws -> [StoredRule] {
        try transaction.query(
            """
            SELECT \(columns) FROM notification.rule WHERE rule_id > \(id) ORDER BY rule_id LIMIT \(limit)
            """, as: StoredRule.init(row:))
    }

    /// The rules that make notices of an event, in the order of their slugs.
    static func fillingInbox(of event: NotifiableEvent, in transaction: Transaction) throws -> [Rule] {
        try transaction.query(
            """
            SELECT \(columns) FROM notification.rule WHERE event = \(event.rawValue) AND is_enabled ORDER BY rule_id
            """, as: StoredRule.init(row:)
        ).map(\.rule).filter(\.fillsInbox)
    }

    /// The kinds of notices that rules make, in use or not.
    static func kinds(in transaction: Transaction) throws -> Set<String> {
        Set(try transaction.query("SELECT DISTINCT kind FROM notification.rule") { try $0.get("kind") })
    }

    /// The version of a rule; nil when there is none.
    static func version(of id: String, in transaction: Transaction) throws -> Int64? {
        try transaction.first("SELECT seq FROM notification.rule WHERE rule_id = \(id)")?.get("seq", as: Int64.self)
    }

    /// Adds a rule.
    ///
    /// - Returns: false when its slug is taken.
    static func insert(_ rule: Rule, in transaction: Transaction) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO notification.rule
                (rule_id, event, kind, channels, title_zh, title_en, body_zh, body_en, is_enabled, seq)
            VALUES (\(rule.id), \(rule.event.rawValue), \(rule.kind), \(rule.channels.map(\.rawValue)),
                \(rule.title.chinese.source), \(rule.title.english.source), \(rule.body.chinese.source),
                \(rule.body.english.source), \(rule.isEnabled), 1)
            ON CONFLICT (rule_id) DO NOTHING
            """) == 1
    }

    /// Replaces a rule of a known version.
    ///
    /// - Returns: false when its version is another one by now, or it does not exist.
    static func update(_ rule: Rule, expecting seq: Int64, in transaction: Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE notification.rule
            SET event = \(rule.event.rawValue), kind = \(rule.kind), channels = \(rule.channels.map(\.rawValue)),
                title_zh = \(rule.title.chinese.source), title_en = \(rule.title.english.source),
                body_zh = \(rule.body.chinese.source), body_en = \(rule.body.english.source),
                is_enabled = \(rule.isEnabled), seq = seq + 1
            WHERE rule_id = \(rule.id) AND seq = \(seq)
            """) == 1
    }
}

extension StoredRule {
    init(row: Row) throws {
        let event: NotifiableEvent = try row.value("event", table: "rule")
        let channels = try row.get("channels", as: [String].self).map { text in
            guard let channel = Channel(rawValue: text) else { throw StoredRowError("rule", "a channel is unknown") }
            return channel
        }
        do {
            rule = try Rule(
                id: try row.get("rule_id"), eventType: event.typeName, kind: try row.get("kind"), channels: channels,
                title: BilingualText(try row.get("title_zh"), try row.get("title_en")),
                body: BilingualText(try row.get("body_zh"), try row.get("body_en")),
                isEnabled: try row.get("is_enabled"))
        } catch let error as DomainError {
            throw StoredRowError("rule", error)
        }
        seq = try row.get("seq")
    }
}
