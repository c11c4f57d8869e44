import Domain
import EnterpriseDomain
import Logging
import Messaging
import Postgres
import ServiceRuntime

/// Turns changes of points and enterprises into audiences, on one replica at a time (ENT-9, ENT-11).
///
/// Tasks name what changed, not how: what is done goes by the state of the moment, so doing a task twice, or after a
/// newer one, changes nothing. A former leader is stopped by the sequence number of the audience that it read.
struct Matcher: Sendable {
    /// The worker's name.
    static let workerName = "matcher"
    private static let tasksAtOnce = 200
    /// Above so many changed enterprises at once, every point is computed anew on the index instead.
    static let differenceLimit = 2_000
    private static let abandonedAfter = Duration.seconds(30)
    private static let pause = Duration.seconds(1)

    let runtime: Runtime
    let index: MatchIndex
    let catalogue: PointCatalogue

    /// Works until the task is cancelled.
    func run(_ context: WorkerContext) async throws {
        while true {
            while try await step(context.logger) {}
            try await context.wait(for: Self.pause)
        }
    }

    /// Does the oldest tasks; false when there was nothing to do.
    private func step(_ logger: Logger) async throws -> Bool {
        let tasks = try await runtime.database.transaction(.consumers) { [clock = runtime.clock] tx in
            try Self.addDueTasks(tx, clock)
            return try MatchQueue(tx: tx).oldest(limit: Self.tasksAtOnce)
        }
        if tasks.isEmpty { return false }
        var changed = Bitmap()
        for task in tasks { changed.formUnion(task.ordinals) }
        if tasks.contains(where: { $0.kind == .all }) || changed.count > Self.differenceLimit {
            try await matchAll()
            try await runtime.database.transaction(.consumers) { try MatchQueue(tx: $0).remove(tasks.map(\.id)) }
            logger.info("every point matched", metadata: ["tasks": "\(tasks.count)"])
            return true
        }
        let ofEnterprises = tasks.filter { $0.kind == .enterprises }
        if !ofEnterprises.isEmpty { try await matchEnterprises(changed.ordinals, ofEnterprises.map(\.id)) }
        let ofPoints = Dictionary(grouping: tasks.filter { $0.kind == .point }, by: \.ref)
        if ofPoints.isEmpty { return true }
        let targets = try await targets(ofPoints.keys.sorted())
        // From here on the index holds at least what these tasks, and the audiences as they stand, tell of.
        try await index.catchUp()
        for target in targets { try await match(target, ofPoints[target.id, default: []].map(\.id)) }
        return true
    }

    /// A new business day changes ages and what is in force; a load given up half-way has changes nobody told of.
    private static func addDueTasks(_ tx: Transaction, _ clock: BusinessClock) throws {
        let today = try clock.today(tx).stored
        let isNewDay =
            try tx.execute(
                """
                INSERT INTO enterprise.matched_day AS matched (day) VALUES (\(today))
                ON CONFLICT (singleton) DO UPDATE SET day = EXCLUDED.day WHERE matched.day <> EXCLUDED.day
                """) > 0
        if isNewDay { try MatchQueue(tx: tx).appendAll(because: "day") }
        if try LoadRepository(tx: tx).takeAbandoned(after: abandonedAfter) {
            try MatchQueue(tx: tx).appendAll(because: "load")
        }
    }

    // MARK: Points

    /// A point to be matched, and where its audience stood before the index was asked.
    struct Target: Sendable {
        let id: String
        /// Nil for a point that is not in force.
        let point: PointReplica.Stored?
        /// Sequence number of the audience's last event; nil before the first.
        let seq: Int64?
    }

    private func matchAll() async throws {
        let targets = try await runtime.database.transaction(.consumers, readOnly: true) { tx in
            let points = try PointReplica(tx: tx).inForce()
            let heads = try AudienceRepository(tx: tx).heads()
            let seqs = Dictionary(heads.map { ($0.pointID, $0.seq) }) { first, _ in first }
            let known = Set(points.map(\.id))
            return points.map { Target(id: $0.id, point: $0, seq: seqs[$0.id]) }
                + heads.filter { !$0.isDissolved && !known.contains($0.pointID) }
                .map { Target(id: $0.pointID, point: nil, seq: $0.seq) }
        }
        try await index.catchUp()
        for target in targets { try await match(target, []) }
    }

    /// Points with where their audiences stand.
    func targets(_ points: [String]) async throws -> [Target] {
        try await runtime.database.transaction(.consumers, readOnly: true) { tx in
            try points.map { id in
                let stored = try PointReplica(tx: tx).point(id)
                return Target(
                    id: id, point: stored?.state == .published ? stored : nil,
                    seq: try AudienceRepository(tx: tx).head(id)?.seq)
            }
        }
    }

    /// Computes a point's audience on the index and stores it in one transaction with the end of its tasks. The index must
    /// have caught up after the target was read: then whoever wrote the audience later, or knew more, is noticed.
    ///
    /// - Throws: ``AudienceOvertaken``.
    func match(_ target: Target, _ tasks: [Int64]) async throws {
        guard let stored = target.point else {
            try await finish(tasks) { writer in try writer.dissolve(target.id, expected: target.seq) }
            return
        }
        let point = try catalogue.point(stored)
        let (sets, estimates) = try await index.read { content in
            let sets = content.audience(of: point.terms)
            return (
                sets,
                VerdictEstimates(
                    met: content.estimates(of: point.terms.benefit, for: sets.met.ordinals),
                    unknown: content.estimates(of: point.terms.benefit, for: sets.unknown.ordinals))
            )
        }
        try await finish(tasks) { writer in
            // A version that arrived in the meantime has brought a task of its own.
            guard try PointReplica(tx: writer.tx).point(target.id)?.eventSeq == stored.eventSeq else { return }
            try writer.publish(point, sets, estimates, expected: target.seq)
        }
    }

    private func finish(_ tasks: [Int64], _ body: @escaping @Sendable (AudienceWriter) throws -> Void) async throws {
        try await runtime.database.transaction(.consumers) { [runtime] tx in
            try body(AudienceWriter(tx: tx, outbox: runtime.outbox, now: try runtime.clock.now(tx)))
            if !tasks.isEmpty { try MatchQueue(tx: tx).remove(tasks) }
        }
    }

    // MARK: Enterprises

    /// Holds changed enterprises against every audience by the evaluator itself, without computing anybody else anew.
    private func matchEnterprises(_ ordinals: [UInt32], _ tasks: [Int64]) async throws {
        try await finish(tasks) { [catalogue, runtime] writer in
            let tx = writer.tx
            let today = try runtime.clock.today(tx)
            let enterprises = EnterpriseRepository(tx: tx, today: today)
            let maintained = try enterprises.maintainedLists()
            let subjects = try enterprises.rows(ordinals).map {
                MatchSubject($0.profile, maintained: maintained, today: today)
            }
            let points = Dictionary(
                try PointReplica(tx: tx).inForce().map { ($0.id, try catalogue.point($0)) }
            ) { first, _ in first }
            for head in try AudienceRepository(tx: tx).lockedHeads() {
                // Of a point with a newer version, or out of force, the whole audience is about to be dealt with.
                guard let point = points[head.pointID], point.revision == head.revision else { continue }
                try writer.apply(subjects, to: point, head)
            }
        }
    }
}
