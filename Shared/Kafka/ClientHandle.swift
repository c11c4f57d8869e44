import CLibrdkafka
import Logging
import Synchronization

/// A client of the library, `rd_kafka_t *`.
///
/// `@unchecked Sendable` is safe because the library documents every call on a handle as safe from any thread. What is left
/// to the owner is that no call happens during or after `destroy`; producer and consumer each keep the handle behind a lock
/// or on one thread for that.
struct ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let context: Unmanaged<ClientContext>

    /// Creates a client. It retains the context until `destroy`, because the library hands it to the callbacks.
    init(
        _ type: rd_kafka_type_t, settings: [(name: String, value: String)], context: ClientContext,
        callbacks: (OpaquePointer) -> Void = { _ in }
    ) throws(KafkaError) {
        let capacity = 512
        let reason = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        reason.initialize(repeating: 0, count: capacity)
        defer { reason.deallocate() }
        guard let configuration = rd_kafka_conf_new() else {
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
        }
        for (name, value) in settings
        where rd_kafka_conf_set(configuration, name, value, reason, capacity) != RD_KAFKA_CONF_OK {
            rd_kafka_conf_destroy(configuration)
            throw .invalid(String(cString: reason))
        }
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            guard let client, let opaque = rd_kafka_opaque(client) else { return }
            ClientContext.from(opaque).log(level: level, facility: facility, text: text)
        }
        rd_kafka_conf_set_error_cb(configuration) { client, code, text, opaque in
            guard let client, let opaque else { return }
            ClientContext.from(opaque).noteError(client: client, code: code, text: text)
        }
        rd_kafka_conf_set_stats_cb(configuration) { _, json, count, opaque in
            guard let json, let opaque else { return 0 }
            ClientContext.from(opaque).statistics?.update(json: UnsafeRawBufferPointer(start: json, count: count))
            return 0
        }
        callbacks(configuration)
        let retained = Unmanaged.passRetained(context)
        rd_kafka_conf_set_opaque(configuration, retained.toOpaque())
        // From here on the library owns the configuration, unless it refuses.
        guard let pointer = rd_kafka_new(type, configuration, reason, capacity) else {
            rd_kafka_conf_destroy(configuration)
            retained.release()
            throw .invalid(String(cString: reason))
        }
        self.pointer = pointer
        self.context = retained
    }

    /// Ends the client's threads and releases the context; no callback runs afterwards. May block for seconds.
    func destroy(skippingConsumerClose: Bool = false) {
        rd_kafka_destroy_flags(pointer, skippingConsumerClose ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0)
        context.release()
    }

    /// The error after which the client is of no further use, if one occurred.
    var fatalError: KafkaError? {
        var reason = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(pointer, &reason, reason.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return KafkaError(code, text, isFatal: true, isRetriable: false)
    }
}

/// What the library's callbacks need to know about the client that they belong to.
final class ClientContext: Sendable {
    let logger: Logger
    let statistics: ClientStatistics?
    /// Told about each delivery report, on the producer's thread.
    let onDelivery: (@Sendable (_ identifier: UInt, Result<Delivery, KafkaError>) -> Void)?
    /// A consumer that is closing answers rebalances itself, because nobody polls events any more.
    let isClosing = Atomic<Bool>(false)
    /// How often a connection to a broker was lost or could not be made.
    let connectionLosses = Atomic<Int>(0)
    /// Events that callbacks noted and that the next poll hands out, in order.
    private let events = Mutex<[ConsumerEvent]>([])

    init(
        logger: Logger, statistics: ClientStatistics?,
        onDelivery: (@Sendable (UInt, Result<Delivery, KafkaError>) -> Void)? = nil
    ) {
        self.logger = logger
        self.statistics = statistics
        self.onDelivery = onDelivery
    }

    /// The context behind the pointer that the library passes to callbacks; `ClientHandle` keeps it alive.
    static func from(_ opaque: UnsafeMutableRawPointer) -> ClientContext {
        Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue()
    }

    func append(_ event: ConsumerEvent) {
        events.withLock { $0.append(event) }
    }

    func takeEvents() -> [ConsumerEvent] {
        events.withLock { events in
            defer { events = [] }
            return events
        }
    }

    func log(level: Int32, facility: UnsafePointer<CChar>?, text: UnsafePointer<CChar>?) {
        let place = facility.map { String(cString: $0) } ?? ""
        let severity: Logger.Level =
            switch level {
            // The development broker is too old to be told not to create topics, and would be complained of every second.
            case _ where place == "AUTOCREATE": .debug
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
        logger.log(
            level: severity, "\(text.map { String(cString: $0) } ?? "")", metadata: ["facility": "\(place)"])
    }

    /// Errors of the client as a whole. Lost connections are repaired by the library, so they are only logged; a fatal
    /// error reaches the consumer's events, and a producer's owner through `fatalError`.
    func noteError(client: OpaquePointer, code: Int32, text: UnsafePointer<CChar>?) {
        let error = KafkaError(rd_kafka_resp_err_t(rawValue: code), text.map { String(cString: $0) })
        if error.isFatal {
            var reason = [CChar](repeating: 0, count: 512)
            let cause = rd_kafka_fatal_error(client, &reason, reason.count)
            logger.critical("Kafka client failed for good", metadata: ["error": "\(error)"])
            append(.error(KafkaError(cause, error.message, isFatal: true, isRetriable: false)))
        } else {
            if rd_kafka_type(client) == RD_KAFKA_PRODUCER, Self.isConnectionLoss(error.code) {
                // The library would repeat the records as soon as somebody answers at the address, and that may be
                // another cluster, which has not been refilled. Whoever sent them decides.
                connectionLosses.add(1, ordering: .sequentiallyConsistent)
                rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            }
            logger.warning("Kafka client error", metadata: ["error": "\(error)"])
        }
    }

    private static func isConnectionLoss(_ code: Int32) -> Bool {
        code == RD_KAFKA_RESP_ERR__TRANSPORT.rawValue || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue
            || code == RD_KAFKA_RESP_ERR__TIMED_OUT.rawValue
    }
}
