import Foundation
import Metrics
import Synchronization
import TestSupport
import Testing

@testable import Kafka

@Suite(.serialized, .timeLimit(.minutes(5)))
struct CatalogueTests {
    @Test("ensure creates what is missing, may be repeated, and never changes what exists")
    func ensure() async throws {
        try await withBroker(partitions: 3) { broker, existing in
            let catalogue = KafkaCatalogue(configuration: broker.configuration(), logger: quiet)
            let topics = [
                TopicSpecification(name: existing, partitions: 3),
                TopicSpecification(name: uniqueName("a"), config: ["cleanup.policy": "compact"]),
                TopicSpecification(name: uniqueName("b"), partitions: 5),
            ]
            #expect(try await catalogue.check(topics).entries.map(\.state) == [.exists, .missing, .missing])
            #expect(try await catalogue.ensure(topics).entries.map(\.state) == [.exists, .created, .created])
            let again = try await catalogue.ensure(topics)
            #expect(again.entries.map(\.state) == [.exists, .exists, .exists] && again.isAsSpecified)
            let wrong = [TopicSpecification(name: existing, partitions: 12)]
            #expect(
                try await catalogue.ensure(wrong).entries.map(\.state) == [.partitionCount(expected: 12, actual: 3)])
            #expect(try await catalogue.check(wrong).isAsSpecified == false)
            let admin = KafkaAdmin(configuration: broker.configuration())
            #expect(Set(topics.map(\.name)).isSubset(of: try await admin.listTopics()))
            #expect(
                try await admin.metadata(topics: topics.map(\.name)).map(\.partitions.count).sorted() == [3, 5, 12])
        }
    }

    @Test("ensure waits for a broker that is still starting", .enabled(if: ownsBroker))
    func lateBroker() async throws {
        try await withBroker { broker, topic in
            try broker.stop()
            let configuration = broker.configuration()
            async let report = KafkaCatalogue(configuration: configuration, logger: quiet).ensure([
                TopicSpecification(name: topic)
            ])
            try broker.startAgain()
            #expect(try await report.isAsSpecified)
        }
    }

    @Test("An unreachable broker is an error within the bound, not a hang")
    func unreachable() async throws {
        let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientID: "nobody")
        let started = ContinuousClock.now
        let error = await #expect(throws: KafkaError.self) {
            try await KafkaAdmin(configuration: configuration, timeout: .seconds(1), logger: quiet).metadata()
        }
        #expect(error?.isRetriable == true)
        #expect(ContinuousClock.now - started < .seconds(40))
    }

    @Test("The development broker refuses a taken port and answers its steering lines", .enabled(if: ownsBroker))
    func steering() async throws {
        try await withBroker { broker, _ in
            let topic = uniqueName("steered")
            try broker.command("topic \(topic) 7")
            let admin = KafkaAdmin(configuration: broker.configuration(), logger: quiet)
            #expect(try await admin.metadata(topics: [topic]).map(\.partitions.count) == [7])
            #expect(throws: DevelopmentBrokerError.self) { try broker.command("dance") }
            try broker.command("down")
            let impatient = KafkaAdmin(configuration: broker.configuration(), timeout: .seconds(2), logger: quiet)
            await #expect(throws: KafkaError.self) { try await impatient.metadata() }
            try broker.command("up")
            #expect(try await admin.metadata(topics: [topic]).count == 1)
            #expect(throws: DevelopmentBrokerError.self) { try broker.startAgain() }
        }
    }

    @Test("The library's statistics become one lag gauge per topic")
    func statistics() throws {
        let recorded = RecordingMetrics()
        let json = """
            {"msg_cnt":3,"msg_size":99,"topics":{"t":{"partitions":{"0":{"consumer_lag":4},"1":{"consumer_lag":5},
            "-1":{"consumer_lag":-1}}},"u":{"partitions":{"-1":{"consumer_lag":-1}}}}}
            """
        let statistics = ClientStatistics(consumerOf: "statistics-group", factory: recorded)
        Array(json.utf8).withUnsafeBytes { statistics.update(json: $0) }
        #expect(recorded.value("kafka_consumer_lag", ["group=statistics-group", "topic=t"]) == 9)
        #expect(recorded.value("kafka_consumer_lag", ["group=statistics-group", "topic=u"]) == nil)
        let producer = ClientStatistics(producer: "statistics-client", factory: recorded)
        Array(json.utf8).withUnsafeBytes { producer.update(json: $0) }
        #expect(recorded.value("kafka_producer_queue_messages", ["client=statistics-client"]) == 3)
    }
}

/// Keeps the last value of every gauge.
private final class RecordingMetrics: MetricsFactory {
    private let values = Mutex<[String: Double]>([:])

    func value(_ label: String, _ dimensions: [String]) -> Double? {
        values.withLock { $0["\(label){\(dimensions.joined(separator: ","))}"] }
    }

    private final class Handler: CounterHandler, FloatingPointCounterHandler, RecorderHandler, TimerHandler,
        MeterHandler
    {
        let key: String
        let store: @Sendable (String, Double) -> Void

        init(key: String, store: @escaping @Sendable (String, Double) -> Void) {
            self.key = key
            self.store = store
        }

        func increment(by amount: Int64) {}
        func increment(by amount: Double) {}
        func decrement(by amount: Double) {}
        func reset() {}
        func record(_ value: Int64) { store(key, Double(value)) }
        func record(_ value: Double) { store(key, value) }
        func recordNanoseconds(_ duration: Int64) {}
        func set(_ value: Int64) { store(key, Double(value)) }
        func set(_ value: Double) { store(key, value) }
    }

    private func handler(_ label: String, _ dimensions: [(String, String)]) -> Handler {
        let key = "\(label){\(dimensions.map { "\($0.0)=\($0.1)" }.joined(separator: ","))}"
        return Handler(key: key) { key, value in self.values.withLock { $0[key] = value } }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { handler(label, dimensions) }
    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { handler(label, dimensions) }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        handler(label, dimensions)
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { handler(label, dimensions) }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { handler(label, dimensions) }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
