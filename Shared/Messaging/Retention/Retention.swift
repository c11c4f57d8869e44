import Postgres

/// Removes what is past its time: partitions of journal, publication and inbox as a whole, and old rows of the inbox's
/// default partition. Dead letters, parked messages and sequence numbers are kept.
///
/// The journal is what a broker made anew is refilled from, so it is kept at least as long as the topics of events; what
/// it no longer holds of the states comes from the tables. The inbox is kept longer than the topics, and after that the
/// sequence number of the aggregate still tells a repetition.
public struct Retention: Sendable {
    /// Days that topics of events are kept; nothing that they may still hold is forgotten here.
    public static let topicDays = 90
    /// Rows of the default partition deleted by one statement.
    private static let pieceSize: Int64 = 5_000

    private let schema: String
    private let database: Database
    private let journalDays: Int
    private let inboxDays: Int

    /// Retention of one schema.
    ///
    /// - Parameters:
    ///   - journalDays: age of the newest event of a partition from which it may go; the database takes at least 90.
    ///   - inboxDays: age of the messages of a week from which it may go; the database takes at least 98.
    public init(schema: String, database: Database, journalDays: Int, inboxDays: Int) {
        self.schema = schema
        self.database = database
        self.journalDays = journalDays
        self.inboxDays = inboxDays
    }

    /// Removes everything that is past its time.
    ///
    /// - Returns: names of the partitions dropped.
    /// - Throws: `PostgresError`; a lock that is not to be had within two seconds is one, and what was dropped stays so.
    public func run() async throws -> [String] {
        var dropped: [String] = []
        while let name = try await dropOne() { dropped.append(name) }
        while try await deletePiece() > 0 {}
        return dropped
    }

    private func dropOne() async throws -> String? {
        try await database.transaction(.consumers) { [schema, journalDays, inboxDays] transaction in
            try transaction.only(
                """
                SELECT \(unescaped: schema).drop_old_partition(\(Int32(journalDays)), \(Int32(inboxDays))) AS name
                """
            ).get("name")
        }
    }

    /// Messages of the default partition have recorded times without a week of their own: of a clock that runs ahead, or
    /// older than every week kept. Their time runs from when they came.
    private func deletePiece() async throws -> Int {
        try await database.transaction(.consumers) { [schema, inboxDays] transaction in
            try transaction.execute(
                """
                DELETE FROM \(unescaped: schema).inbox_other WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM \(unescaped: schema).inbox_other
                    WHERE received_at < clock_timestamp() - make_interval(days => \(Int32(max(inboxDays, 98))))
                    LIMIT \(Self.pieceSize)))
                """)
        }
    }
}
