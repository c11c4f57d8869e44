import CLibrdkafka
import Logging
import Synchronization

/// The consumer's state, shared by its owner and its two threads.
final class ConsumerCore: Sendable {
    private enum Phase {
        case open(ClientHandle)
        case closing(ClientHandle, [CheckedContinuation<Void, Never>])
        case closed
    }

    let context: ClientContext
    private let phase: Mutex<Phase>
    private let poller = BlockingThread(name: "kafka-poll")
    private let control = BlockingThread(name: "kafka-control")

    init(
        configuration: KafkaConfiguration, group: String, sessionTimeout: Duration, logger: Logger
    ) throws(KafkaError) {
        context = ClientContext(logger: logger, statistics: ClientStatistics(consumerOf: group))
        let handle: ClientHandle
        do {
            handle = try ClientHandle(
                RD_KAFKA_CONSUMER,
                settings: configuration.settings(for: .consumer(group: group, sessionTimeout: sessionTimeout)),
                context: context
            ) { configuration in
                rd_kafka_conf_set_rebalance_cb(configuration) { client, code, partitions, opaque in
                    guard let client, let opaque else { return }
                    ConsumerCore.noteRebalance(client, code, partitions, ClientContext.from(opaque))
                }
            }
        } catch {
            poller.stop {}
            control.stop {}
            throw error
        }
        phase = Mutex(.open(handle))
        // One queue for everything, so that a single poll serves messages, errors and statistics in order.
        rd_kafka_poll_set_consumer(handle.pointer)
    }

    /// Runs on the polling thread, from within a poll. The event is only noted; the library waits for `assign`.
    private static func noteRebalance(
        _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ context: ClientContext
    ) {
        if context.isClosing.load(ordering: .acquiring) {
            rd_kafka_assign(client, nil)
            return
        }
        let partitions = (list.map { partitionsOf($0) } ?? []).sorted()
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            context.append(.assigned(partitions))
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            context.append(rd_kafka_assignment_lost(client) != 0 ? .lost(partitions) : .revoked(partitions))
        default:
            // The rebalance itself failed; the library joins again once nothing is assigned.
            context.append(.lost(partitions))
            context.append(.error(KafkaError(code)))
        }
        // Ends the poll at once, so that no message of a revoked partition follows its event.
        rd_kafka_yield(client)
    }

    func onPoller<Value: Sendable>(
        _ body: @escaping @Sendable (ClientHandle) -> Result<Value, KafkaError>
    ) async throws(KafkaError) -> Value {
        guard let handle = openHandle else { throw .closed }
        // The handle is freed by the last job of this thread, after the last one of the other.
        return try await poller.run { body(handle) }
    }

    func onControl<Value: Sendable>(
        _ body: @escaping @Sendable (ClientHandle) -> Result<Value, KafkaError>
    ) async throws(KafkaError) -> Value {
        guard let handle = openHandle else { throw .closed }
        return try await control.run { body(handle) }
    }

    /// Runs a short call at once; the lock keeps the handle alive meanwhile. Nothing happens once the consumer is closing.
    @discardableResult
    func withHandle<Value>(_ body: (ClientHandle) -> Value) -> Value? {
        phase.withLock { phase in
            guard case .open(let handle) = phase else { return nil }
            return body(handle)
        }
    }

    private var openHandle: ClientHandle? { withHandle { $0 } }

    func poll(max: Int, timeout: Duration, maxBytes: Int) async -> [ConsumerEvent] {
        let isCancelled = CancellationFlag()
        let deadline = ContinuousClock.now + timeout
        return await withTaskCancellationHandler {
            do throws(KafkaError) {
                return try await onPoller { [context] handle in
                    .success(
                        Self.collect(
                            handle, context, max: max, deadline: deadline, maxBytes: maxBytes, isCancelled: isCancelled)
                    )
                }
            } catch {
                return [.error(error)]
            }
        } onCancel: {
            isCancelled.raise()
        }
    }

    private static func collect(
        _ handle: ClientHandle, _ context: ClientContext, max: Int, deadline: ContinuousClock.Instant, maxBytes: Int,
        isCancelled: CancellationFlag
    ) -> [ConsumerEvent] {
        var events: [ConsumerEvent] = context.takeEvents()
        var bytes = 0
        while events.count < max, bytes <= maxBytes, !events.endsWithRebalance {
            var wait: Int32 = 0
            if events.isEmpty {
                let remaining = (deadline - .now).wholeMilliseconds
                // Short slices let cancellation and closing end a long wait.
                wait =
                    isCancelled.isRaised || context.isClosing.load(ordering: .relaxed) ? 0 : Int32(min(remaining, 100))
            }
            let message = rd_kafka_consumer_poll(handle.pointer, wait)
            events += context.takeEvents()
            if let message {
                defer { rd_kafka_message_destroy(message) }
                let event = event(of: message)
                if case .offsetOutOfRange(let partition) = event {
                    let reason = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
                    context.logger.warning(
                        "Kafka offset out of range", metadata: ["partition": "\(partition)", "reason": "\(reason)"])
                }
                if case .message(let message) = event {
                    bytes += (message.key?.count ?? 0) + (message.value?.count ?? 0)
                }
                events.append(event)
            } else if !events.isEmpty || wait == 0 {
                break
            }
        }
        return events
    }

    private static func event(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> ConsumerEvent {
        let code = message.pointee.err
        let topic = message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? ""
        let partition = TopicPartition(topic, message.pointee.partition)
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return .message(KafkaMessage(copying: message, from: partition))
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            return .partitionEnd(partition)
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
            return .offsetOutOfRange(partition)
        default:
            return .error(KafkaError(code, rd_kafka_message_errstr(message).map { String(cString: $0) }))
        }
    }

    func beginClosing() {
        let handle = phase.withLock { phase -> ClientHandle? in
            guard case .open(let handle) = phase else { return nil }
            phase = .closing(handle, [])
            return handle
        }
        guard let handle else { return }
        context.isClosing.store(true, ordering: .releasing)
        // First the calls to the broker end, then the polling thread leaves the group and frees the handle.
        control.stop { [self] in
            poller.stop { [self] in leave(handle) }
        }
    }

    func close() async {
        beginClosing()
        await withCheckedContinuation { continuation in
            let isWaiting = phase.withLock { phase in
                guard case .closing(let handle, let waiters) = phase else { return false }
                phase = .closing(handle, waiters + [continuation])
                return true
            }
            if !isWaiting { continuation.resume() }
        }
    }

    /// Leaves the group within a bound: a broker that does not answer must not hold up a service's stop, and the group
    /// notices by the session timeout.
    private func leave(_ handle: ClientHandle) {
        // A rebalance that was never answered would hold up the leave.
        rd_kafka_assign(handle.pointer, nil)
        var isLeft = false
        if let queue = rd_kafka_queue_get_consumer(handle.pointer) {
            if let error = rd_kafka_consumer_close_queue(handle.pointer, queue) {
                context.logger.warning(
                    "Kafka consumer cannot leave", metadata: ["error": "\(KafkaError(consuming: error))"])
            } else {
                let deadline = ContinuousClock.now + .seconds(5)
                while rd_kafka_consumer_closed(handle.pointer) == 0, ContinuousClock.now < deadline {
                    if let message = rd_kafka_consumer_poll(handle.pointer, 20) { rd_kafka_message_destroy(message) }
                }
                isLeft = rd_kafka_consumer_closed(handle.pointer) != 0
            }
            rd_kafka_queue_destroy(queue)
        }
        handle.destroy(skippingConsumerClose: !isLeft)
        let waiters = phase.withLock { phase -> [CheckedContinuation<Void, Never>] in
            guard case .closing(_, let waiters) = phase else { return [] }
            phase = .closed
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// Raised by a cancelled task, read by the polling thread.
private final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isRaised: Bool { flag.load(ordering: .relaxed) }

    func raise() { flag.store(true, ordering: .relaxed) }
}

extension [ConsumerEvent] {
    fileprivate var endsWithRebalance: Bool {
        switch last {
        case .assigned, .revoked, .lost: true
        case .message, .partitionEnd, .offsetOutOfRange, .error, nil: false
        }
    }
}

extension KafkaMessage {
    fileprivate init(copying message: UnsafeMutablePointer<rd_kafka_message_t>, from partition: TopicPartition) {
        var headers: [KafkaHeader] = []
        var list: OpaquePointer?
        if rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list {
            var index = 0
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var count = 0
            while rd_kafka_header_get_all(list, index, &name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
                let bytes = value.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
                headers.append(KafkaHeader(name.map { String(cString: $0) } ?? "", bytes: bytes))
                index += 1
            }
        }
        let record = message.pointee
        self.init(
            topic: partition.topic, partition: partition.partition, offset: record.offset,
            key: record.key.map { Array(UnsafeRawBufferPointer(start: $0, count: record.key_len)) },
            value: record.payload.map { Array(UnsafeRawBufferPointer(start: $0, count: record.len)) },
            headers: headers, timestampMilliseconds: rd_kafka_message_timestamp(message, nil))
    }
}
