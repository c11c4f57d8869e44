import Foundation
import Metrics
import Synchronization

/// Turns the library's periodic statistics into gauges. Partitions are summed up per topic, so that the number of series
/// does not grow with the number of partitions.
final class ClientStatistics: Sendable {
    private let group: String?
    private let queueMessages: Gauge?
    private let queueBytes: Gauge?
    private let factory: any MetricsFactory
    private let lags = Mutex<[String: Gauge]>([:])

    /// Gauges of a producer: records and bytes that wait for delivery.
    init(producer clientID: String, factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        group = nil
        let client = [("client", clientID)]
        queueMessages = Gauge(label: "kafka_producer_queue_messages", dimensions: client, factory: factory)
        queueBytes = Gauge(label: "kafka_producer_queue_bytes", dimensions: client, factory: factory)
    }

    /// Gauges of a consumer: messages per topic between what was handed out and the newest one.
    init(consumerOf group: String, factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        self.group = group
        queueMessages = nil
        queueBytes = nil
    }

    func update(json: UnsafeRawBufferPointer) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(json)) else { return }
        queueMessages?.record(document.msg_cnt ?? 0)
        queueBytes?.record(document.msg_size ?? 0)
        guard let group else { return }
        for (name, topic) in document.topics {
            // The library reports -1 for partitions that this client does not read.
            let known = topic.partitions.values.compactMap(\.consumer_lag).filter { $0 >= 0 }
            guard !known.isEmpty else { continue }
            let gauge = lags.withLock { lags in
                if let gauge = lags[name] { return gauge }
                let gauge = Gauge(
                    label: "kafka_consumer_lag", dimensions: [("group", group), ("topic", name)], factory: factory)
                lags[name] = gauge
                return gauge
            }
            gauge.record(known.reduce(0, +))
        }
    }

    /// The part of the statistics that is used; the names are the library's.
    private struct Document: Decodable {
        var msg_cnt: Int64?
        var msg_size: Int64?
        var topics: [String: Topic]
    }

    private struct Topic: Decodable {
        var partitions: [String: Partition]
    }

    private struct Partition: Decodable {
        var consumer_lag: Int64?
    }
}
