import CLibrdkafka
import Foundation
import Synchronization

/// One message with its headers, as the relay writes them.
struct RawMessage: Sendable {
    var key: [UInt8]
    var value: [UInt8]
    var headers: [(name: String, value: [UInt8])]

    /// Reads lines of key, type, sequence number, event identifier, two times, trace context and hexadecimal payload, which
    /// tabulators separate: what the journal holds of an event.
    static func read(file: String, source: String) throws -> [RawMessage] {
        guard let data = FileManager.default.contents(atPath: file) else { throw Failure("\(file) cannot be read") }
        return try String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 8, let value = bytes(hexadecimal: fields[7]) else {
                throw Failure("\(file) has a line that is no event")
            }
            var headers = [
                ("ce_specversion", "1.0"), ("ce_id", fields[3]), ("ce_source", source), ("ce_type", fields[1]),
                ("ce_subject", fields[0]), ("ce_time", fields[4]),
                ("ce_dataschema", "urn:zhitongche:proto:\(fields[1])"), ("content-type", "application/protobuf"),
                ("ce_partitionkey", fields[0]),
                ("ce_aggregateseq", String(repeating: "0", count: max(0, 20 - fields[2].count)) + fields[2]),
                ("ce_recordedtime", fields[5]),
            ]
            if !fields[6].isEmpty { headers.append(("traceparent", fields[6])) }
            return RawMessage(
                key: Array(fields[0].utf8), value: value, headers: headers.map { ($0.0, Array($0.1.utf8)) })
        }
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        func value(_ digit: UInt8) -> UInt8 { digit <= 57 ? digit - 48 : digit - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) }
    }
}

/// A client of librdkafka without anything of ours around it, with the settings that the services use: what the broker
/// and its library can do at most.
///
/// `@unchecked Sendable` is safe because librdkafka's handles may be used from any thread.
final class RawClient: @unchecked Sendable {
    private let handle: OpaquePointer
    private let counter: DeliveryCounter
    private let isConsumer: Bool

    private final class DeliveryCounter: Sendable {
        let delivered = Atomic(0)
        let failed = Atomic(0)
    }

    init(servers: String, isConsumer: Bool) throws {
        self.isConsumer = isConsumer
        var settings = [("bootstrap.servers", servers), ("socket.nagle.disable", "true")]
        settings +=
            isConsumer
            ? [
                ("group.id", "benchmark"), ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
                ("check.crcs", "true"), ("queued.min.messages", "1000"), ("queued.max.messages.kbytes", "16384"),
                ("fetch.wait.max.ms", "20"), ("auto.offset.reset", "error"),
            ]
            : [
                ("enable.idempotence", "true"), ("acks", "all"), ("partitioner", "murmur2_random"),
                ("compression.codec", "lz4"), ("linger.ms", "1"), ("message.timeout.ms", "30000"),
            ]
        let configuration = rd_kafka_conf_new()
        var reason = [CChar](repeating: 0, count: 512)
        for (name, value) in settings
        where rd_kafka_conf_set(configuration, name, value, &reason, reason.count) != RD_KAFKA_CONF_OK {
            throw Failure("the setting \(name) was refused")
        }
        counter = DeliveryCounter()
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(counter).toOpaque())
        if !isConsumer {
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
                guard let message, let opaque else { return }
                let counter = Unmanaged<DeliveryCounter>.fromOpaque(opaque).takeUnretainedValue()
                if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                    counter.delivered.add(1, ordering: .relaxed)
                } else {
                    counter.failed.add(1, ordering: .relaxed)
                }
            }
        }
        let type = isConsumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        guard let made = rd_kafka_new(type, configuration, &reason, reason.count) else {
            throw Failure("no client of librdkafka")
        }
        handle = made
        if isConsumer { rd_kafka_poll_set_consumer(made) }
    }

    deinit {
        if isConsumer { rd_kafka_consumer_close(handle) }
        rd_kafka_destroy(handle)
    }

    // MARK: Producing

    /// Hands a message to the library, waiting while its queue is full.
    func produce(_ message: RawMessage, to topic: String) throws {
        while true {
            let headers = rd_kafka_headers_new(message.headers.count)
            for (name, value) in message.headers {
                rd_kafka_header_add(headers, name, -1, value, value.count)
            }
            let error = topic.withCString { topic in
                message.key.withUnsafeBytes { key in
                    message.value.withUnsafeBytes { value in
                        var fields = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 5)
                        fields[0].vtype = RD_KAFKA_VTYPE_TOPIC
                        fields[0].u.cstr = topic
                        fields[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                        fields[1].u.i = RD_KAFKA_MSG_F_COPY
                        fields[2].vtype = RD_KAFKA_VTYPE_KEY
                        fields[2].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress)
                        fields[2].u.mem.size = key.count
                        fields[3].vtype = RD_KAFKA_VTYPE_VALUE
                        fields[3].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
                        fields[3].u.mem.size = value.count
                        fields[4].vtype = RD_KAFKA_VTYPE_HEADERS
                        fields[4].u.headers = headers
                        return rd_kafka_produceva(handle, &fields, fields.count)
                    }
                }
            }
            guard let error else { return }
            let code = rd_kafka_error_code(error)
            rd_kafka_error_destroy(error)
            rd_kafka_headers_destroy(headers)
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                throw Failure("produce: \(String(cString: rd_kafka_err2str(code)))")
            }
            rd_kafka_poll(handle, 1)
        }
    }

    /// Serves reports without waiting.
    func serve() { rd_kafka_poll(handle, 0) }

    /// Waits until so many messages were acknowledged.
    func waitForDeliveries(_ count: Int) throws {
        while counter.delivered.load(ordering: .relaxed) < count {
            guard counter.failed.load(ordering: .relaxed) == 0 else { throw Failure("a message was not delivered") }
            rd_kafka_poll(handle, 10)
        }
    }

    // MARK: Consuming

    /// Reads partitions from their beginning, or from their end.
    func assign(topic: String, partitions: Int32, fromEnd: Bool) throws {
        let list = rd_kafka_topic_partition_list_new(partitions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for partition in 0..<partitions {
            rd_kafka_topic_partition_list_add(list, topic, partition)
            // "End" would be looked up later; the offset is asked for now, so that nothing that follows is missed.
            var (low, high): (Int64, Int64) = (0, 0)
            let asked = rd_kafka_query_watermark_offsets(handle, topic, partition, &low, &high, 10_000)
            guard asked == RD_KAFKA_RESP_ERR_NO_ERROR else { throw Failure("\(topic)[\(partition)] cannot be read") }
            rd_kafka_topic_partition_list_set_offset(list, topic, partition, fromEnd ? high : low)
        }
        guard rd_kafka_assign(handle, list) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw Failure("\(topic) cannot be assigned")
        }
    }

    /// Takes up to 500 messages at once, looks at every header, and hands the value of one of them to the body.
    ///
    /// - Returns: how many messages there were.
    func consume(waiting milliseconds: Int32, header: String, _ body: (String) -> Void) throws -> Int {
        guard let queue = rd_kafka_queue_get_consumer(handle) else { throw Failure("the consumer has no queue") }
        defer { rd_kafka_queue_destroy(queue) }
        var messages = [UnsafeMutablePointer<rd_kafka_message_t>?](repeating: nil, count: 499)
        // The library's batches wait until they are full, so the first message is waited for alone.
        guard let first = rd_kafka_consume_queue(queue, milliseconds) else { return 0 }
        let more = rd_kafka_consume_batch_queue(queue, 0, &messages, messages.count)
        var good = 0
        for case let message? in [first] + messages.prefix(max(0, more)) {
            defer { rd_kafka_message_destroy(message) }
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            good += 1
            var headers: OpaquePointer?
            guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            var (index, name, value, size): (Int, UnsafePointer<CChar>?, UnsafeRawPointer?, Int) = (0, nil, nil, 0)
            while rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
                if let name, let value, strcmp(name, header) == 0 {
                    body(String(decoding: UnsafeRawBufferPointer(start: value, count: size), as: UTF8.self))
                }
                index += 1
            }
        }
        return good
    }
}
