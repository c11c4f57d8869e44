import Logging

/// Brings the cluster's topics in line with a list of specifications, on Apache Kafka and on the development broker alike.
///
/// What exists is never altered or deleted: a wrong number of partitions is a difference for people to resolve, because
/// changing it would move keys to other partitions.
public struct KafkaCatalogue: Sendable {
    /// How one topic stands.
    public enum State: Sendable, Hashable {
        /// It was created by this call.
        case created
        /// It was there, as specified.
        case exists
        /// It is not there (`check` only).
        case missing
        /// It has another number of partitions than specified.
        case partitionCount(expected: Int, actual: Int)
        /// Some partitions have no leader at present.
        case withoutLeader([Int32])
    }

    /// The outcome for every topic, in the order of the specifications.
    public struct Report: Sendable, Hashable {
        /// One topic and how it stands.
        public struct Entry: Sendable, Hashable {
            /// The topic's name.
            public var topic: String
            /// How it stands.
            public var state: State
        }

        /// All topics.
        public var entries: [Entry]

        /// Those that are not as specified.
        public var differences: [Entry] {
            entries.filter { entry in
                switch entry.state {
                case .created, .exists: false
                case .missing, .partitionCount, .withoutLeader: true
                }
            }
        }

        /// Every topic is as specified.
        public var isAsSpecified: Bool { differences.isEmpty }
    }

    /// The topic by which the development broker takes orders to create topics; no other broker has it.
    static let developmentControlTopic = "__devbroker"

    private let configuration: KafkaConfiguration
    private let timeout: Duration
    private let logger: Logger
    private let admin: KafkaAdmin

    /// - Parameter timeout: bound of a whole `ensure` or `check`, the wait for a broker that is still starting included.
    public init(configuration: KafkaConfiguration, timeout: Duration = .seconds(30), logger: Logger? = nil) {
        self.configuration = configuration
        self.timeout = timeout
        let logger = logger ?? Logger(label: "kafka.catalogue")
        self.logger = logger
        admin = KafkaAdmin(configuration: configuration, timeout: min(timeout, .seconds(10)), logger: logger)
    }

    /// Compares without changing anything. Waits for the broker, but not for topics.
    public func check(_ topics: [TopicSpecification]) async throws -> Report {
        let found = try await describe(topics, until: .now + timeout)
        return Self.compare(topics, found, created: [])
    }

    /// Creates what is missing and waits until every partition has a leader. May be repeated and run by several at once.
    ///
    /// - Throws: `KafkaError` when the broker stays away or refuses; `CancellationError` when the task is cancelled.
    public func ensure(_ topics: [TopicSpecification]) async throws -> Report {
        if let wrong = topics.first(where: { $0.partitions < 1 || $0.name.isEmpty }) {
            throw KafkaError.invalid("the topic \(wrong.name) needs a name and at least one partition")
        }
        let deadline = ContinuousClock.now + timeout
        let before = try await describe(topics, until: deadline)
        let missing = topics.filter { before[$0.name] == nil }
        var created: Set<String> = []
        if !missing.isEmpty {
            if before[Self.developmentControlTopic] != nil {
                try await orderFromDevelopmentBroker(missing)
                created = Set(missing.map(\.name))
            } else {
                let creations = try await admin.createTopics(missing)
                created = Set(creations.filter { $0.value == .created }.keys)
            }
            logger.info("Kafka topics created", metadata: ["topics": "\(created.sorted())"])
        }
        while true {
            let report = Self.compare(topics, try await describe(topics, until: deadline), created: created)
            let isSettled = report.entries.allSatisfy { entry in
                switch entry.state {
                case .created, .exists: true
                // A new topic shows its partitions little by little; the number of an old one is final.
                case .partitionCount(_, let actual): !created.contains(entry.topic) && actual > 0
                case .missing, .withoutLeader: false
                }
            }
            if isSettled || ContinuousClock.now >= deadline { return report }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Whether the cluster is the development broker, which keeps little and forgets everything when it stops.
    public func isDevelopmentBroker() async throws -> Bool {
        try await describe([], until: .now + timeout)[Self.developmentControlTopic] != nil
    }

    /// The existing ones of the topics, and the control topic, by name; asks again while the broker is away.
    private func describe(
        _ topics: [TopicSpecification], until deadline: ContinuousClock.Instant
    ) async throws -> [String: TopicDescription] {
        let names = topics.map(\.name) + [Self.developmentControlTopic]
        while true {
            do {
                let found = try await admin.metadata(topics: names)
                return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
            } catch {
                guard error.isRetriable, ContinuousClock.now < deadline else { throw error }
                logger.debug("Kafka is not reachable yet", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func orderFromDevelopmentBroker(_ topics: [TopicSpecification]) async throws {
        let producer = try KafkaProducer(configuration: configuration, messageTimeout: .seconds(5), logger: logger)
        do {
            for topic in topics {
                let order = Array("topic \(topic.name) \(topic.partitions)".utf8)
                _ = try await producer.send(
                    KafkaRecord(topic: Self.developmentControlTopic, partition: 0, key: nil, value: order))
            }
        } catch {
            await producer.close()
            throw error
        }
        await producer.close()
    }

    private static func compare(
        _ topics: [TopicSpecification], _ found: [String: TopicDescription], created: Set<String>
    ) -> Report {
        Report(
            entries: topics.map { topic in
                guard let description = found[topic.name] else { return .init(topic: topic.name, state: .missing) }
                let actual = description.partitions.count
                if actual != topic.partitions {
                    return .init(
                        topic: topic.name, state: .partitionCount(expected: topic.partitions, actual: actual))
                }
                let leaderless = description.partitions.filter { $0.leader < 0 }.map(\.id)
                if !leaderless.isEmpty { return .init(topic: topic.name, state: .withoutLeader(leaderless)) }
                return .init(topic: topic.name, state: created.contains(topic.name) ? .created : .exists)
            })
    }
}
