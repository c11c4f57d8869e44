import DirectoryDomain
import Postgres

/// Counters of failed logins, for known and unknown logins alike, so that a lock does not tell which exist (DIR-5).
enum LoginGuardRepository {
    /// The counter of a subject as it is; nothing is stored for a subject without one.
    static func find(_ subject: [UInt8], _ tx: Transaction) throws -> LoginGuard {
        try tx.first("SELECT failures, locked_until FROM directory.login_guard WHERE subject = \(subject)")
            .map(stored) ?? LoginGuard()
    }

    /// The counter of a subject, made if there is none, locked until the transaction ends.
    static func lock(_ subject: [UInt8], _ tx: Transaction) throws -> LoginGuard {
        // One statement, since between two the row might be forgotten.
        try stored(
            try tx.only(
                """
                INSERT INTO directory.login_guard (subject, failures) VALUES (\(subject), 0)
                ON CONFLICT (subject) DO UPDATE SET failures = login_guard.failures
                RETURNING failures, locked_until
                """))
    }

    static func save(_ guarding: LoginGuard, _ subject: [UInt8], _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.login_guard SET failures = \(Int32(guarding.failures)),
                locked_until = \(guarding.lockedUntil?.instant), changed_at = clock_timestamp()
            WHERE subject = \(subject)
            """, expecting: 1)
    }

    /// Deletes the counters that no failure has changed since a time.
    static func forget(before limit: Instant, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM directory.login_guard WHERE changed_at < \(limit)")
    }

    private static func stored(_ row: Row) throws -> LoginGuard {
        LoginGuard(
            failures: try row.get("failures"),
            lockedUntil: try row.get("locked_until", as: Instant?.self).map { RealTime($0) })
    }
}
