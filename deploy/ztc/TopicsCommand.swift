import ArgumentParser
import Kafka
import Messaging

/// Lists the catalogue and compares it with the broker.
struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Lists the topics and checks them against the broker.")

    @Flag(help: "Creates what is missing.")
    var ensure = false

    @Flag(help: "Prints name:partitions of every topic, one a line, and asks no broker.")
    var names = false

    func run() async throws {
        if names {
            for topic in Stack.topics { print("\(topic.name):\(Topic.partitions)") }
            return
        }
        let stack = Stack()
        let configuration = try await stack.kafka()
        let catalogue = KafkaCatalogue(configuration: configuration, logger: Stack.logger)
        let specifications = Stack.topics.map(\.specification)
        let report =
            ensure ? try await catalogue.ensure(specifications) : try await catalogue.check(specifications)
        let consumer = try KafkaConsumer.standalone(configuration: configuration, logger: Stack.logger)
        var rows: [[String]] = []
        for topic in Stack.topics {
            var messages: Int64 = 0
            for partition in try await consumer.partitions(of: topic.name) {
                let (low, high) = try await consumer.watermarks(partition)
                messages += high - low
            }
            rows.append([topic.name, topic.kindName, "\(Topic.partitions)", Console.grouped(messages)])
        }
        await consumer.close()
        Console.table(["topic", "kind", "partitions", "messages"], rows, right: [2, 3])
        guard report.isAsSpecified else { throw Refusal("the broker differs: \(report.differences)") }
    }
}

extension Topic {
    /// The kind for people.
    fileprivate var kindName: String {
        switch kind {
        case .events: "events"
        case .state: "state (compacted)"
        case .deadLetters: "dead letters"
        }
    }
}
