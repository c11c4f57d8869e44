import CLibrdkafka
import Foundation

/// A result code as a result.
func check(_ code: rd_kafka_resp_err_t) -> Result<Void, KafkaError> {
    code == RD_KAFKA_RESP_ERR_NO_ERROR ? .success(()) : .failure(KafkaError(code))
}

/// Builds the library's list of partitions for one call and frees it afterwards.
func withPartitions<Value>(
    _ partitions: [(TopicPartition, Int64)],
    _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Value
) -> Value {
    guard let list = rd_kafka_topic_partition_list_new(Int32(partitions.count)) else {
        fatalError("the Kafka library could not allocate a list of partitions")
    }
    defer { rd_kafka_topic_partition_list_destroy(list) }
    for (partition, offset) in partitions {
        rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition).pointee.offset = offset
    }
    return body(list)
}

func partitionsOf(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
    (0..<Int(list.pointee.cnt)).map { index in
        let element = list.pointee.elems[index]
        return TopicPartition(String(cString: element.topic), element.partition)
    }
}

/// The first partition's error in an answer that carries one per partition.
func firstFailure(in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Result<Void, KafkaError> {
    for index in 0..<Int(list.pointee.cnt) {
        let element = list.pointee.elems[index]
        if element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            let partition = TopicPartition(String(cString: element.topic), element.partition)
            return .failure(KafkaError(element.err, "\(partition): \(String(cString: rd_kafka_err2str(element.err)))"))
        }
    }
    return .success(())
}

/// Asks the broker for the offsets that a partition holds: from the oldest up to the next one to be written.
func queryWatermarks(
    _ handle: ClientHandle, _ partition: TopicPartition, timeout: Duration
) -> Result<Range<Int64>, KafkaError> {
    var low: Int64 = 0
    var high: Int64 = 0
    let code = rd_kafka_query_watermark_offsets(
        handle.pointer, partition.topic, partition.partition, &low, &high, Int32(timeout.wholeMilliseconds))
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        return .failure(KafkaError(code, "\(partition): \(String(cString: rd_kafka_err2str(code)))"))
    }
    return .success(low..<max(low, high))
}

/// Asks for all topics, because asking for one by name creates it on a broker that allows that.
func queryMetadata(_ handle: ClientHandle, timeout: Duration) -> Result<[TopicDescription], KafkaError> {
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(handle.pointer, 1, nil, &metadata, Int32(timeout.wholeMilliseconds))
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { return .failure(KafkaError(code)) }
    defer { rd_kafka_metadata_destroy(metadata) }
    return .success(
        (0..<Int(metadata.pointee.topic_cnt)).map { TopicDescription(metadata.pointee.topics[$0]) }
            .sorted { $0.name < $1.name })
}

/// Waits between two questions to a broker; only on threads that exist for blocking calls.
func pauseThread(milliseconds: Int) {
    Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
}
