import Kafka
import Postgres

/// How far the broker has acknowledged the events of one day in one partition; part of the day's digest (XCT-7).
struct DeliveredDay: Sendable, Hashable {
    let topic: String
    let partition: Int32
    /// UTC day of the recorded time.
    let day: CalendarDate

    /// The highest offset of each partition and day in a batch.
    static func highest(of delivered: [(row: JournalRow, place: Delivery)]) -> [DeliveredDay: Int64] {
        var highest: [DeliveredDay: Int64] = [:]
        for (row, place) in delivered {
            let key = DeliveredDay(topic: row.topic, partition: place.partition, day: day(of: row.recordedAt))
            highest[key] = max(highest[key] ?? 0, place.offset)
        }
        return highest
    }

    private static func day(of time: Instant) -> CalendarDate {
        let length: Int64 = 86_400_000_000
        let (quotient, rest) = time.microseconds.quotientAndRemainder(dividingBy: length)
        return CalendarDate(daysSince1970: Int32(quotient - (rest < 0 ? 1 : 0)))
    }

    /// Notes the offsets under the cluster that the relay publishes to.
    static func note(_ highest: [DeliveredDay: Int64], schema: String, in transaction: Transaction) throws {
        let entries = highest.map { $0 }
        try transaction.execute(
            """
            INSERT INTO \(unescaped: schema).delivered_day (cluster, topic, partition, day, last_offset)
            SELECT cluster, topic, partition, day, last_offset
            FROM \(unescaped: schema).relay_state, unnest(
                \(entries.map(\.key.topic)), \(entries.map(\.key.partition)), \(entries.map(\.key.day)),
                \(entries.map(\.value))
            ) AS entry (topic, partition, day, last_offset)
            ON CONFLICT (cluster, topic, partition, day)
            DO UPDATE SET last_offset = GREATEST(delivered_day.last_offset, EXCLUDED.last_offset)
            """)
    }
}
