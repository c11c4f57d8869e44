import CLibrdkafka

/// Why a call to Kafka, or the delivery of a record, failed.
///
/// `code` is the number of the Kafka protocol for what the broker reported (positive) and of the client library for what
/// happened on this side (negative).
public struct KafkaError: Error, Hashable, Sendable {
    /// Positive: the broker's error code. Negative: the client's.
    public let code: Int32
    /// The code's stable name, such as `UNKNOWN_TOPIC_OR_PART`; suited to metric labels and logs.
    public let name: String
    /// What happened, in English; contains no payload.
    public let message: String
    /// The client handle is of no further use and has to be replaced by a fresh one.
    public let isFatal: Bool
    /// The same call may succeed later without any change on this side.
    public let isRetriable: Bool

    /// The handle was closed, or is being closed; nothing was or will be sent.
    public static let closed = KafkaError(RD_KAFKA_RESP_ERR__DESTROY, "the client is closed")

    /// The broker, or the library's own queue, took longer than the bound of the call.
    public var isTimeout: Bool {
        [
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        ].contains { $0.rawValue == code }
    }

    /// The topic or the partition does not exist, or is not known to the broker yet.
    public var isUnknownTopic: Bool {
        [
            RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        ].contains { $0.rawValue == code }
    }

    /// The record is larger than the client or the topic allows.
    public var isTooLarge: Bool { code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE.rawValue }

    /// The record was discarded by `purge()` or `close()`. If it was in flight, the broker may still have stored it.
    public var isPurged: Bool {
        code == RD_KAFKA_RESP_ERR__PURGE_QUEUE.rawValue || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT.rawValue
    }

    init(_ code: rd_kafka_resp_err_t, _ message: String? = nil, isFatal: Bool? = nil, isRetriable: Bool? = nil) {
        self.code = code.rawValue
        name = String(cString: rd_kafka_err2name(code))
        self.message = message ?? String(cString: rd_kafka_err2str(code))
        self.isFatal = isFatal ?? (code == RD_KAFKA_RESP_ERR__FATAL)
        self.isRetriable = isRetriable ?? Self.retriable.contains(code.rawValue)
    }

    /// Takes over and frees an error object of the library.
    init(consuming object: OpaquePointer) {
        self.init(
            rd_kafka_error_code(object), String(cString: rd_kafka_error_string(object)),
            isFatal: rd_kafka_error_is_fatal(object) != 0,
            isRetriable: rd_kafka_error_is_retriable(object) != 0 ? true : nil)
        rd_kafka_error_destroy(object)
    }

    static func invalid(_ message: String) -> KafkaError { KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, message) }

    static func timedOut(_ message: String) -> KafkaError { KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, message) }

    private static let retriable: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE,
            RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
        ].map(\.rawValue))
}

extension KafkaError: CustomStringConvertible {
    /// Name, code and message on one line.
    public var description: String { "\(name) (\(code)): \(message)" }
}
