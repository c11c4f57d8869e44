import DirectoryDomain
import Postgres

/// Counters of failed logins, for known and unknown logins alike, so that a lock does not tell which exist (DIR-5).
enum LoginGuardRepository {
    /// The counter of a subject, locked until the transaction ends.
    static func lock(_ subject: [UInt8], _ tx: Transaction) throws -> LoginGuard {
        try tx.execute(
            "INSERT INTO directory.login_guard (subject, failures) VALUES (\(subject), 0) ON CONFLICT DO NOTHING")
        let row = try tx.only(
            "SELECT failures, locked_until FROM directory.login_guard WHERE subject = \(subject) FOR UPDATE")
        return LoginGuard(
            failures: try row.get("failures"),
            lockedUntil: try row.get("locked_until", as: Instant?.self).map { RealTime($0) })
    }

    static func save(_ guarding: LoginGuard, _ subject: [UInt8], _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.login_guard SET failures = \(Int32(guarding.failures)),
                locked_until = \(guarding.lockedUntil?.instant), changed_at = clock_timestamp()
            WHERE subject = \(subject)
            """, expecting: 1)
    }

    static func forget(before limit: Instant, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM directory.login_guard WHERE changed_at < \(limit)")
    }
}
