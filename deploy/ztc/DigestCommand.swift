import ArgumentParser
import CommonContracts
import Crypto
import Foundation
import GRPCCore
import Kafka
import Messaging
import ServiceRuntime

/// Compares what the broker holds of a day with what a service says it published.
struct DigestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digest",
        abstract: "Reads a service's events topics and compares them with its digests of a day (XCT-7).",
        discussion: """
            Of the present day both sides move, so a difference is looked at again. Ends with 1 and names the first \
            partition that differs.
            """)

    @Option(help: "The service that publishes.")
    var service: String

    @Option(help: "UTC day of the recorded time, YYYY-MM-DD; today when left out.")
    var day = ""

    @Option(help: "Only this topic.")
    var topic: String?

    func run() async throws {
        let stack = Stack()
        let log = try await EventLog(service: service, of: stack)
        let kafka = try await stack.kafka()
        let topics = Stack.services.filter { $0.name == service }.flatMap(\.topics)
            .filter { DigestLedger.hasDigests($0) && (topic == nil || $0.name == topic) }
        guard !topics.isEmpty else { throw Refusal("\(service) has no such topic with digests") }
        var differences: [String] = []
        for topic in topics {
            var difference: String?
            for attempt in 1...5 {
                if attempt > 1 { try await Task.sleep(for: .seconds(1)) }
                let answer = try await log.call { client in
                    try await client.getDigest(
                        request: log.request(
                            .with {
                                $0.topic = topic.name
                                $0.day = day
                            }), options: .within(.seconds(60)))
                }
                let held = try await Self.held(of: topic, on: answer.digest.day, kafka)
                difference = Self.difference(answer.digest, held)
                let events = held.values.map(\.events).reduce(0, +)
                if difference == nil {
                    print(
                        "\(topic.name) \(answer.digest.day): \(events) events in \(held.count) partitions agree"
                            + (answer.closed ? "" : " (the day is open)"))
                }
                if difference == nil || answer.closed { break }
            }
            if let difference { differences.append("\(topic.name): \(difference)") }
        }
        guard differences.isEmpty else { throw Refusal(differences.joined(separator: "\n")) }
    }

    /// What the broker holds of a day, by partition.
    private static func held(
        of topic: Topic, on day: String, _ kafka: KafkaConfiguration
    ) async throws -> [Int32: PartitionDigest] {
        let consumer = try KafkaConsumer.standalone(configuration: kafka, logger: Stack.logger)
        let result: Result<[Int32: PartitionDigest], any Error>
        do { result = .success(try await read(topic, on: day, with: consumer)) } catch { result = .failure(error) }
        await consumer.close()
        return try result.get()
    }

    private static func read(
        _ topic: Topic, on day: String, with consumer: KafkaConsumer
    ) async throws -> [Int32: PartitionDigest] {
        let partitions = try await consumer.partitions(of: topic.name)
        try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
        var open = Set(partitions)
        var digests: [Int32: PartitionDigest] = [:]
        var seen: Set<[String]> = []
        while !open.isEmpty {
            for event in await consumer.poll(timeout: .seconds(1)) {
                switch event {
                case .message(let message):
                    let event: IncomingEvent
                    do {
                        event = try IncomingEvent(message)
                    } catch {
                        let place = "\(message.topicPartition) offset \(message.offset)"
                        FileHandle.standardError.write(Data("\(place) is left out: \(error)\n".utf8))
                        continue
                    }
                    guard event.recordedTime.description.hasPrefix(day), seen.insert([event.source, event.id]).inserted
                    else { continue }
                    let bytes = PartitionDigest.bytes(source: event.source, id: event.id, payload: event.payload)
                    digests[message.partition, default: PartitionDigest()].count(Array(SHA256.hash(data: bytes)))
                case .partitionEnd(let partition): open.remove(partition)
                case .offsetOutOfRange(let partition):
                    try await consumer.seek([PartitionStart(partition, .beginning)])
                case .error(let error): throw error
                case .assigned, .revoked, .lost: break
                }
            }
        }
        return digests
    }

    /// The first partition that differs, in words; nil when all agree.
    private static func difference(
        _ digest: Zhitongche_Common_V1_DayDigest, _ held: [Int32: PartitionDigest]
    ) -> String? {
        let told = Dictionary(digest.partitions.map { ($0.partition, $0) }) { first, _ in first }
        for partition in Set(told.keys).union(held.keys).sorted() {
            let (events, own) = (told[partition]?.events ?? 0, held[partition] ?? PartitionDigest())
            if events != own.events {
                return
                    "partition \(partition) differs on \(digest.day): published \(events), the broker holds \(own.events)"
            }
            if let sum = told[partition]?.sum, Array(sum) != own.sum.bytes {
                return "partition \(partition) differs on \(digest.day): \(events) events, but not the same ones"
            }
        }
        return nil
    }
}
