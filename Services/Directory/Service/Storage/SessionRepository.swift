import DirectoryDomain
import Foundation
import Postgres

/// A session: a family of refresh tokens, each exchanged for the next (DIR-6).
struct SessionRecord: Sendable {
    /// What ends a session; the raw value is the stored word.
    enum End: String, Sendable, CaseIterable {
        case logout
        case reuse
        case password
        case status
    }

    let id: String
    let account: String
    var enterprise: String?
    /// Whether a second factor was shown at login.
    let secondFactor: Bool
    let openedAt: RealTime
}

/// Sessions and their refresh tokens.
enum SessionRepository {
    static func insert(_ session: SessionRecord, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO directory.session (id, account_id, enterprise_id, second_factor, opened_at)
            VALUES (\(UUID(uuidString: session.id)), \(UUID(uuidString: session.account)),
                \(session.enterprise.flatMap { UUID(uuidString: $0) }), \(session.secondFactor),
                \(session.openedAt.instant))
            """, expecting: 1)
    }

    static func setEnterprise(_ enterprise: String?, of session: String, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.session SET enterprise_id = \(enterprise.flatMap { UUID(uuidString: $0) })
            WHERE id = \(UUID(uuidString: session))
            """, expecting: 1)
    }

    static func insertToken(
        _ token: String, session: String, issuedAt now: RealTime, expiresAt: RealTime, _ tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO directory.refresh_token (token_hash, session_id, issued_at, expires_at)
            VALUES (\(Secret.digest(token)), \(UUID(uuidString: session)), \(now.instant), \(expiresAt.instant))
            """, expecting: 1)
    }

    /// The account to which a refresh token belongs.
    static func account(ofToken token: String, _ tx: Transaction) throws -> String? {
        try tx.first(
            """
            SELECT session.account_id
            FROM directory.refresh_token AS token JOIN directory.session AS session ON session.id = token.session_id
            WHERE token.token_hash = \(Secret.digest(token))
            """
        ).map { try $0.get("account_id", as: UUID.self).text }
    }

    /// A refresh token and its session, both locked until the transaction ends.
    static func lock(token: String, _ tx: Transaction) throws -> (token: RefreshToken, session: SessionRecord)? {
        let row = try tx.first(
            """
            SELECT session.id, session.account_id, session.enterprise_id, session.second_factor, session.opened_at,
                session.ended_at, token.expires_at, token.used_at
            FROM directory.refresh_token AS token JOIN directory.session AS session ON session.id = token.session_id
            WHERE token.token_hash = \(Secret.digest(token)) FOR UPDATE
            """)
        guard let row else { return nil }
        return (
            RefreshToken(
                state: try row.get("used_at", as: Instant?.self) == nil ? .fresh : .used,
                expiresAt: RealTime(try row.get("expires_at", as: Instant.self)),
                sessionHasEnded: try row.get("ended_at", as: Instant?.self) != nil),
            SessionRecord(
                id: try row.get("id", as: UUID.self).text, account: try row.get("account_id", as: UUID.self).text,
                enterprise: try row.get("enterprise_id", as: UUID?.self)?.text,
                secondFactor: try row.get("second_factor"),
                openedAt: RealTime(try row.get("opened_at", as: Instant.self)))
        )
    }

    static func markUsed(token: String, at now: RealTime, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.refresh_token SET used_at = \(now.instant)
            WHERE token_hash = \(Secret.digest(token)) AND used_at IS NULL
            """, expecting: 1)
    }

    static func end(_ session: String, by end: SessionRecord.End, at now: RealTime, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.session SET ended_at = \(now.instant), ended_by = \(end.rawValue)
            WHERE id = \(UUID(uuidString: session)) AND ended_at IS NULL
            """)
    }

    /// Ends every session of an account.
    ///
    /// - Returns: How many were open.
    @discardableResult
    static func endAll(of account: String, by end: SessionRecord.End, at now: RealTime, _ tx: Transaction) throws -> Int
    {
        try tx.execute(
            """
            UPDATE directory.session SET ended_at = \(now.instant), ended_by = \(end.rawValue)
            WHERE account_id = \(UUID(uuidString: account)) AND ended_at IS NULL
            """)
    }

    /// Deletes sessions that were opened so long ago that none of their tokens can be valid.
    static func forget(openedBefore limit: Instant, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM directory.session WHERE opened_at < \(limit)")
    }
}
