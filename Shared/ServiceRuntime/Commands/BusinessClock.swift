import Domain
import Postgres

/// Business time: the database's clock plus an offset kept per schema (rule 14).
///
/// Deadlines, stages and periods use it; tokens, leases, retries and retention use real time. The offset is moved only
/// by the development call, and every replica reads it from the table.
public struct BusinessClock: Sendable {
    private static let shanghai = Duration.seconds(8 * 3_600)

    private let schema: String

    /// The clock of a service's schema.
    public init(schema: String) { self.schema = schema }

    /// Business time at this moment of the transaction.
    public func now(_ transaction: Transaction) throws -> Instant {
        try transaction.only("SELECT \(reading) AS now").get("now")
    }

    /// Business time as an expression, for a statement that has to ask anyway.
    var reading: SQL {
        """
        (SELECT clock_timestamp() + shift_us * interval '1 microsecond' FROM \(identifier: schema).business_clock)
        """
    }

    /// Today's date in Asia/Shanghai by business time.
    public func today(_ transaction: Transaction) throws -> CivilDate { try Self.date(of: now(transaction)) }

    /// The date in Asia/Shanghai of a point in time. China has had no summer time since 1991, so the offset of eight
    /// hours is fixed.
    ///
    /// - Throws: `DomainError` outside 0001-01-01 to 9999-12-31.
    public static func date(of instant: Instant) throws -> CivilDate {
        let local = (instant + shanghai).microseconds
        let day = local / 86_400_000_000 - (local % 86_400_000_000 < 0 ? 1 : 0)
        return try CivilDate(dayNumber: Int(day))
    }

    /// The point in time at which a date begins in Asia/Shanghai.
    public static func start(of date: CivilDate) -> Instant {
        Instant(microseconds: Int64(date.dayNumber) * 86_400_000_000) - shanghai
    }

    /// By how much business time differs from the database's clock, in microseconds.
    func shift(_ transaction: Transaction) throws -> Int64 {
        try transaction.only("SELECT shift_us FROM \(identifier: schema).business_clock").get("shift_us")
    }

    /// Moves business time so that it is `target` now; it may go back, and timers that fired stay fired.
    func move(to target: Instant, _ transaction: Transaction) throws -> Instant {
        try transaction.execute(
            """
            UPDATE \(identifier: schema).business_clock
            SET shift_us = (extract(epoch FROM \(target)::timestamptz - clock_timestamp()) * 1000000)::bigint
            """, expecting: 1)
        return try now(transaction)
    }
}
