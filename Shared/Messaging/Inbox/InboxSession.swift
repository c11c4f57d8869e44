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
    /// When the offsets are to be read; nil when every assigned partition is being read.
    private var positionsDue: ContinuousClock.Instant?
    /// Partitions that stand still because too much is parked, or because their next message needs what is still on its
    /// way; the others are read on.
    private var still: [TopicPartition: Standstill] = [:]
    /// Grows with every change of what is read from where, so that work begun before can tell.
    private var generation = 0
    private var lastCommit = ContinuousClock.now
    private var lastClusterCheck = ContinuousClock.now
    private var backoff = Backoff()

    /// Why a partition stands still, and when its next message is tried again.
    private struct Standstill {
        var due: ContinuousClock.Instant
        /// Whether too much is parked; otherwise something is not yet known.
        var isFull: Bool
        /// Whether the partition is paused until then; while it is tried again it is not.
        var isPaused = true
        /// The pauses between trials of what is not yet known.
        var backoff = Backoff()
    }

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
            if let due = positionsDue, due <= .now { await takePositions() }
            await retryStill()
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
                // Below the position are only messages that an earlier membership has applied.
                if let position = positions[message.topicPartition], message.offset >= position,
                    !isPaused(message.topicPartition)
                {
                    waiting.append(message)
                }
            case .partitionEnd: break
            case .assigned(let partitions):
                assigned = partitions
                await takePositions()
            case .revoked, .lost:
                // Whatever is not applied yet stays for the next owner: the offsets of the database say where it is.
                waiting = []
                assigned = []
                positions = [:]
                positionsDue = nil
                note([:])
                generation += 1
                try await consumer.unassign()
            case .offsetOutOfRange(let partition):
                logger.error("the broker does not have the next offset", metadata: ["partition": "\(partition)"])
                positions[partition] = nil
                positionsDue = .now
            case .error(let error):
                if error.isFatal || error == .closed { throw error }
                logger.warning("the broker reports an error", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Reads the offsets of the assigned partitions from the database and begins to read there. Without the database
    /// or the broker's answer the partitions stay paused, and it is tried again.
    private mutating func takePositions() async {
        generation += 1
        do {
            let positioning = InboxPositions(inbox: inbox, consumer: consumer)
            cluster = try await positioning.cluster()
            let found = try await positioning.read(assigned, cluster: cluster)
            waiting = []
            positions = found
            note([:])
            try await consumer.assign(found.map { PartitionStart($0.key, .at($0.value)) })
            // Partitions with a gap wait for repair; the others are read on undisturbed meanwhile.
            positionsDue = found.count < assigned.count ? .now + inbox.settings.gapInterval : nil
            backoff.reset()
        } catch {
            logger.warning("the offsets cannot be read yet", metadata: ["error": "\(error)"])
            do {
                try await consumer.assign(assigned.map { PartitionStart($0, .beginning) }, paused: true)
            } catch {
                logger.warning("the partitions cannot be paused", metadata: ["error": "\(error)"])
            }
            positions = [:]
            positionsDue = .now + backoff.delay()
        }
    }

    /// Applies all waiting messages of one partition: together in one transaction, or when one of them has a fault, one
    /// after the other.
    private mutating func applyRun(of partition: TopicPartition) async throws {
        guard let subscription = inbox.subscriptions[partition.topic], let expected = positions[partition] else {
            waiting.removeAll { $0.topicPartition == partition }
            return
        }
        let messages = waiting.filter { $0.topicPartition == partition }
        let all = batch(messages, subscription, expected: expected)
        if try await applyTogether(all, of: partition) { return }
        for message in messages {
            guard let expected = positions[partition], message.offset >= expected else { return }
            guard try await applyAlone(batch([message], subscription, expected: expected), of: partition) else {
                return
            }
        }
    }

    private func batch(_ messages: [KafkaMessage], _ subscription: Subscription, expected: Int64) -> InboxBatch {
        InboxBatch(
            schema: inbox.schema, cluster: cluster, group: inbox.group, subscription: subscription,
            outbox: inbox.outbox, messages: messages, expected: expected, limits: inbox.settings.parking)
    }

    /// Applies a batch as a whole, as often as it takes while the database is away.
    ///
    /// - Returns: false when a message has a fault and the batch is to be taken apart; true when nothing is left to do,
    ///   also because the partition was taken away meanwhile.
    private mutating func applyTogether(_ batch: InboxBatch, of partition: TopicPartition) async throws -> Bool {
        let begun = generation
        while generation == begun {
            do {
                try await apply(batch, .together)
                passed(batch, of: partition)
                return true
            } catch let fenced as InboxBatch.Fenced {
                throw fenced
            } catch let error as PostgresError where error.willPass {
                try await wait(for: partition, error)
            } catch is NotYetKnown {
                // Those before it are applied one by one; the message itself says then what it waits for.
                return false
            } catch {
                let cause = (error as? InboxBatch.Faulty)?.cause ?? error
                logger.warning(
                    "a message has a fault; its batch is repeated one by one",
                    metadata: ["partition": "\(partition)", "error": "\(cause)"])
                return false
            }
        }
        return true
    }

    /// Applies one message; what keeps failing becomes a dead letter.
    ///
    /// - Returns: false when the partition was taken away meanwhile.
    private mutating func applyAlone(_ batch: InboxBatch, of partition: TopicPartition) async throws -> Bool {
        let begun = generation
        var attempts = 1
        var care = InboxBatch.Care.alone(attempts: attempts)
        while generation == begun {
            do {
                try await apply(batch, care)
                passed(batch, of: partition)
                return true
            } catch let fenced as InboxBatch.Fenced {
                throw fenced
            } catch let error as ParkingFull {
                logger.critical(
                    "the partition is paused: too many messages are parked",
                    metadata: ["partition": "\(partition)", "limit": "\(error.limit)"])
                stop(partition, Standstill(due: .now + inbox.settings.parkingInterval, isFull: true))
                return false
            } catch let error as NotYetKnown {
                var pauses = still[partition]?.backoff ?? Backoff()
                logger.warning(
                    "a message waits for what is not yet known",
                    metadata: ["partition": "\(partition)", "missing": "\(error)"])
                let due = ContinuousClock.now + pauses.delay()
                stop(partition, Standstill(due: due, isFull: false, backoff: pauses))
                return false
            } catch {
                let willPass = (error as? PostgresError)?.willPass ?? (error is CancellationError)
                if !willPass {
                    attempts += 1
                    care =
                        attempts > Inbox.attemptLimit
                        ? .givenUp(attempts: attempts, reason: "\(error)") : .alone(attempts: attempts)
                }
                try await wait(for: partition, error)
            }
        }
        return false
    }

    /// Reads no further in a partition whose next message cannot be taken now: the broker keeps it, and its key's order
    /// is kept with it. Other partitions go on, among them those that may bring what the message needs.
    private mutating func stop(_ partition: TopicPartition, _ standstill: Standstill) {
        waiting.removeAll { $0.topicPartition == partition }
        consumer.pause([partition])
        note(still.merging([partition: standstill]) { $1 })
    }

    /// Tries partitions that stand still again, from the message that could not be taken.
    private mutating func retryStill() async {
        for (partition, standstill) in still where standstill.isPaused && standstill.due <= .now {
            var rest = still
            do {
                if let position = positions[partition] {
                    try await consumer.seek([PartitionStart(partition, .at(position))])
                    consumer.resume([partition])
                }
                rest[partition]?.isPaused = false
            } catch {
                logger.warning(
                    "a paused partition stays so", metadata: ["partition": "\(partition)", "error": "\(error)"])
                rest[partition]?.due = .now + inbox.settings.parkingInterval
            }
            note(rest)
        }
    }

    private func isPaused(_ partition: TopicPartition) -> Bool { still[partition]?.isPaused == true }

    private mutating func note(_ partitions: [TopicPartition: Standstill]) {
        still = partitions
        inbox.pausedPartitions.set(partitions.values.count { $0.isFull })
    }

    private mutating func passed(_ batch: InboxBatch, of partition: TopicPartition) {
        waiting.removeAll { $0.topicPartition == partition && $0.offset < batch.next }
        positions[partition] = batch.next
        if still[partition] != nil { note(still.filter { $0.key != partition }) }
        inbox.applied.increment(by: Int64(batch.messages.count))
        backoff.reset()
    }

    private mutating func wait(for partition: TopicPartition, _ error: any Error) async throws {
        logger.warning("events wait", metadata: ["partition": "\(partition)", "error": "\(error)"])
        try await holdStill(for: backoff.delay())
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
        let held = positions.keys.filter { !isPaused($0) }
        consumer.pause(held)
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end, !positions.isEmpty {
            try Task.checkCancellation()
            try await poll(for: min(.milliseconds(100), end - .now))
        }
        consumer.resume(held.filter { positions[$0] != nil && !isPaused($0) })
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
                positionsDue = .now
            }
        } catch {
            logger.debug("the cluster's identifier cannot be read", metadata: ["error": "\(error)"])
        }
    }
}
