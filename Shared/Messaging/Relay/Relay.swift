import Kafka
import Logging
import Metrics
import Postgres
import Synchronization

/// Publishes the journal of one schema in commit order per aggregate (XCT-5; RELIABILITY rules 2 to 6).
///
/// One process leads: it holds a session advisory lock on a connection of its own, and only through that connection are
/// rows taken off the pending list, so a leader that lost its lock cannot write. The others wait for the lock and tell
/// the leader of their commits.
public final class Relay: Sendable {
    /// How a relay works; the defaults are those of production.
    public struct Settings: Sendable {
        /// Rows read and published at once.
        public var batchSize = 1_000
        /// How long the broker may take to acknowledge; the outbox, not the producer, is the retry queue.
        public var messageTimeout: Duration = .seconds(5)
        /// The net below waking: how often the pending list is read without being told.
        public var pollInterval: Duration = .seconds(1)
        /// How often the pending list is read from the start.
        public var netInterval: Duration = .seconds(30)
        /// How often it is checked that the broker is still the same cluster.
        public var clusterInterval: Duration = .seconds(3)
        /// Journal numbers that one statement puts back when the broker is another cluster.
        public var refillPiece: Int64 = 50_000
        /// How often a follower tries to lead.
        public var lockInterval: Duration = .milliseconds(500)
        /// How long a follower gathers commits before it tells the leader.
        public var notifyInterval: Duration = .milliseconds(5)

        /// The defaults.
        public init() {}
    }

    private let schema: String
    private let service: String
    private let database: Database
    private let kafka: KafkaConfiguration
    private let settings: Settings
    private let logger: Logger
    private let signal = Signal()
    private let published: Counter
    /// Set when rows below the newest have come back to the pending list, where following would not look at once.
    private let isToStartOver = Mutex(false)

    /// Makes the relay of one service; it works while ``run()`` runs.
    public init(
        schema: String, service: String, database: Database, kafka: KafkaConfiguration, settings: Settings = Settings(),
        logger: Logger
    ) {
        self.schema = schema
        self.service = service
        self.database = database
        self.kafka = kafka
        self.settings = settings
        self.logger = logger
        published = Counter(label: "ztc_outbox_published_total")
    }

    /// Tells the relay that events were committed; cheap, and safe to call at any time.
    public func wake() { signal.raise() }

    /// Tells the leader, here or elsewhere, that published events were put on the pending list again. Without it they
    /// are found all the same, within half a minute.
    public func lookAgain() async throws {
        try await database.transaction(.relay) { [schema] transaction in
            _ = try transaction.execute("SELECT pg_notify(\("ztc_\(schema)_pending"), \(Self.again))")
        }
    }

    private static let again = "again"

    /// Leads or waits to lead until the task is cancelled; then hands over cleanly.
    public func run() async throws {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                try await serveOnce()
                backoff.reset()
            } catch is CancellationError {
                break
            } catch {
                logger.warning("relay stopped; it starts again", metadata: ["error": "\(error)"])
                await backoff.wait()
            }
        }
    }

    /// One term: from taking a connection to losing or handing over the lock.
    private func serveOnce() async throws {
        let connection = try await database.dedicated(name: "relay")
        do {
            if try await waitForLock(connection) { try await lead(connection) }
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }

    private func waitForLock(_ connection: DedicatedConnection) async throws -> Bool {
        while !Task.isCancelled {
            if try await connection.tryAdvisoryLock(lockKey) { return true }
            let isWoken = await signal.wait(atMost: settings.lockInterval)
            if isWoken, !Task.isCancelled { try await tellLeader() }
        }
        return false
    }

    /// One notification for all commits of a few milliseconds, outside of the business transactions (rule 5).
    private func tellLeader() async throws {
        try await Task.sleep(for: settings.notifyInterval)
        try await database.transaction(.relay) { [schema] transaction in
            _ = try transaction.execute("SELECT pg_notify(\("ztc_\(schema)_pending"), '')")
        }
    }

    private func lead(_ connection: DedicatedConnection) async throws {
        let term = try await RelayTerm.begin(schema: schema, leader: kafka.clientID, on: connection)
        logger.info("relay leads", metadata: ["epoch": "\(term.epoch)", "clean": "\(term.wasClean)"])
        if !term.wasClean {
            // The leader before may have messages under way; they end with their timeout (rule 4).
            try await Task.sleep(for: settings.messageTimeout + LeaderLease.validity)
        }
        let producer = try KafkaProducer(configuration: kafka, messageTimeout: settings.messageTimeout, logger: logger)
        let lease = LeaderLease()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.listen() }
                group.addTask { try await self.watchLock(lease, producer, on: connection) }
                group.addTask { try await self.publishAll(term, lease, with: producer, on: connection) }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            producer.purge()
            await producer.close()
            throw error
        }
        await producer.close()
        try await term.end(on: connection)
        logger.info("relay handed over", metadata: ["epoch": "\(term.epoch)"])
    }

    /// Checks the lock while messages are under way. Without it everything in flight is dropped at once: a former leader
    /// must not publish late.
    private func watchLock(_ lease: LeaderLease, _ producer: KafkaProducer, on connection: DedicatedConnection)
        async throws
    {
        do {
            while true {
                let begun = ContinuousClock.now
                guard try await connection.holdsAdvisoryLock(lockKey) else {
                    throw PostgresError.connection("the relay's lock is no longer held")
                }
                lease.renew(begun: begun)
                try await Task.sleep(for: LeaderLease.interval)
            }
        } catch is CancellationError {
            lease.end()
        } catch {
            lease.end()
            producer.purge()
            throw error
        }
    }

    private var lockKey: Int64 { LockName.key("relay.\(schema)") }

    /// Hears the notifications of the other replicas on a connection of its own.
    private func listen() async throws {
        let connection = try await database.dedicated(name: "relay-listen")
        do {
            for try await news in try await connection.listen("ztc_\(schema)_pending") {
                if news == Self.again { isToStartOver.withLock { $0 = true } }
                signal.raise()
            }
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
        if !Task.isCancelled { throw PostgresError.connection("the listening connection ended") }
    }

    /// Publishes until the task is cancelled. A batch in hand is finished and marked before this returns.
    private func publishAll(
        _ term: RelayTerm, _ lease: LeaderLease, with producer: KafkaProducer, on connection: DedicatedConnection
    ) async throws {
        var scanner = PendingScanner(schema: schema)
        var held = HeldLanes()
        var lastNet = ContinuousClock.now
        var lastClusterCheck: ContinuousClock.Instant?
        var knownLosses = 0
        var backoff = Backoff()
        while !Task.isCancelled {
            let losses = producer.connectionLosses
            if losses != knownLosses
                || lastClusterCheck.map({ ContinuousClock.now - $0 > settings.clusterInterval }) ?? true
            {
                // Before the first batch, now and then, after every failure and every lost connection: a broker made
                // anew must be refilled before it is added to, or a newcomer would miss what belongs before.
                switch try await adoptCluster(term, on: connection) {
                case .away:
                    await backoff.wait()
                    continue
                case .anew:
                    scanner.startOver()
                    held.clear()
                case .same: break
                }
                lastClusterCheck = .now
                knownLosses = losses
            }
            let isAsked = isToStartOver.withLock { isAsked in
                defer { isAsked = false }
                return isAsked
            }
            if isAsked || ContinuousClock.now - lastNet > settings.netInterval {
                scanner.startOver()
                held.clear()
                lastNet = .now
            }
            let (found, next) = try await read(
                scanner, again: held.due(limit: settings.batchSize), lease, on: connection)
            scanner = next
            let rows = held.admit(found)
            guard !rows.isEmpty else {
                await signal.wait(atMost: held.count > 0 ? .milliseconds(100) : settings.pollInterval)
                continue
            }
            crashPoint("relay.beforeProduce")
            let outcome = await KeyedPublication.publish(
                rows, with: producer, source: EnvelopeWriter.source(of: service), lease: lease, losses: knownLosses)
            crashPoint("relay.afterProduce")
            try await finishBatch(outcome, term: term, on: connection)
            crashPoint("relay.afterMark")
            held.settle(rows, left: outcome.left)
            if let fatal = producer.fatalError { throw fatal }
            if let failure = outcome.failure {
                lastClusterCheck = nil
                logger.warning(
                    "events wait for the broker",
                    metadata: ["error": "\(failure)", "left": "\(outcome.left.count)"])
            }
            if outcome.delivered.isEmpty { await backoff.wait() } else { backoff.reset() }
        }
    }

    /// Reads the next rows; that the connection answers also proves the lock, which lives and dies with it.
    private func read(
        _ scanner: PendingScanner, again: [Int64], _ lease: LeaderLease, on connection: DedicatedConnection
    ) async throws -> ([JournalRow], PendingScanner) {
        let begun = ContinuousClock.now
        let read = try await connection.transaction { [settings] transaction in
            var scanner = scanner
            // The scan writes nothing but its own number, so nobody need wait until that is on the disk: a server that
            // loses it ends this term as well, and the next one scans from the start.
            transaction.enqueue("SET LOCAL synchronous_commit = off")
            return (try scanner.read(limit: settings.batchSize, again: again, in: transaction), scanner)
        }
        lease.renew(begun: begun)
        return read
    }

    /// What the broker turned out to be.
    private enum Broker {
        case same
        /// Another cluster than before; the journal is pending again.
        case anew
        case away
    }

    /// Asks the broker which cluster it is and refills one that is new. Only the broker's silence is waited out; an
    /// error of the database ends the term.
    private func adoptCluster(_ term: RelayTerm, on connection: DedicatedConnection) async throws -> Broker {
        let cluster: String
        do {
            cluster = try await KafkaAdmin(configuration: kafka).clusterID()
        } catch {
            logger.warning("the broker does not say which cluster it is", metadata: ["error": "\(error)"])
            return .away
        }
        guard let again = try await term.adopt(cluster: cluster, piece: settings.refillPiece, on: connection)
        else { return .same }
        if again > 0 {
            logger.notice(
                "the broker is another cluster; the journal is published again", metadata: ["events": "\(again)"])
        }
        return .anew
    }

    /// Marks the batch even when the task was cancelled meanwhile: what the broker has is not published again.
    private func finishBatch(
        _ outcome: KeyedPublication.Outcome, term: RelayTerm, on connection: DedicatedConnection
    ) async throws {
        guard !outcome.delivered.isEmpty else { return }
        let marking = Task { try await term.mark(outcome.delivered, on: connection) }
        try await marking.value
        published.increment(by: Int64(outcome.delivered.count))
    }
}
