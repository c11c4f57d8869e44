import Kafka
import Logging
import Postgres

/// One membership of the group: from joining to losing it. Only the inbox's task touches it.
struct InboxSession {
    private let inbox: Inbox
    private let consumer: KafkaConsumer
    private var assigned: [TopicPartition] = []
    /// The next offset of every partition that is being read.
    private var positions: [TopicPartition: Int64] = [:]
    /// Messages handed out and not yet applied, in the order of arrival.
    private var waiting: [KafkaMessage] = []
    private var cluster = ""
    private var needsPositions = false
    private var lastCommit = ContinuousClock.now
    private var lastClusterCheck = ContinuousClock.now
    private var backoff = Backoff()

    init(inbox: Inbox, consumer: KafkaConsumer) {
        self.inbox = inbox
        self.consumer = consumer
    }

    private var logger: Logger { inbox.logger }

    /// Works until the task is cancelled.
    ///
    /// - Throws: `InboxBatch.Fenced`, a fatal `KafkaError`, or what the database says and time will not heal.
    mutating func run() async throws {
        try await consumer.subscribe(Array(inbox.subscriptions.keys))
        while !Task.isCancelled {
            if needsPositions { await takePositions() }
            try await poll(for: inbox.settings.pollTime)
            while let message = waiting.first { try await applyRun(of: message.topicPartition) }
            await commit()
            await checkCluster()
        }
    }

    /// Asks for messages and answers changes of the group.
    private mutating func poll(for time: Duration) async throws {
        for event in await consumer.poll(max: inbox.settings.batchSize, timeout: time) {
            switch event {
            case .message(let message):
                if positions[message.topicPartition] != nil { waiting.append(message) }
            case .partitionEnd: break
            case .assigned(let partitions):
                assigned = partitions
                needsPositions = true
                await takePositions()
            case .revoked, .lost:
                // Whatever is not applied yet stays for the next owner: the offsets of the database say where it is.
                waiting = []
                assigned = []
                positions = [:]
                needsPositions = false
                try await consumer.unassign()
            case .offsetOutOfRange(let partition):
                logger.error("the broker does not have the next offset", metadata: ["partition": "\(partition)"])
                positions[partition] = nil
                needsPositions = true
            case .error(let error):
                if error.isFatal || error == .closed { throw error }
                logger.warning("the broker reports an error", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Reads the offsets of the assigned partitions from the database and begins to read there. Without the database
    /// or the broker's answer the partitions stay paused, and it is tried again.
    private mutating func takePositions() async {
        do {
            let positioning = InboxPositions(inbox: inbox, consumer: consumer)
            cluster = try await positioning.cluster()
            let found = try await positioning.read(assigned, cluster: cluster)
            waiting = []
            positions = found
            try await consumer.assign(found.map { PartitionStart($0.key, .at($0.value)) })
            needsPositions = found.count < assigned.count
            if needsPositions { await backoff.wait() } else { backoff.reset() }
        } catch {
            logger.warning("the offsets cannot be read yet", metadata: ["error": "\(error)"])
            do {
                try await consumer.assign(assigned.map { PartitionStart($0, .beginning) }, paused: true)
            } catch {
                logger.warning("the partitions cannot be paused", metadata: ["error": "\(error)"])
            }
            positions = [:]
            await backoff.wait()
        }
    }

    /// Applies all waiting messages of one partition in one transaction, as often as it takes.
    private mutating func applyRun(of partition: TopicPartition) async throws {
        guard let subscription = inbox.subscriptions[partition.topic], let expected = positions[partition] else {
            waiting.removeAll { $0.topicPartition == partition }
            return
        }
        let batch = InboxBatch(
            schema: inbox.schema, cluster: cluster, group: inbox.group, subscription: subscription,
            outbox: inbox.outbox, messages: waiting.filter { $0.topicPartition == partition }, expected: expected)
        var care = InboxBatch.Care.together
        var attempts = 0
        while positions[partition] == expected {
            do {
                try await apply(batch, care)
                waiting.removeAll { $0.topicPartition == partition && $0.offset < batch.next }
                positions[partition] = batch.next
                inbox.applied.increment(by: Int64(batch.messages.count))
                backoff.reset()
            } catch let fenced as InboxBatch.Fenced {
                throw fenced
            } catch let faulty as InboxBatch.Faulty {
                attempts += 1
                care = .each(attempts: attempts)
                logger.warning(
                    "a message has a fault; its batch is repeated one by one",
                    metadata: ["partition": "\(partition)", "error": "\(faulty.cause)"])
            } catch {
                let willPass = (error as? PostgresError)?.willPass ?? false
                if !willPass, case .each = care {
                    attempts += 1
                    care = .each(attempts: attempts)
                }
                logger.warning(
                    "events wait", metadata: ["partition": "\(partition)", "error": "\(error)"])
                try await holdStill(for: backoff.delay())
            }
        }
    }

    /// Runs the transaction to its end even when the task is cancelled meanwhile: a stop finishes the message in hand.
    private func apply(_ batch: InboxBatch, _ care: InboxBatch.Care) async throws {
        let database = inbox.database
        let work = Task {
            try await database.transaction(.consumers) { transaction in
                try batch.apply(care, in: transaction)
                crashPoint("inbox.beforeCommit")
            }
        }
        try await work.value
        crashPoint("inbox.afterCommit")
    }

    /// Waits with the partitions paused, and keeps the membership alive by asking on.
    private mutating func holdStill(for time: Duration) async throws {
        let held = Array(positions.keys)
        consumer.pause(held)
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end, !positions.isEmpty {
            try Task.checkCancellation()
            try await poll(for: min(.milliseconds(100), end - .now))
        }
        consumer.resume(held.filter { positions[$0] != nil })
    }

    /// Tells Kafka how far the group is, for tools that show lag.
    private mutating func commit() async {
        guard ContinuousClock.now - lastCommit >= inbox.settings.commitInterval, !positions.isEmpty else { return }
        lastCommit = .now
        do {
            try await consumer.commit(positions.map { ($0.key, $0.value) })
        } catch {
            logger.debug("the offsets for lag tools were not taken", metadata: ["error": "\(error)"])
        }
    }

    /// A broker that was made anew has another cluster identifier; reading starts over with its own offsets (rule 11).
    private mutating func checkCluster() async {
        guard ContinuousClock.now - lastClusterCheck >= inbox.settings.clusterInterval, !assigned.isEmpty else {
            return
        }
        lastClusterCheck = .now
        do {
            let now = try await InboxPositions(inbox: inbox, consumer: consumer).cluster()
            if now != cluster, !cluster.isEmpty {
                logger.notice("the broker is another cluster", metadata: ["before": "\(cluster)", "now": "\(now)"])
                needsPositions = true
            }
        } catch {
            logger.debug("the cluster's identifier cannot be read", metadata: ["error": "\(error)"])
        }
    }
}
