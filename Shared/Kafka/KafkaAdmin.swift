import CLibrdkafka
import Logging

/// A topic as it shall be.
public struct TopicSpecification: Sendable, Hashable {
    /// The topic's name.
    public var name: String
    /// The number of partitions, at least 1; never changed afterwards, because keys would move.
    public var partitions: Int
    /// The number of copies; -1 is the broker's default.
    public var replicationFactor: Int
    /// Settings of the topic by Kafka's names, such as `cleanup.policy` or `retention.ms`. The development broker knows none.
    public var config: [String: String]

    /// A topic with twelve partitions unless told otherwise.
    public init(name: String, partitions: Int = 12, replicationFactor: Int = -1, config: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.config = config
    }
}

/// A topic as the broker describes it.
public struct TopicDescription: Sendable, Hashable {
    /// One partition and where it lives.
    public struct Partition: Sendable, Hashable {
        /// The partition's number, from 0.
        public var id: Int32
        /// The broker that serves it; -1 while there is none.
        public var leader: Int32
        /// The brokers that hold copies.
        public var replicas: [Int32]
        /// Those of them that are up to date.
        public var inSyncReplicas: [Int32]
    }

    /// The topic's name.
    public var name: String
    /// The partitions; for a short time after a broker's start there may be none.
    public var partitions: [Partition]

    /// There are partitions, and each one has a leader.
    public var isReady: Bool { !partitions.isEmpty && partitions.allSatisfy { $0.leader >= 0 } }

    init(_ topic: rd_kafka_metadata_topic) {
        name = String(cString: topic.topic)
        partitions = (0..<Int(topic.partition_cnt)).map { index in
            let partition = topic.partitions[index]
            return Partition(
                id: partition.id, leader: partition.leader,
                replicas: (0..<Int(partition.replica_cnt)).map { partition.replicas[$0] },
                inSyncReplicas: (0..<Int(partition.isr_cnt)).map { partition.isrs[$0] })
        }
    }
}

/// What became of a topic that was to be created.
public enum TopicCreation: Sendable, Hashable {
    /// It is new.
    case created
    /// It was there before; its partitions and settings were left alone.
    case exists
}

/// How far a group is behind in one partition, by the offsets that it committed.
public struct PartitionLag: Sendable, Hashable {
    /// The partition.
    public var partition: TopicPartition
    /// The next offset that the group will read; `nil` if it committed none.
    public var committed: Int64?
    /// The oldest offset that the broker has.
    public var low: Int64
    /// The offset that the next message will get.
    public var high: Int64

    /// Messages that the group has not read yet.
    public var lag: Int64 { max(0, high - max(committed ?? low, low)) }
}

/// Questions and orders to the cluster.
///
/// Each operation uses a fresh client handle, because one that lived through a restart of the broker can hang, and ends
/// within about `timeout`.
public struct KafkaAdmin: Sendable {
    private let configuration: KafkaConfiguration
    private let timeout: Duration
    private let logger: Logger

    /// - Parameter timeout: bound of each operation.
    public init(configuration: KafkaConfiguration, timeout: Duration = .seconds(10), logger: Logger? = nil) {
        self.configuration = configuration
        self.timeout = timeout
        self.logger = logger ?? Logger(label: "kafka.admin")
    }

    /// The identifier of the cluster; another one than before means that offsets of before mean nothing any more.
    public func clusterID() async throws(KafkaError) -> String {
        let timeout = timeout
        return try await withHandle { handle in
            guard let identifier = rd_kafka_clusterid(handle.pointer, Int32(timeout.wholeMilliseconds)) else {
                return .failure(.timedOut("the cluster did not tell its identifier"))
            }
            defer { rd_kafka_mem_free(handle.pointer, identifier) }
            return .success(String(cString: identifier))
        }
    }

    /// Describes those of the named topics that exist, or every one; by name. Creates none.
    public func metadata(topics names: [String]? = nil) async throws(KafkaError) -> [TopicDescription] {
        let timeout = timeout
        let wanted = names.map { Set($0) }
        let all = try await withHandle { queryMetadata($0, timeout: timeout) }
        return all.filter { topic in wanted.map { $0.contains(topic.name) } ?? true }
    }

    /// The names of all topics in order, without those that belong to Kafka itself.
    public func listTopics() async throws(KafkaError) -> [String] {
        try await metadata().map(\.name).filter { !$0.hasPrefix("__") }
    }

    /// Creates topics, all or those that do not exist yet. On the development broker use `KafkaCatalogue.ensure` instead.
    ///
    /// - Returns: per name, whether the topic is new.
    /// - Throws: `KafkaError` for the first topic that the broker refused; others may have been created.
    public func createTopics(_ topics: [TopicSpecification]) async throws(KafkaError) -> [String: TopicCreation] {
        guard !topics.isEmpty else { return [:] }
        let timeout = timeout
        return try await withHandle { handle in
            var requests: [OpaquePointer?] = []
            defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
            var reason = [CChar](repeating: 0, count: 512)
            for topic in topics {
                guard
                    let request = rd_kafka_NewTopic_new(
                        topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replicationFactor),
                        &reason,
                        reason.count)
                else { return .failure(.invalid("the topic \(topic.name): \(text(reason))")) }
                requests.append(request)
                for (name, value) in topic.config.sorted(by: { $0.key < $1.key }) {
                    let code = rd_kafka_NewTopic_set_config(request, name, value)
                    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                        return .failure(KafkaError(code, "the setting \(name) of the topic \(topic.name)"))
                    }
                }
            }
            return administer(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout: timeout) { options, queue in
                rd_kafka_CreateTopics(handle.pointer, &requests, requests.count, options, queue)
            } read: { event in
                var count = 0
                guard
                    let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
                else { return .success([:]) }
                var creations: [String: TopicCreation] = [:]
                for index in 0..<count {
                    let name = String(cString: rd_kafka_topic_result_name(results[index]))
                    switch rd_kafka_topic_result_error(results[index]) {
                    case RD_KAFKA_RESP_ERR_NO_ERROR: creations[name] = .created
                    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: creations[name] = .exists
                    case let code:
                        let detail = rd_kafka_topic_result_error_string(results[index]).map { String(cString: $0) }
                        return .failure(KafkaError(code, "the topic \(name): \(detail ?? "refused")"))
                    }
                }
                return .success(creations)
            }
        }
    }

    /// Deletes topics with all their messages; ones that do not exist are passed over. The development broker cannot.
    public func deleteTopics(_ names: [String]) async throws(KafkaError) {
        guard !names.isEmpty else { return }
        let timeout = timeout
        try await withHandle { handle in
            var requests: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
            defer { for request in requests { rd_kafka_DeleteTopic_destroy(request) } }
            return administer(handle, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout: timeout) { options, queue in
                rd_kafka_DeleteTopics(handle.pointer, &requests, requests.count, options, queue)
            } read: { event in
                var count = 0
                guard
                    let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
                else { return .success(()) }
                for index in 0..<count {
                    let code = rd_kafka_topic_result_error(results[index])
                    if code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART {
                        let name = String(cString: rd_kafka_topic_result_name(results[index]))
                        return .failure(KafkaError(code, "the topic \(name) cannot be deleted"))
                    }
                }
                return .success(())
            }
        }
    }

    /// How far a group is behind in every partition of the topics, in order. Does not join the group.
    public func consumerLag(group: String, topics: [String]) async throws(KafkaError) -> [PartitionLag] {
        let partitions = try await metadata(topics: topics).flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0.id) }
        }.sorted()
        guard !partitions.isEmpty else { return [] }
        let timeout = timeout
        return try await withHandle(group: group) { handle in
            let invalid = Int64(RD_KAFKA_OFFSET_INVALID)
            return withPartitions(partitions.map { ($0, invalid) }) { list in
                let asked = rd_kafka_committed(handle.pointer, list, Int32(timeout.wholeMilliseconds))
                guard asked == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaError(asked)) }
                if case .failure(let error) = firstFailure(in: list) { return .failure(error) }
                var lags: [PartitionLag] = []
                for (index, partition) in partitions.enumerated() {
                    let committed = list.pointee.elems[index].offset
                    switch queryWatermarks(handle, partition, timeout: timeout) {
                    case .failure(let error): return .failure(error)
                    case .success(let range):
                        lags.append(
                            PartitionLag(
                                partition: partition, committed: committed >= 0 ? committed : nil,
                                low: range.lowerBound,
                                high: range.upperBound))
                    }
                }
                return .success(lags)
            }
        }
    }

    /// Runs a body with a handle of its own, on a thread of its own.
    private func withHandle<Value: Sendable>(
        group: String? = nil, _ body: @escaping @Sendable (ClientHandle) -> Result<Value, KafkaError>
    ) async throws(KafkaError) -> Value {
        // A group can only be asked about by a client that names it.
        let settings = try configuration.settings(
            for: group.map { .consumer(group: $0, sessionTimeout: .seconds(45)) } ?? .administrator)
        let type = group == nil ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        let context = ClientContext(logger: logger, statistics: nil)
        return try await BlockingThread.once(name: "kafka-admin") {
            do throws(KafkaError) {
                let handle = try ClientHandle(type, settings: settings, context: context)
                defer { handle.destroy(skippingConsumerClose: true) }
                return body(handle)
            } catch {
                return .failure(error)
            }
        }
    }
}

/// Sends one administrative request and waits for its answer within the bound.
private func administer<Value>(
    _ handle: ClientHandle, _ operation: rd_kafka_admin_op_t, timeout: Duration,
    request: (_ options: OpaquePointer, _ queue: OpaquePointer) -> Void,
    read: (_ event: OpaquePointer) -> Result<Value, KafkaError>
) -> Result<Value, KafkaError> {
    let milliseconds = Int32(timeout.wholeMilliseconds)
    var reason = [CChar](repeating: 0, count: 512)
    guard let queue = rd_kafka_queue_new(handle.pointer) else {
        return .failure(KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE))
    }
    defer { rd_kafka_queue_destroy(queue) }
    guard let options = rd_kafka_AdminOptions_new(handle.pointer, operation) else {
        return .failure(KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE))
    }
    defer { rd_kafka_AdminOptions_destroy(options) }
    for set in [rd_kafka_AdminOptions_set_request_timeout, rd_kafka_AdminOptions_set_operation_timeout] {
        let code = set(options, milliseconds, &reason, reason.count)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { return .failure(KafkaError(code, text(reason))) }
    }
    request(options, queue)
    guard let event = rd_kafka_queue_poll(queue, milliseconds + 500) else {
        return .failure(.timedOut("the cluster did not answer the administrative request"))
    }
    defer { rd_kafka_event_destroy(event) }
    let code = rd_kafka_event_error(event)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        return .failure(KafkaError(code, rd_kafka_event_error_string(event).map { String(cString: $0) }))
    }
    return read(event)
}

/// The text that the library left in a buffer.
private func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
