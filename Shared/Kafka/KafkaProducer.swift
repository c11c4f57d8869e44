import CLibrdkafka
import Logging
import Metrics
import Synchronization

/// Writes records: idempotent, acknowledged by all replicas, in order per partition.
///
/// Many records may be in flight. Each report is called exactly once, on the producer's own thread and one at a time, so it
/// has to be short. A record is given up after `messageTimeout`; whoever needs it delivered keeps it and sends it again.
/// After a fatal error the producer is closed and replaced by a fresh one.
public final class KafkaProducer: Sendable {
    /// Called once with the place of the record, or with the reason why it was not acknowledged.
    public typealias Report = @Sendable (Result<Delivery, KafkaError>) -> Void

    private let core: ProducerCore

    /// Creates the client; connecting happens in the background.
    ///
    /// - Parameter messageTimeout: from `enqueue` to the report at the latest, with a second of tolerance; retries included.
    /// - Throws: `KafkaError` for settings that the library refuses.
    public init(
        configuration: KafkaConfiguration, messageTimeout: Duration = .seconds(5), logger: Logger
    ) throws(KafkaError) {
        core = try ProducerCore(configuration: configuration, messageTimeout: messageTimeout, logger: logger)
    }

    deinit { core.beginClosing() }

    /// Hands a record to the client and returns at once. What is refused at once, such as a full queue or a record that is
    /// too large, is reported in the same way. Once the producer is closed, the report is called before this returns.
    public func enqueue(_ record: KafkaRecord, _ report: @escaping Report) {
        core.enqueue(record, report)
    }

    /// Sends one record and waits for its acknowledgement. Cancelling the task does not take the record back.
    public func send(_ record: KafkaRecord) async throws(KafkaError) -> Delivery {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Delivery, KafkaError>, Never>) in
            core.enqueue(record) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Waits until every record handed over so far or meanwhile has its report, at most for the given time.
    public func flush(timeout: Duration) async {
        await core.flush(timeout: timeout)
    }

    /// Discards what waits and what is in flight; the reports fail with an error whose `isPurged` is true. Records in flight
    /// may nevertheless have been stored.
    public func purge() {
        core.purge()
    }

    /// The error after which this producer delivers nothing any more, if one occurred.
    public var fatalError: KafkaError? { core.fatalError }

    /// How often a connection to a broker was lost or could not be made. With each loss, records without a report are
    /// discarded as by ``purge()``: they do not reach whoever answers at the address next.
    public var connectionLosses: Int { core.connectionLosses }

    /// Records without a report.
    public var pendingCount: Int { core.pendingCount }

    /// Discards what waits, fails its reports and ends the client. Nothing is sent once this returned; what had already been
    /// handed to the network may still arrive within it. May be called more than once.
    public func close() async {
        await core.close()
    }

    /// The value that the library uses for a setting; for checks.
    func setting(_ name: String) -> String? { core.setting(name) }

    /// Makes the library believe that a fatal error occurred; for tests.
    func provokeFatalError() { core.provokeFatalError() }
}

/// The producer's state, shared by its owner and its thread. The thread ends, and frees the handle, after `beginClosing`.
private final class ProducerCore: Sendable {
    private enum Phase {
        case open
        case closing
        case closed
    }

    private struct FlushWaiter {
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var phase = Phase.open
        /// The next record's identifier, which travels through the library in place of a pointer; never 0.
        var nextIdentifier: UInt = 1
        var pending: [UInt: KafkaProducer.Report] = [:]
        /// Records refused at once, whose reports the thread has yet to call.
        var refused: [(identifier: UInt, error: KafkaError)] = []
        var flushWaiters: [FlushWaiter] = []
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
        var lastFatalError: KafkaError?
    }

    /// Reports leave `pending` before they are called, which is what makes each of them run exactly once.
    private final class Ledger: Sendable {
        let state = Mutex(State())
        let delivered: Counter
        let failed: Counter

        init(clientID: String) {
            delivered = Counter(label: "kafka_producer_delivered", dimensions: [("client", clientID)])
            failed = Counter(label: "kafka_producer_failed", dimensions: [("client", clientID)])
        }

        func settle(_ identifier: UInt, _ result: Result<Delivery, KafkaError>) {
            guard let report = state.withLock({ $0.pending.removeValue(forKey: identifier) }) else { return }
            switch result {
            case .success: delivered.increment()
            case .failure: failed.increment()
            }
            report(result)
        }
    }

    private let ledger: Ledger
    private let handle: ClientHandle
    private let context: ClientContext
    /// The library's queue of reports, kept to be able to wake the thread.
    private let queue: QueueHandle
    private let logger: Logger

    init(configuration: KafkaConfiguration, messageTimeout: Duration, logger: Logger) throws(KafkaError) {
        guard messageTimeout >= .milliseconds(1) else {
            throw .invalid("the message timeout has to be a millisecond at least")
        }
        let ledger = Ledger(clientID: configuration.clientID)
        self.ledger = ledger
        self.logger = logger
        let context = ClientContext(
            logger: logger, statistics: ClientStatistics(producer: configuration.clientID),
            onDelivery: { identifier, result in ledger.settle(identifier, result) })
        self.context = context
        handle = try ClientHandle(
            RD_KAFKA_PRODUCER, settings: configuration.settings(for: .producer(messageTimeout: messageTimeout)),
            context: context
        ) { configuration in
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
                guard let message, let opaque else { return }
                let result: Result<Delivery, KafkaError> =
                    message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR
                    ? .success(Delivery(partition: message.pointee.partition, offset: message.pointee.offset))
                    : .failure(KafkaError(message.pointee.err))
                ClientContext.from(opaque).onDelivery?(UInt(bitPattern: message.pointee._private), result)
            }
        }
        guard let main = rd_kafka_queue_get_main(handle.pointer) else {
            handle.destroy()
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
        }
        queue = QueueHandle(pointer: main)
        let thread = BlockingThread(name: "kafka-producer")
        thread.stop { [self] in serve() }
    }

    func enqueue(_ record: KafkaRecord, _ report: @escaping KafkaProducer.Report) {
        // The lock spans the library's call, which does not block, so that the thread cannot free the handle meanwhile.
        let isAccepted = ledger.state.withLock { state in
            guard state.phase == .open else { return false }
            let identifier = state.nextIdentifier
            state.nextIdentifier += 1
            state.pending[identifier] = report
            if let error = produce(record, identifier) {
                state.refused.append((identifier, error))
                rd_kafka_queue_yield(queue.pointer)
            }
            return true
        }
        if !isAccepted { report(.failure(.closed)) }
    }

    func flush(timeout: Duration) async {
        let deadline = ContinuousClock.now + timeout
        await withCheckedContinuation { continuation in
            let isWaiting = ledger.state.withLock { state in
                guard state.phase != .closed, !state.pending.isEmpty else { return false }
                state.flushWaiters.append(FlushWaiter(deadline: deadline, continuation: continuation))
                return true
            }
            if !isWaiting { continuation.resume() }
        }
    }

    func purge() {
        ledger.state.withLock { state in
            guard state.phase == .open else { return }
            purgeHandle()
        }
    }

    var fatalError: KafkaError? {
        ledger.state.withLock { state in
            if state.phase == .open, state.lastFatalError == nil { state.lastFatalError = handle.fatalError }
            return state.lastFatalError
        }
    }

    var connectionLosses: Int { context.connectionLosses.load(ordering: .sequentiallyConsistent) }

    var pendingCount: Int { ledger.state.withLock { $0.pending.count } }

    func beginClosing() {
        ledger.state.withLock { state in
            guard state.phase == .open else { return }
            state.phase = .closing
            rd_kafka_queue_yield(queue.pointer)
        }
    }

    func close() async {
        beginClosing()
        await withCheckedContinuation { continuation in
            let isWaiting = ledger.state.withLock { state in
                guard state.phase != .closed else { return false }
                state.closeWaiters.append(continuation)
                return true
            }
            if !isWaiting { continuation.resume() }
        }
    }

    func setting(_ name: String) -> String? {
        ledger.state.withLock { state in
            guard state.phase == .open, let configuration = rd_kafka_conf(handle.pointer) else { return nil }
            var size = 512
            var value = [CChar](repeating: 0, count: size)
            guard rd_kafka_conf_get(configuration, name, &value, &size) == RD_KAFKA_CONF_OK else { return nil }
            return String(decoding: value.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    func provokeFatalError() {
        ledger.state.withLock { state in
            guard state.phase == .open else { return }
            rd_kafka_test_fatal_error(handle.pointer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "provoked")
        }
    }

    // MARK: On the producer's thread

    private func serve() {
        while ledger.state.withLock({ $0.phase }) == .open {
            rd_kafka_poll(handle.pointer, 50)
            settleRefused()
            releaseFlushWaiters()
        }
        ledger.state.withLock { state in state.lastFatalError = state.lastFatalError ?? handle.fatalError }
        purgeHandle()
        // Purging turns every record into a report; the bound only guards against a library that withholds one.
        let deadline = ContinuousClock.now + .seconds(5)
        while rd_kafka_outq_len(handle.pointer) > 0, ContinuousClock.now < deadline {
            rd_kafka_poll(handle.pointer, 20)
        }
        settleRefused()
        rd_kafka_queue_destroy(queue.pointer)
        handle.destroy()
        let abandoned = ledger.state.withLock { state in Array(state.pending.keys) }
        if !abandoned.isEmpty {
            logger.error("Kafka producer closed without reports", metadata: ["records": "\(abandoned.count)"])
        }
        for identifier in abandoned { ledger.settle(identifier, .failure(.closed)) }
        let waiters = ledger.state.withLock { state in
            state.phase = .closed
            defer {
                state.flushWaiters = []
                state.closeWaiters = []
            }
            return state.flushWaiters.map(\.continuation) + state.closeWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func settleRefused() {
        let refused = ledger.state.withLock { state in
            defer { state.refused = [] }
            return state.refused
        }
        for (identifier, error) in refused { ledger.settle(identifier, .failure(error)) }
    }

    private func releaseFlushWaiters() {
        let now = ContinuousClock.now
        let released = ledger.state.withLock { state -> [FlushWaiter] in
            guard !state.flushWaiters.isEmpty else { return [] }
            let isEmpty = state.pending.isEmpty
            let released = state.flushWaiters.filter { isEmpty || $0.deadline <= now }
            state.flushWaiters.removeAll { isEmpty || $0.deadline <= now }
            return released
        }
        for waiter in released { waiter.continuation.resume() }
    }

    private func purgeHandle() {
        let code = rd_kafka_purge(handle.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            logger.error("Kafka producer could not be purged", metadata: ["error": "\(KafkaError(code))"])
        }
    }

    // MARK: Handing over

    /// Gives the record to the library, which copies key, value and headers. Returns the reason of a refusal.
    private func produce(_ record: KafkaRecord, _ identifier: UInt) -> KafkaError? {
        let headers = rd_kafka_headers_new(record.headers.count)
        for header in record.headers {
            var name = header.name
            let code = name.withUTF8 { name in
                name.withMemoryRebound(to: CChar.self) { name in
                    Self.withBytes(header.value) { value, count in
                        rd_kafka_header_add(headers, name.baseAddress, name.count, value, count)
                    }
                }
            }
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_headers_destroy(headers)
                return KafkaError(code, "the header \(header.name) was refused")
            }
        }
        let refusal = record.topic.withCString { topic in
            Self.withBytes(record.key) { key, keyCount in
                Self.withBytes(record.value) { value, valueCount in
                    var fields = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 7)
                    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC
                    fields[0].u.cstr = topic
                    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION
                    fields[1].u.i32 = record.partition ?? RD_KAFKA_PARTITION_UA
                    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                    fields[2].u.i = RD_KAFKA_MSG_F_COPY
                    fields[3].vtype = RD_KAFKA_VTYPE_KEY
                    fields[3].u.mem.ptr = UnsafeMutableRawPointer(mutating: key)
                    fields[3].u.mem.size = keyCount
                    fields[4].vtype = RD_KAFKA_VTYPE_VALUE
                    fields[4].u.mem.ptr = UnsafeMutableRawPointer(mutating: value)
                    fields[4].u.mem.size = valueCount
                    fields[5].vtype = RD_KAFKA_VTYPE_HEADERS
                    fields[5].u.headers = headers
                    fields[6].vtype = RD_KAFKA_VTYPE_OPAQUE
                    fields[6].u.ptr = UnsafeMutableRawPointer(bitPattern: identifier)
                    return rd_kafka_produceva(handle.pointer, &fields, fields.count)
                }
            }
        }
        guard let refusal else { return nil }
        // The library takes the headers over only together with the record.
        rd_kafka_headers_destroy(headers)
        return KafkaError(consuming: refusal)
    }

    /// One byte whose address stands for an empty value, because a null pointer means "no value" to the library.
    private static let emptyValue: StaticString = "-"

    private static func withBytes<Value>(
        _ bytes: [UInt8]?, _ body: (_ start: UnsafeRawPointer?, _ count: Int) -> Value
    ) -> Value {
        guard let bytes else { return body(nil, 0) }
        guard !bytes.isEmpty else { return body(UnsafeRawPointer(emptyValue.utf8Start), 0) }
        return bytes.withUnsafeBytes { body($0.baseAddress, $0.count) }
    }
}

/// A queue of the library; like the client, it may be used from any thread until it is destroyed.
struct QueueHandle: @unchecked Sendable {
    let pointer: OpaquePointer
}
