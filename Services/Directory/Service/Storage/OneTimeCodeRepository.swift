import DirectoryDomain
import Foundation
import Postgres

/// A one-time code with what it belongs to.
struct OneTimeCodeRecord: Sendable {
    let id: String
    let purpose: OneTimeCode.Purpose
    let phoneIndex: [UInt8]
    /// The account under registration; nil for logins.
    let account: String?
    let hash: [UInt8]
    var code: OneTimeCode
}

/// One-time codes (ENT-2, DIR-5).
enum OneTimeCodeRepository {
    private static let columns: SQL = """
        SELECT id, purpose, phone_index, account_id, code_hash, failed, used_at, expires_at
        FROM directory.one_time_code
        """

    /// One code, locked until the transaction ends.
    static func lock(_ id: String, _ tx: Transaction) throws -> OneTimeCodeRecord? {
        guard let uuid = UUID(uuidString: id) else { return nil }
        return try tx.first("\(columns) WHERE id = \(uuid) FOR UPDATE").map(record)
    }

    /// The newest code of a phone for a purpose, locked; sending a new code makes the older ones worthless.
    static func lockNewest(_ purpose: OneTimeCode.Purpose, phoneIndex: [UInt8], _ tx: Transaction) throws
        -> OneTimeCodeRecord?
    {
        try tx.first(
            """
            \(columns) WHERE phone_index = \(phoneIndex) AND purpose = \(purpose.rawValue)
            ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE
            """
        ).map(record)
    }

    /// How many codes a phone got and how often they were guessed wrongly; the phone is locked until the transaction
    /// ends, so that two calls at the same time count each other.
    static func allowance(
        phoneIndex: [UInt8], pauseSeconds: Int64, at now: RealTime, _ tx: Transaction
    ) throws -> CodeAllowance {
        try tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('directory.phone.' || encode(\(phoneIndex), 'hex'), 0))")
        let hour = now.adding(seconds: -3_600).instant
        let day = now.adding(seconds: -86_400).instant
        let row = try tx.only(
            """
            SELECT count(*) FILTER (WHERE created_at > \(hour)) AS sent, max(created_at) AS last,
                coalesce(sum(failed), 0)::bigint AS wrong
            FROM directory.one_time_code WHERE phone_index = \(phoneIndex) AND created_at > \(day)
            """)
        return CodeAllowance(
            pauseSeconds: pauseSeconds, sentInHour: try row.get("sent"),
            lastSentAt: try row.get("last", as: Instant?.self).map { RealTime($0) }, wrongInDay: try row.get("wrong"))
    }

    /// How many codes were asked for from an address in the past hour, for whatever phones; the address is locked until
    /// the transaction ends. Always after the phone, so that calls do not wait for each other in a ring.
    static func sentInHour(addressIndex: [UInt8], at now: RealTime, _ tx: Transaction) throws -> Int {
        try tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('directory.address.' || encode(\(addressIndex), 'hex'), 0))")
        return try tx.only(
            """
            SELECT count(*) AS sent FROM directory.one_time_code
            WHERE address_index = \(addressIndex) AND created_at > \(now.adding(seconds: -3_600).instant)
            """
        ).get("sent")
    }

    static func insert(
        id: String, _ purpose: OneTimeCode.Purpose, phoneIndex: [UInt8], addressIndex: [UInt8], account: String?,
        hash: [UInt8], code: OneTimeCode, at now: RealTime, _ tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO directory.one_time_code
                (id, purpose, phone_index, address_index, account_id, code_hash, failed, created_at, expires_at)
            VALUES (\(UUID(uuidString: id)), \(purpose.rawValue), \(phoneIndex), \(addressIndex),
                \(account.flatMap { UUID(uuidString: $0) }), \(hash), 0, \(now.instant), \(code.expiresAt.instant))
            """, expecting: 1)
    }

    static func save(_ record: OneTimeCodeRecord, at now: RealTime, _ tx: Transaction) throws {
        let (failed, usedAt): (Int?, Instant?) =
            switch record.code.state {
            case .open(let failed): (failed, nil)
            case .used: (nil, now.instant)
            case .exhausted: (OneTimeCode.attemptLimit, nil)
            }
        try tx.execute(
            """
            UPDATE directory.one_time_code SET failed = coalesce(\(failed), failed), used_at = \(usedAt)
            WHERE id = \(UUID(uuidString: record.id)) AND used_at IS NULL
            """, expecting: 1)
    }

    static func forget(before limit: Instant, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM directory.one_time_code WHERE created_at < \(limit)")
    }

    private static func record(_ row: Row) throws -> OneTimeCodeRecord {
        let failed: Int = try row.get("failed")
        let state: OneTimeCode.State =
            if try row.get("used_at", as: Instant?.self) != nil {
                .used
            } else if failed >= OneTimeCode.attemptLimit {
                .exhausted
            } else {
                .open(failed: failed)
            }
        return OneTimeCodeRecord(
            id: try row.get("id", as: UUID.self).text, purpose: try row.get("purpose"),
            phoneIndex: try row.get("phone_index"), account: try row.get("account_id", as: UUID?.self)?.text,
            hash: try row.get("code_hash"),
            code: OneTimeCode(state: state, expiresAt: RealTime(try row.get("expires_at", as: Instant.self))))
    }
}

extension OneTimeCode.Purpose: PostgresDecodable {}
