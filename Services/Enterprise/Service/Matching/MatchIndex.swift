import Domain
import EnterpriseDomain
import Logging
import Postgres
import ServiceRuntime

/// This replica's index, kept equal to the database (ENT-13).
///
/// It is read in bulk at start and at the beginning of each business day. In between it follows the table by transaction
/// numbers: everything that was changed by transactions from the oldest one on that was still open at the last look.
/// That sees the commits of this and of every other replica, in whatever order they end, by one indexed query.
actor MatchIndex {
    /// The worker that keeps the index current.
    static let workerName = "index"
    private static let pageSize = 5_000
    private static let bulkPageSize = 20_000
    private static let pause = Duration.milliseconds(500)

    private let database: Database
    private let clock: BusinessClock
    private let logger: Logger
    private var content: IndexContent?
    /// Number of the oldest transaction whose changes may be missing.
    private var horizon: Int64 = 0
    private var running: Task<Void, any Error>?
    private var waiting: Task<Void, any Error>?

    init(database: Database, clock: BusinessClock, logger: Logger) {
        self.database = database
        self.clock = clock
        self.logger = logger
    }

    /// Follows the table until the task is cancelled.
    func follow(_ context: WorkerContext) async throws {
        while true {
            try await catchUp()
            try await context.wait(for: Self.pause)
        }
    }

    /// Brings the index to at least the state that was committed when this was called. Callers that come while a look at
    /// the table is under way share the next one.
    func catchUp() async throws {
        if let waiting { return try await waiting.value }
        let before = running
        let task = Task {
            // How the look before ended was told to those who waited for it.
            _ = await before?.result
            self.promote()
            try await self.refresh()
        }
        waiting = task
        try await task.value
    }

    private func promote() {
        running = waiting
        waiting = nil
    }

    /// Answers from the index as it is now.
    ///
    /// - Throws: ``Problem`` UNAVAILABLE before the index was read for the first time.
    func read<Value: Sendable>(_ body: @Sendable (IndexContent) throws -> Value) throws -> Value {
        guard let content else { throw Problem.unavailable("the index is being read") }
        return try body(content)
    }

    private struct Look: Sendable {
        let today: CivilDate
        let maintained: Set<ListID>
        let horizon: Int64
        let changed: [(ordinal: UInt32, seq: Int64)]
    }

    private func refresh() async throws {
        let since = content == nil ? nil : horizon
        let look = try await database.transaction(.calls, isolation: .repeatableRead, readOnly: true) { [clock] tx in
            let today = try clock.today(tx)
            let horizon: Int64 = try tx.only(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon"
            ).get("horizon")
            let changed =
                try since.map { since in
                    try tx.query(
                        """
                        SELECT ordinal, seq FROM enterprise.enterprise WHERE changed_in >= \(since) ORDER BY ordinal
                        """
                    ) { (ordinal: try $0.get("ordinal", as: UInt32.self), seq: try $0.get("seq", as: Int64.self)) }
                } ?? []
            return Look(
                today: today, maintained: try EnterpriseRepository(tx: tx, today: today).maintainedLists(),
                horizon: horizon, changed: changed)
        }
        if content?.day == look.today {
            try await apply(look)
        } else {
            try await load(look)
        }
        horizon = look.horizon
    }

    private func apply(_ look: Look) async throws {
        content?.maintain(look.maintained)
        var ordinals = look.changed.filter { (content?.version(of: $0.ordinal) ?? 0) < $0.seq }.map(\.ordinal)[...]
        while !ordinals.isEmpty {
            let page = Array(ordinals.prefix(Self.pageSize))
            ordinals = ordinals.dropFirst(Self.pageSize)
            let rows = try await database.transaction(.calls, readOnly: true) { tx in
                try EnterpriseRepository(tx: tx, today: look.today).rows(page)
            }
            for row in rows { content?.apply(row.profile, version: row.seq) }
        }
    }

    /// Reads everything anew beside the content in use.
    private func load(_ look: Look) async throws {
        var filling = IndexFilling(IndexContent(day: look.today, maintained: look.maintained))
        var page = try await profiles(after: 0, look.today)
        while let end = page.last {
            // The database reads the next page while this one is taken in.
            async let next = profiles(after: end.profile.ordinal, look.today)
            for one in page { filling.add(one.profile, version: one.version) }
            page = try await next
        }
        let fresh = filling.finish()
        content = fresh
        logger.info(
            "index read", metadata: ["enterprises": "\(fresh.count)", "day": "\(look.today)"])
    }

    private nonisolated func profiles(after last: UInt32, _ today: CivilDate) async throws -> [ProfileReader.Found] {
        try await database.transaction(.calls, readOnly: true) { tx in
            var reader = ProfileReader()
            return try reader.page(after: last, limit: Self.bulkPageSize, today: today, in: tx)
        }
    }
}
