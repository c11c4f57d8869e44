import Logging
import TestSupport
import Testing

@testable import Kafka

@Suite(.serialized, .timeLimit(.minutes(5)))
struct ConsumerTests {
    private func fill(_ broker: DevelopmentBroker, _ topic: String, _ count: Int, partition: Int32 = 0) async throws {
        try await withProducer(broker) { producer in
            let reports = Reports()
            for number in 0..<count {
                producer.enqueue(
                    KafkaRecord(topic: topic, partition: partition, key: nil, value: bytes("\(number)")),
                    reports.report(number))
            }
            await producer.flush(timeout: .seconds(60))
            try #require(reports.all.values.allSatisfy { (try? $0[0].get()) != nil })
        }
    }

    private func standalone(_ broker: DevelopmentBroker) throws -> KafkaConsumer {
        try KafkaConsumer.standalone(configuration: broker.configuration(), logger: quiet)
    }

    @Test("RELIABILITY-7: reading starts exactly at the given offset, and watermarks tell the range")
    func explicitStart() async throws {
        try await withBroker { broker, topic in
            try await fill(broker, topic, 50)
            let partition = TopicPartition(topic, 0)
            let consumer = try standalone(broker)
            let range = try await consumer.watermarks(partition)
            #expect(range.low == 0 && range.high == 50)
            try await consumer.assign([PartitionStart(partition, .at(37))])
            let messages = try await poll(consumer) { !$0.ends.isEmpty }.messages
            #expect(messages.map(\.offset) == Array(37..<50))
            try await consumer.seek([PartitionStart(partition, .at(5))])
            let again = try await poll(consumer) { $0.messages.count >= 45 }.messages
            #expect(again.map(\.offset) == Array(5..<50))
            try await consumer.assign([PartitionStart(partition, .end)])
            try await poll(consumer) { !$0.ends.isEmpty }
            try await fill(broker, topic, 1)
            let tail = try await poll(consumer) { !$0.messages.isEmpty }.messages
            #expect(tail.map(\.offset) == [50])
            await consumer.close()
        }
    }

    @Test("RELIABILITY-11: an offset that the broker lacks is reported, nothing is skipped, and seek goes on")
    func outOfRange() async throws {
        try await withBroker { broker, topic in
            try await fill(broker, topic, 3)
            let partition = TopicPartition(topic, 0)
            let consumer = try standalone(broker)
            try await consumer.assign([PartitionStart(partition, .at(1000))])
            let events = try await poll(consumer) { !$0.outOfRange.isEmpty }
            #expect(events.outOfRange == [partition])
            let later = await consumer.poll(timeout: .seconds(1))
            #expect(later.messages.isEmpty)
            try await consumer.seek([PartitionStart(partition, .at(1))])
            let sought = try await poll(consumer) { $0.messages.count >= 2 }.messages
            #expect(sought.map(\.offset) == [1, 2])
            await consumer.close()
        }
    }

    @Test("RELIABILITY-11: a broker restarted empty shows as an offset out of range", .enabled(if: ownsBroker))
    func restartedEmpty() async throws {
        try await withBroker { broker, topic in
            try await fill(broker, topic, 20)
            let partition = TopicPartition(topic, 0)
            let consumer = try standalone(broker)
            try await consumer.assign([PartitionStart(partition, .beginning)])
            let first = try await poll(consumer) { !$0.ends.isEmpty }.messages
            #expect(first.count == 20)
            try broker.restartEmpty()
            let lost = try await poll(consumer) { !$0.outOfRange.isEmpty }
            #expect(lost.outOfRange == [partition])
            try await fill(broker, topic, 2)
            try await consumer.seek([PartitionStart(partition, .beginning)])
            let refilled = try await poll(consumer) { $0.messages.count >= 2 }.messages
            #expect(refilled.map(\.offset) == [0, 1])
            await consumer.close()
        }
    }

    @Test(
        "A frozen broker only delays: reading goes on after the thaw without loss or repetition",
        .enabled(if: ownsBroker))
    func frozen() async throws {
        try await withBroker { broker, topic in
            try await fill(broker, topic, 10)
            let partition = TopicPartition(topic, 0)
            let consumer = try standalone(broker)
            try await consumer.assign([PartitionStart(partition, .beginning)])
            var seen = try await poll(consumer) { !$0.ends.isEmpty }.messages
            for _ in 0..<3 {
                try broker.freeze()
                #expect(await consumer.poll(timeout: .milliseconds(300)).messages.isEmpty)
                try broker.thaw()
                try await fill(broker, topic, 10)
                seen += try await poll(consumer) { $0.messages.count >= 10 }.messages
            }
            #expect(seen.map(\.offset) == Array(0..<40))
            await consumer.close()
        }
    }

    @Test("RELIABILITY-9: a paused partition hands out nothing and resumes without loss")
    func pauseAndResume() async throws {
        try await withBroker { broker, topic in
            try await fill(broker, topic, 100)
            let partition = TopicPartition(topic, 0)
            let consumer = try standalone(broker)
            try await consumer.assign([PartitionStart(partition, .beginning)], paused: true)
            #expect(await consumer.poll(timeout: .seconds(1)).messages.isEmpty)
            consumer.resume([partition])
            var offsets = try await poll(consumer, max: 10) { $0.messages.count >= 10 }.messages.map(\.offset)
            consumer.pause([partition])
            #expect(await consumer.poll(timeout: .milliseconds(700)).messages.isEmpty)
            consumer.resume([partition])
            // A slow machine makes several batches of the filling, so that the first poll may have brought more than ten.
            offsets += try await poll(consumer) { $0.messages.count >= 100 - offsets.count }.messages.map(\.offset)
            #expect(offsets == Array(0..<100))
            await consumer.close()
        }
    }

    @Test("RELIABILITY-7: a partition that was assigned paused goes on when it is assigned again")
    func assignedAgain() async throws {
        try await withBroker { broker, topic in
            try await fill(broker, topic, 10)
            let partition = TopicPartition(topic, 0)
            let consumer = try standalone(broker)
            try await consumer.assign([PartitionStart(partition, .beginning)], paused: true)
            #expect(await consumer.poll(timeout: .milliseconds(300)).messages.isEmpty)
            try await consumer.assign([PartitionStart(partition, .at(4))])
            let first = try await poll(consumer) { $0.messages.count >= 6 }.messages.map(\.offset)
            #expect(first == Array(4..<10))
            // The same after a pause in the middle, as when a group takes a partition away and gives it back.
            consumer.pause([partition])
            try await consumer.unassign()
            try await consumer.assign([PartitionStart(partition, .at(7))])
            let second = try await poll(consumer) { $0.messages.count >= 3 }.messages.map(\.offset)
            #expect(second == Array(7..<10))
            await consumer.close()
        }
    }

    @Test("A poll is bounded by count and bytes, ends on cancellation, and a closed consumer says so")
    func bounds() async throws {
        try await withBroker { broker, topic in
            try await withProducer(broker) { producer in
                for _ in 0..<20 {
                    _ = try await producer.send(
                        KafkaRecord(topic: topic, partition: 0, key: nil, value: [UInt8](repeating: 7, count: 10_000)))
                }
            }
            let partition = TopicPartition(topic, 0)
            let consumer = try standalone(broker)
            try await consumer.assign([PartitionStart(partition, .beginning)])
            try await poll(consumer) { !$0.ends.isEmpty }
            try await consumer.seek([PartitionStart(partition, .beginning)])
            var polled: [ConsumerEvent] = []
            while polled.messages.count < 20 {
                let events = await consumer.poll(timeout: .seconds(1), maxBytes: 25_000)
                #expect(events.messages.count <= 3)
                polled += events
            }
            // The last of them may have brought the end as well.
            if polled.ends.isEmpty { try await poll(consumer) { !$0.ends.isEmpty } }
            let started = ContinuousClock.now
            let waiting = Task { await consumer.poll(timeout: .seconds(120)) }
            waiting.cancel()
            _ = await waiting.value
            let interrupted = Task { await consumer.poll(timeout: .seconds(120)) }
            await consumer.close()
            _ = await interrupted.value
            #expect(ContinuousClock.now - started < .seconds(60))
            let events = await consumer.poll(timeout: .seconds(1))
            guard case .error(.closed)? = events.first else {
                Issue.record("expected the closed error, got \(events)")
                return
            }
        }
    }

    /// One member of a group that answers every change of assignment from a shared table of offsets.
    private actor Member {
        nonisolated let consumer: KafkaConsumer
        private(set) var owned: Set<TopicPartition> = []
        private(set) var messages: [KafkaMessage] = []
        private let start: @Sendable (TopicPartition) -> StartOffset

        init(
            _ consumer: KafkaConsumer, start: @escaping @Sendable (TopicPartition) -> StartOffset = { _ in .beginning }
        ) {
            self.consumer = consumer
            self.start = start
        }

        func step() async throws {
            for event in await consumer.poll(timeout: .milliseconds(50)) {
                switch event {
                case .assigned(let partitions):
                    try await consumer.assign(partitions.map { PartitionStart($0, start($0)) })
                    owned = Set(partitions)
                case .revoked, .lost:
                    owned = []
                    try await consumer.unassign()
                case .message(let message):
                    messages.append(message)
                case .error(let error) where error.isFatal:
                    throw error
                case .partitionEnd, .offsetOutOfRange, .error:
                    break
                }
            }
        }
    }

    @Test("RELIABILITY-9: two members share the partitions without overlap; when one leaves, the other gets all")
    func rebalance() async throws {
        try await withBroker { broker, topic in
            let group = uniqueName("group")
            func member() async throws -> Member {
                let consumer = try KafkaConsumer(
                    configuration: broker.configuration(), group: group, sessionTimeout: .seconds(6), logger: quiet)
                try await consumer.subscribe([topic])
                return Member(consumer)
            }
            let first = try await member()
            try await eventually { () -> Int in
                try await first.step()
                return await first.owned.count
            } satisfies: {
                $0 == 12
            }
            let second = try await member()
            try await eventually { () -> (Set<TopicPartition>, Set<TopicPartition>) in
                try await first.step()
                try await second.step()
                return (await first.owned, await second.owned)
            } satisfies: {
                $0.0.count == 6 && $0.1.count == 6 && $0.0.isDisjoint(with: $0.1)
            }
            for partition in 0..<Int32(12) { try await fill(broker, topic, 1, partition: partition) }
            try await eventually { () -> ([Int32], [Int32]) in
                try await first.step()
                try await second.step()
                return (await first.messages.map(\.partition), await second.messages.map(\.partition))
            } satisfies: {
                // A member that the machine holds up for longer than its session reads its partitions again.
                Set($0.0 + $0.1) == Set(0..<12)
            }
            await second.consumer.close()
            try await eventually { () -> Int in
                try await first.step()
                return await first.owned.count
            } satisfies: {
                $0 == 12
            }
            await first.consumer.close()
        }
    }

    @Test("Committed offsets serve the lag tools")
    func commitAndLag() async throws {
        try await withBroker(partitions: 2) { broker, topic in
            try await fill(broker, topic, 30)
            let group = uniqueName("group")
            let member = Member(
                try KafkaConsumer(
                    configuration: broker.configuration(), group: group, sessionTimeout: .seconds(6), logger: quiet))
            try await member.consumer.subscribe([topic])
            try await eventually { () -> Int in
                try await member.step()
                return await member.messages.count
            } satisfies: {
                $0 >= 30
            }
            let admin = KafkaAdmin(configuration: broker.configuration())
            #expect(try await admin.consumerLag(group: group, topics: [topic]).map(\.lag) == [30, 0])
            try await member.consumer.commit([(TopicPartition(topic, 0), 20)])
            let lags = try await admin.consumerLag(group: group, topics: [topic])
            #expect(lags.map(\.committed) == [20, nil])
            #expect(lags.map(\.lag) == [10, 0])
            await member.consumer.close()
        }
    }

    @Test("A subscription to an absent topic waits, and takes it up once it exists")
    func absentTopic() async throws {
        try await withBroker { broker, _ in
            let topic = uniqueName("late")
            let consumer = try KafkaConsumer(
                configuration: broker.configuration(), group: uniqueName("group"), sessionTimeout: .seconds(6),
                logger: quiet)
            let member = Member(consumer)
            try await consumer.subscribe([topic])
            for _ in 0..<10 { try await member.step() }
            // The development broker creates a topic as soon as somebody asks for it, with four partitions.
            let report = try await KafkaCatalogue(configuration: broker.configuration(), logger: quiet).ensure([
                TopicSpecification(name: topic, partitions: 4)
            ])
            #expect(report.isAsSpecified)
            try await fill(broker, topic, 1)
            try await eventually { () -> Int in
                try await member.step()
                return await member.messages.count
            } satisfies: {
                $0 >= 1
            }
            await consumer.close()
        }
    }
}
