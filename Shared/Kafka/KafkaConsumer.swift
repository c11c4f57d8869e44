import CLibrdkafka
import Logging

/// What a poll hands out, in the order in which it happened.
public enum ConsumerEvent: Sendable {
    /// The group gave these partitions to this consumer; to be answered by `assign`, also when the list is empty.
    case assigned([TopicPartition])
    /// The group takes these partitions back; to be answered by `unassign` once work on them is finished or rolled back.
    case revoked([TopicPartition])
    /// The partitions were taken away without waiting, because the session ended; another consumer may have them already.
    /// To be answered by `unassign`.
    case lost([TopicPartition])
    /// A message.
    case message(KafkaMessage)
    /// Everything that the partition held was handed out; repeated each time the end is reached.
    case partitionEnd(TopicPartition)
    /// The broker no longer or not yet has the offset that was to be read. Reading of the partition stands still until
    /// `seek` or `assign`; nothing was skipped.
    case offsetOutOfRange(TopicPartition)
    /// Something else failed. Unless it is fatal, the client goes on by itself.
    case error(KafkaError)
}

/// Reads topics, as a member of a group or alone, with offsets that the caller keeps.
///
/// Nothing is committed, stored or reset behind the caller's back. Messages come only by `poll`, so an idle caller is the
/// backpressure: the client holds at most about 1,000 messages or 16 MiB in advance. A caller that belongs to a group polls
/// at least every five minutes (`max.poll.interval.ms`), also while its partitions are paused.
///
/// `poll`, `assign`, `unassign` and `seek` run one after another on a thread of their own; calls that ask the broker run on
/// a second one. All of them may be made from anywhere.
public final class KafkaConsumer: Sendable {
    private let core: ConsumerCore

    /// Creates a member of a group; it joins with `subscribe`.
    ///
    /// - Parameter sessionTimeout: after this time without a sign of life the group gives the partitions to others.
    /// - Throws: `KafkaError` for settings that the library refuses.
    public convenience init(
        configuration: KafkaConfiguration, group: String, sessionTimeout: Duration = .seconds(45), logger: Logger
    ) throws(KafkaError) {
        self.init(
            core: try ConsumerCore(
                configuration: configuration, group: group, sessionTimeout: sessionTimeout, logger: logger))
    }

    /// Creates a consumer that joins no group and reads what `assign` names, as for compacted topics of state.
    ///
    /// - Parameter group: the library wants a name; nothing is read from or written to that group.
    public static func standalone(
        configuration: KafkaConfiguration, group: String? = nil, logger: Logger
    ) throws(KafkaError) -> KafkaConsumer {
        KafkaConsumer(
            core: try ConsumerCore(
                configuration: configuration, group: group ?? "\(configuration.clientID).standalone",
                sessionTimeout: .seconds(45), logger: logger))
    }

    private init(core: ConsumerCore) { self.core = core }

    deinit { core.beginClosing() }

    /// Joins the group for these topics. One that does not exist is waited for; `poll` mentions it as an error.
    public func subscribe(_ topics: [String]) async throws(KafkaError) {
        try await core.onPoller { (handle) -> Result<Void, KafkaError> in
            guard let list = rd_kafka_topic_partition_list_new(Int32(topics.count)) else {
                return .failure(KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE))
            }
            defer { rd_kafka_topic_partition_list_destroy(list) }
            for topic in topics { rd_kafka_topic_partition_list_add(list, topic, RD_KAFKA_PARTITION_UA) }
            return check(rd_kafka_subscribe(handle.pointer, list))
        }
    }

    /// Hands out what has arrived: returns as soon as there is at least one event, or with none after `timeout`.
    ///
    /// - Parameters:
    ///   - max: most events, at least 1.
    ///   - maxBytes: no further message is added once keys and values exceed this many bytes.
    /// - Returns: after a change of assignment that event is the last one. A closed consumer gives one error, `.closed`.
    ///   A cancelled task gets what is there within a tenth of a second.
    public func poll(max: Int = 500, timeout: Duration, maxBytes: Int = 8 << 20) async -> [ConsumerEvent] {
        await core.poll(max: Swift.max(1, max), timeout: timeout, maxBytes: maxBytes)
    }

    /// Reads exactly these partitions from now on, from the given offsets; also the answer to `.assigned`. Partitions
    /// that were paused before go on, unless `paused` says otherwise.
    ///
    /// - Parameter paused: nothing is handed out before `resume`, as while the stored offsets cannot be read.
    public func assign(_ starts: [PartitionStart], paused: Bool = false) async throws(KafkaError) {
        try await core.onPoller { (handle) -> Result<Void, KafkaError> in
            withPartitions(starts.map { ($0.partition, $0.offset.library) }) { list in
                let assigned = check(rd_kafka_assign(handle.pointer, list))
                guard case .success = assigned else { return assigned }
                // The library keeps a partition paused over a new assignment, so that both have to be said. No poll
                // runs meanwhile, and pausing discards what was fetched since the assignment.
                return check(
                    paused
                        ? rd_kafka_pause_partitions(handle.pointer, list)
                        : rd_kafka_resume_partitions(handle.pointer, list))
            }
        }
        core.context.logger.debug("Kafka partitions assigned", metadata: ["partitions": "\(starts.map(\.partition))"])
    }

    /// Stops reading every partition; the answer to `.revoked` and `.lost`. Messages not yet handed out are dropped.
    public func unassign() async throws(KafkaError) {
        try await core.onPoller { handle in check(rd_kafka_assign(handle.pointer, nil)) }
    }

    /// Stops handing out messages of these partitions; membership of the group goes on as long as `poll` is called.
    public func pause(_ partitions: [TopicPartition]) {
        core.withHandle { handle in
            withPartitions(partitions.map { ($0, RD_KAFKA_OFFSET_INVALID.offset) }) { list in
                _ = rd_kafka_pause_partitions(handle.pointer, list)
            }
        }
    }

    /// Goes on behind the last message handed out, or where the last `seek` pointed.
    public func resume(_ partitions: [TopicPartition]) {
        core.withHandle { handle in
            withPartitions(partitions.map { ($0, RD_KAFKA_OFFSET_INVALID.offset) }) { list in
                _ = rd_kafka_resume_partitions(handle.pointer, list)
            }
        }
    }

    /// Continues assigned partitions at other offsets; messages fetched from the former ones are dropped. A partition that
    /// stands still after `.offsetOutOfRange` reads again, and is no longer paused.
    public func seek(_ starts: [PartitionStart]) async throws(KafkaError) {
        try await core.onPoller { (handle) -> Result<Void, KafkaError> in
            withPartitions(starts.map { ($0.partition, $0.offset.library) }) { list in
                if let error = rd_kafka_seek_partitions(handle.pointer, list, 5000) {
                    return .failure(KafkaError(consuming: error))
                }
                // The library does not seek in a partition whose fetching has ended; that one is taken out and put back.
                let ended = (0..<Int(list.pointee.cnt)).filter {
                    list.pointee.elems[$0].err == RD_KAFKA_RESP_ERR__STATE
                }
                for index in ended { list.pointee.elems[index].err = RD_KAFKA_RESP_ERR_NO_ERROR }
                let failed = firstFailure(in: list)
                guard case .success = failed, !ended.isEmpty else { return failed }
                return withPartitions(ended.map { (starts[$0].partition, starts[$0].offset.library) }) { list in
                    if let error = rd_kafka_incremental_unassign(handle.pointer, list)
                        ?? rd_kafka_incremental_assign(handle.pointer, list)
                    {
                        return .failure(KafkaError(consuming: error))
                    }
                    return .success(())
                }
            }
        }
    }

    /// Tells the broker how far the group has come, for tools that show lag only. The pair's number is the next offset to
    /// read.
    public func commit(_ offsets: [(TopicPartition, Int64)]) async throws(KafkaError) {
        try await core.onControl { (handle) -> Result<Void, KafkaError> in
            guard let queue = rd_kafka_queue_new(handle.pointer) else {
                return .failure(KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE))
            }
            defer { rd_kafka_queue_destroy(queue) }
            return withPartitions(offsets) { list in
                let accepted = check(rd_kafka_commit_queue(handle.pointer, list, queue, nil, nil))
                guard case .success = accepted else { return accepted }
                guard let event = rd_kafka_queue_poll(queue, 5000) else {
                    return .failure(.timedOut("the commit was not answered within five seconds"))
                }
                defer { rd_kafka_event_destroy(event) }
                let answered = check(rd_kafka_event_error(event))
                guard case .success = answered, let list = rd_kafka_event_topic_partition_list(event) else {
                    return answered
                }
                return firstFailure(in: list)
            }
        }
    }

    /// The oldest offset that the broker has and the one that the next message will get, asked of the broker.
    public func watermarks(
        _ partition: TopicPartition, timeout: Duration = .seconds(5)
    ) async throws(KafkaError) -> (low: Int64, high: Int64) {
        let range = try await core.onControl { handle in
            queryWatermarks(handle, partition, timeout: timeout)
        }
        return (range.lowerBound, range.upperBound)
    }

    /// The partitions of a topic, once it exists and every one of them has a leader. Right after a start a broker may list a
    /// topic without partitions, so that "to the end" would be reached at once with nothing: ask here before `assign`.
    public func partitions(of topic: String, timeout: Duration = .seconds(30)) async throws(KafkaError)
        -> [TopicPartition]
    {
        let core = core
        return try await core.onControl { handle in
            let deadline = ContinuousClock.now + timeout
            var last = "the topic \(topic) does not exist"
            repeat {
                switch queryMetadata(handle, timeout: .seconds(2)) {
                case .success(let topics):
                    guard let found = topics.first(where: { $0.name == topic }) else { break }
                    if found.isReady {
                        return .success(found.partitions.map { TopicPartition(topic, $0.id) }.sorted())
                    }
                    last = "the topic \(topic) has partitions without a leader"
                case .failure(let error): last = error.description
                }
                pauseThread(milliseconds: 50)
            } while ContinuousClock.now < deadline && !core.context.isClosing.load(ordering: .relaxed)
            return .failure(.timedOut(last))
        }
    }

    /// Leaves the group and ends the client; a poll under way returns. May be called more than once.
    public func close() async {
        await core.close()
    }

    /// The value that the library uses for a setting; for checks.
    func setting(_ name: String) -> String? {
        core.withHandle { handle -> String? in
            guard let configuration = rd_kafka_conf(handle.pointer) else { return nil }
            var size = 512
            var value = [CChar](repeating: 0, count: size)
            guard rd_kafka_conf_get(configuration, name, &value, &size) == RD_KAFKA_CONF_OK else { return nil }
            return String(decoding: value.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        } ?? nil
    }
}

extension StartOffset {
    /// The library's number for the place.
    fileprivate var library: Int64 {
        switch self {
        case .at(let offset): offset
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        }
    }
}

extension Int32 {
    /// The same number in the width of an offset; the library's special offsets are imported as plain integers.
    fileprivate var offset: Int64 { Int64(self) }
}
