import Postgres

// Apart from the rest, which is fuzzed without the database.
extension PageToken {
    /// Reads a part of the key as a point in time, in microseconds.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT on `page_token` unless the time lies between 1970 and the year 9999: a
    ///   made-up one must not reach the database.
    public func instant(_ column: Int) throws -> Instant {
        Instant(microseconds: Int64(try integer(column, in: 0..<253_402_300_800_000_000)))
    }
}
