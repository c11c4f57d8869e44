import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Kafka

let quiet: Logger = {
    var logger = Logger(label: "kafka.tests")
    logger.logLevel = ProcessInfo.processInfo.environment["KAFKA_TESTS_VERBOSE"] == nil ? .critical : .debug
    return logger
}()

/// Tests that need a broker process of their own to break.
let ownsBroker = (ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"] ?? "").isEmpty

func uniqueName(_ purpose: String) -> String { "test.\(purpose).\(UUID().uuidString.lowercased())" }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Runs a body with a broker that has one topic, and ends the broker whatever happens.
func withBroker(
    partitions: Int = 12, _ body: (DevelopmentBroker, String) async throws -> Void
) async throws {
    let topic = uniqueName("topic")
    let broker = try await DevelopmentBroker.start(topics: [(topic, partitions)])
    defer { if !broker.isExternal { #expect(throws: Never.self) { try broker.stop() } } }
    try await body(broker, topic)
}

func withProducer(
    _ broker: DevelopmentBroker, messageTimeout: Duration = .seconds(30),
    _ body: (KafkaProducer) async throws -> Void
) async throws {
    let producer = try KafkaProducer(
        configuration: broker.configuration(), messageTimeout: messageTimeout, logger: quiet)
    do {
        try await body(producer)
    } catch {
        await producer.close()
        throw error
    }
    await producer.close()
}

/// Polls until the predicate holds for all that came, or records what came instead.
@discardableResult
func poll(
    _ consumer: KafkaConsumer, within limit: Duration = .seconds(60), max: Int = 500,
    sourceLocation: SourceLocation = #_sourceLocation, until isEnough: ([ConsumerEvent]) -> Bool
) async throws -> [ConsumerEvent] {
    let deadline = ContinuousClock.now + limit
    var events: [ConsumerEvent] = []
    while !isEnough(events) {
        guard ContinuousClock.now < deadline else {
            Issue.record("not reached within \(limit); last seen: \(events.suffix(5))", sourceLocation: sourceLocation)
            throw KafkaError.timedOut("expected events")
        }
        events += await consumer.poll(max: max, timeout: .milliseconds(200))
    }
    return events
}

/// Asks until the condition holds and reports the last state otherwise.
func eventually<State>(
    within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ state: () async throws -> State, satisfies: (State) -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while true {
        let last = try await state()
        if satisfies(last) { return }
        guard ContinuousClock.now < deadline else {
            Issue.record("not reached within \(limit); last state: \(last)", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

extension [ConsumerEvent] {
    var messages: [KafkaMessage] {
        compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    var ends: Set<TopicPartition> {
        Set(compactMap { if case .partitionEnd(let partition) = $0 { partition } else { nil } })
    }

    var outOfRange: [TopicPartition] {
        compactMap { if case .offsetOutOfRange(let partition) = $0 { partition } else { nil } }
    }
}

/// Counts what each record's report said.
final class Reports: Sendable {
    private let results = Mutex<[Int: [Result<Delivery, KafkaError>]]>([:])

    func report(_ record: Int) -> KafkaProducer.Report {
        { result in self.results.withLock { $0[record, default: []].append(result) } }
    }

    var all: [Int: [Result<Delivery, KafkaError>]] { results.withLock { $0 } }
}
