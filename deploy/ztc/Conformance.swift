import Foundation
import Kafka
import Logging

/// Checks that a broker does what the services rely on, on the development broker and on Apache Kafka alike.
///
/// The checks use topics and groups with unique names and delete the topics afterwards where the broker can. They lean on
/// nothing that one of the two worlds lacks: no automatic creation, no offsets by time, no transactions, no compaction that
/// has to have run.
struct KafkaConformance: Sendable {
    /// How a check ended.
    enum Outcome: Sendable, Hashable {
        /// The broker did what is needed.
        case passed
        /// It did not, for this reason.
        case failed(String)
        /// The check could not be made, for this reason.
        case skipped(String)
    }

    private struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let configuration: KafkaConfiguration
    private let restart: (@Sendable () async throws -> Void)?
    private let logger: Logger
    private let limit: Duration = .seconds(60)
    private let run = UUID().uuidString.lowercased()

    /// - Parameter restart: breaks all connections to the broker and lets it serve again, such as a restart that keeps the
    ///   topics. Without it that check is skipped.
    init(configuration: KafkaConfiguration, restart: (@Sendable () async throws -> Void)?) {
        self.configuration = configuration
        self.restart = restart
        var logger = Logger(label: "kafka.conformance")
        logger.logLevel = .critical
        self.logger = logger
    }

    /// Runs every check in turn and reports each one; `true` when none failed.
    func run(report: @Sendable (String, Outcome) -> Void) async -> Bool {
        let topics = [
            topic("ordered"), topic("shared"), topic("large"), topic("restart"),
            topic("state", config: ["cleanup.policy": "compact"]),
        ]
        let checks: [(String, @Sendable () async throws -> Void)] = [
            ("topics are created once, with every partition led", { try await checkCatalogue(topics) }),
            ("records of a key stay in one partition and in order, headers byte by byte", { try await checkOrder() }),
            ("messages of 900 KB pass", { try await checkLarge() }),
            ("two members share a group, and one takes over from the other", { try await checkGroup() }),
            ("committed offsets are read back", { try await checkCommit() }),
            ("a compacted topic is read to its end, tombstones included", { try await checkState() }),
            ("an offset that the broker lacks is reported", { try await checkOutOfRange() }),
            ("a topic that does not exist is waited for", { try await checkAbsentTopic() }),
        ]
        var isConforming = true
        for (name, check) in checks {
            do {
                try await check()
                report(name, .passed)
            } catch {
                isConforming = false
                report(name, .failed("\(error)"))
            }
        }
        let name = "clients survive broken connections"
        if let restart {
            do {
                try await checkRestart(restart)
                report(name, .passed)
            } catch {
                isConforming = false
                report(name, .failed("\(error)"))
            }
        } else {
            report(name, .skipped("no way to restart the broker was given"))
        }
        await cleanUp(topics.map(\.name), report: report)
        return isConforming
    }

    // MARK: Checks

    private func checkCatalogue(_ topics: [TopicSpecification]) async throws {
        let catalogue = KafkaCatalogue(configuration: configuration, timeout: limit, logger: logger)
        for expected in [KafkaCatalogue.State.created, .exists] {
            let entries = try await catalogue.ensure(topics).entries
            try require(entries.allSatisfy { $0.state == expected }, "expected \(expected), got \(entries)")
        }
    }

    private func checkOrder() async throws {
        let topic = name("ordered")
        let odd = KafkaHeader("odd", bytes: [0, 255, 13, 10, 0])
        try await withProducer { producer in
            for number in 0..<120 {
                _ = try await producer.send(
                    KafkaRecord(
                        topic: topic, key: Array("key-\(number % 6)".utf8), value: Array("\(number)".utf8),
                        headers: [odd, KafkaHeader("n", "\(number)"), KafkaHeader("n", bytes: nil)]))
            }
        }
        let messages = try await readToEnd(topic)
        try require(messages.count == 120, "120 records written, \(messages.count) read")
        for key in 0..<6 {
            let ofKey = messages.filter { $0.key == Array("key-\(key)".utf8) }
            let values = ofKey.map { String(decoding: $0.value ?? [], as: UTF8.self) }
            try require(Set(ofKey.map(\.partition)).count == 1, "key-\(key) is in several partitions")
            try require(values == stride(from: key, to: 120, by: 6).map(String.init), "key-\(key) came as \(values)")
            for (message, value) in zip(ofKey, values) {
                let expected = [odd, KafkaHeader("n", value), KafkaHeader("n", bytes: nil)]
                try require(message.headers == expected, "headers came as \(message.headers)")
            }
        }
    }

    private func checkLarge() async throws {
        let topic = name("large")
        let sizes = [1, 65_536, 500_000, 900_000]
        try await withProducer { producer in
            for size in sizes {
                let value = [UInt8](repeating: UInt8(size % 251), count: size)
                _ = try await producer.send(KafkaRecord(topic: topic, partition: 0, key: nil, value: value))
            }
        }
        let messages = try await readToEnd(topic)
        try require(
            messages.map { $0.value?.count } == sizes, "sizes came as \(messages.map { $0.value?.count ?? -1 })")
        try require(
            messages.allSatisfy { message in
                message.value?.allSatisfy { Int($0) == (message.value?.count ?? 0) % 251 } ?? false
            },
            "a large message arrived changed")
    }

    private func checkGroup() async throws {
        let topic = name("shared")
        let first = try await Member(self, topic: topic)
        try await first.step(until: limit) { await first.owned.count == 12 }
        let second = try await Member(self, topic: topic)
        let deadline = ContinuousClock.now + limit
        while true {
            try await first.step()
            try await second.step()
            let (one, other) = (await first.owned, await second.owned)
            if one.count == 6, other.count == 6, one.isDisjoint(with: other) { break }
            try require(ContinuousClock.now < deadline, "partitions stayed shared as \(one.count) and \(other.count)")
        }
        await second.consumer.close()
        try await first.step(until: limit) { await first.owned.count == 12 }
        await first.consumer.close()
    }

    private func checkCommit() async throws {
        let topic = name("shared")
        try await withProducer { producer in
            for _ in 0..<10 {
                _ = try await producer.send(KafkaRecord(topic: topic, partition: 4, key: nil, value: []))
            }
        }
        let member = try await Member(self, topic: topic)
        try await member.step(until: limit) { await member.owned.count == 12 }
        try await member.consumer.commit([(TopicPartition(topic, 4), 7)])
        let lags = try await KafkaAdmin(configuration: configuration, logger: logger)
            .consumerLag(group: group, topics: [topic])
        await member.consumer.close()
        let lag = lags.first { $0.partition.partition == 4 }
        try require(lag?.committed == 7 && lag?.lag == 3, "the group stands at \(lag.map { "\($0)" } ?? "nothing")")
    }

    private func checkState() async throws {
        let topic = name("state")
        let writes: [(String, [UInt8]?)] = [("a", [1]), ("b", [2]), ("a", [3]), ("b", nil), ("c", [])]
        try await withProducer { producer in
            for (key, value) in writes {
                _ = try await producer.send(KafkaRecord(topic: topic, key: Array(key.utf8), value: value))
            }
        }
        var state: [String: [UInt8]] = [:]
        for message in try await readToEnd(topic) {
            state[String(decoding: message.key ?? [], as: UTF8.self)] = message.value
        }
        try require(state == ["a": [3], "c": []], "the state came as \(state)")
    }

    private func checkOutOfRange() async throws {
        let partition = TopicPartition(name("shared"), 0)
        try await withReader { reader in
            try await reader.assign([PartitionStart(partition, .at(1_000_000))])
            try await poll(reader) { event in
                if case .offsetOutOfRange(partition) = event { true } else { false }
            }
        }
    }

    private func checkAbsentTopic() async throws {
        let member = try await Member(self, topic: name("absent"))
        for _ in 0..<20 { try await member.step() }
        await member.consumer.close()
    }

    private func checkRestart(_ restart: @Sendable () async throws -> Void) async throws {
        let topic = name("restart")
        let partition = TopicPartition(topic, 0)
        try await withProducer { producer in
            try await withReader { reader in
                let record = KafkaRecord(topic: topic, partition: 0, key: nil, value: Array("before".utf8))
                _ = try await producer.send(record)
                try await reader.assign([PartitionStart(partition, .beginning)])
                try await poll(reader) { if case .message = $0 { true } else { false } }
                try await restart()
                let deadline = ContinuousClock.now + limit
                while true {
                    do throws(KafkaError) {
                        let after = KafkaRecord(topic: topic, partition: 0, key: nil, value: Array("after".utf8))
                        _ = try await producer.send(after)
                        break
                    } catch {
                        // A record may run out of its time while the broker comes back; another one follows.
                        if !error.isRetriable || ContinuousClock.now >= deadline { throw error }
                    }
                }
                try await poll(reader) { event in
                    if case .message(let message) = event { message.value == Array("after".utf8) } else { false }
                }
            }
        }
    }

    private func cleanUp(_ topics: [String], report: (String, Outcome) -> Void) async {
        let name = "the topics of the checks are deleted"
        do {
            let catalogue = KafkaCatalogue(configuration: configuration, timeout: .seconds(10), logger: logger)
            guard try await !catalogue.isDevelopmentBroker() else {
                report(name, .skipped("the development broker deletes no topics"))
                return
            }
            try await KafkaAdmin(configuration: configuration, logger: logger).deleteTopics(topics)
            report(name, .passed)
        } catch {
            report(name, .skipped("\(error)"))
        }
    }

    // MARK: Means

    /// One member of the group, which starts every partition at its beginning.
    private actor Member {
        nonisolated let consumer: KafkaConsumer
        private(set) var owned: Set<TopicPartition> = []

        init(_ conformance: KafkaConformance, topic: String) async throws {
            consumer = try KafkaConsumer(
                configuration: conformance.configuration, group: conformance.group, sessionTimeout: .seconds(6),
                logger: conformance.logger)
            try await consumer.subscribe([topic])
        }

        func step() async throws {
            for event in await consumer.poll(timeout: .milliseconds(100)) {
                switch event {
                case .assigned(let partitions):
                    try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
                    owned = Set(partitions)
                case .revoked, .lost:
                    owned = []
                    try await consumer.unassign()
                case .error(let error):
                    if error.isFatal { throw error }
                case .message, .partitionEnd, .offsetOutOfRange:
                    break
                }
            }
        }

        func step(until limit: Duration, _ isReached: @Sendable () async -> Bool) async throws {
            let deadline = ContinuousClock.now + limit
            while await !isReached() {
                guard ContinuousClock.now < deadline else {
                    throw Failure(description: "after \(limit) a member owned \(owned.sorted())")
                }
                try await step()
            }
        }
    }

    private var group: String { "ztc.conformance.\(run)" }

    private func name(_ purpose: String) -> String { "ztc.conformance.\(purpose).\(run)" }

    private func topic(_ purpose: String, config: [String: String] = [:]) -> TopicSpecification {
        TopicSpecification(name: name(purpose), config: config)
    }

    private func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
        if !condition { throw Failure(description: reason()) }
    }

    private func withProducer(_ body: (KafkaProducer) async throws -> Void) async throws {
        let producer = try KafkaProducer(configuration: configuration, messageTimeout: .seconds(15), logger: logger)
        do {
            try await body(producer)
        } catch {
            await producer.close()
            throw error
        }
        await producer.close()
    }

    private func withReader(_ body: (KafkaConsumer) async throws -> Void) async throws {
        let reader = try KafkaConsumer.standalone(configuration: configuration, group: group, logger: logger)
        do {
            try await body(reader)
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
    }

    private func poll(_ consumer: KafkaConsumer, until isReached: (ConsumerEvent) -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            let events = await consumer.poll(timeout: .milliseconds(500))
            if events.contains(where: isReached) { return }
        }
        throw Failure(description: "an expected event did not come within \(limit)")
    }

    /// Everything in a topic up to the offsets that it had when this began.
    private func readToEnd(_ topic: String) async throws -> [KafkaMessage] {
        var messages: [KafkaMessage] = []
        try await withReader { reader in
            let partitions = try await reader.partitions(of: topic, timeout: limit)
            var open: Set<TopicPartition> = Set(partitions)
            try await reader.assign(partitions.map { PartitionStart($0, .beginning) })
            let deadline = ContinuousClock.now + limit
            while !open.isEmpty {
                try require(ContinuousClock.now < deadline, "the end was not reached in \(open.sorted())")
                for event in await reader.poll(timeout: .milliseconds(500)) {
                    switch event {
                    case .message(let message): messages.append(message)
                    case .partitionEnd(let partition): open.remove(partition)
                    case .offsetOutOfRange(let partition):
                        throw Failure(description: "the beginning of \(partition) is out of range")
                    case .error(let error): if !error.isRetriable { throw error }
                    case .assigned, .revoked, .lost: break
                    }
                }
            }
        }
        return messages
    }
}
