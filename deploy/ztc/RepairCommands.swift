import ArgumentParser
import CommonContracts
import Foundation
import Messaging
import ServiceRuntime

/// Publishes events again that the broker has lost.
struct RepublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "republish", abstract: "Publishes events of a service's journal again; repetitions do no harm.")

    @Option(help: "The service that wrote them.")
    var service: String

    @Option(help: "An events topic of the service.")
    var topic: String

    @Option(help: "Only events with this key.")
    var key = ""

    @Option(help: "First position.")
    var from: Int64 = 0

    @Option(help: "Last position; 0 for the newest.")
    var to: Int64 = 0

    func run() async throws {
        let log = try await EventLog(service: service, of: Stack())
        let events = try await log.call { client in
            var events: Int64 = 0
            var next = from
            repeat {
                let answer = try await client.republishEvents(
                    request: log.request(
                        .with {
                            $0.requestID = UUIDv7.make()
                            $0.topic = topic
                            $0.key = key
                            $0.fromPosition = next
                            $0.toPosition = to
                        }), options: .ordinary)
                events += answer.events
                next = answer.nextPosition
            } while next > 0
            return events
        }
        print("\(topic): \(events) events are published again")
    }
}

/// Publishes the present states of a state topic again.
struct ReseedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reseed", abstract: "Publishes the present states of a state topic again, from the tables.")

    @Option(help: "The service that owns the states.")
    var service: String

    @Option(help: "A state topic of the service; all of them when it is left out.")
    var topic: String?

    func run() async throws {
        let log = try await EventLog(service: service, of: Stack())
        let owned = Stack.services.filter { $0.name == service }.flatMap(\.topics).filter { $0.kind == .state }
        try await log.call { client in
            for name in topic.map({ [$0] }) ?? owned.map(\.name) {
                var states: Int64 = 0
                var token = ""
                repeat {
                    let answer = try await client.reseedState(
                        request: log.request(
                            .with {
                                $0.requestID = UUIDv7.make()
                                $0.topic = name
                                $0.pageToken = token
                            }), options: .ordinary)
                    states += answer.states
                    token = answer.nextPageToken
                } while !token.isEmpty
                print("\(name): \(states) states are published again")
            }
        }
    }
}

/// Shows where a service reads on, and repairs a gap.
struct OffsetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offsets", abstract: "Shows where a service reads on in every partition, and repairs gaps.",
        subcommands: [List.self, Resume.self, Finish.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Shows every partition that the service reads (default).")

        @Option(help: "The service that reads.")
        var service: String

        @Flag(help: "Only partitions with a gap or under repair.")
        var gaps = false

        func run() async throws {
            let log = try await EventLog(service: service, of: Stack())
            let found = try await log.call { client in
                try await client.getOffsets(request: log.request(.init()), options: .ordinary).partitions
            }
            let shown = found.filter { !gaps || $0.gap || $0.hasRepairingSince }
            Console.table(
                ["topic", "partition", "next", "low", "high", "waiting keys", "state"],
                shown.map { entry in
                    [
                        entry.topic, "\(entry.partition)", "\(entry.next)", "\(entry.low)", "\(entry.high)",
                        "\(entry.waitingKeys)",
                        entry.gap ? "GAP" : entry.hasRepairingSince ? "under repair" : "reads",
                    ]
                }, right: [1, 2, 3, 4, 5])
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Reads a partition with a gap on from the oldest offset there is.")

        @Option(help: "The service that reads.")
        var service: String

        @Option(help: "A topic that it reads.")
        var topic: String

        @Option(help: "The partition; all that have a gap when it is left out.")
        var partition: Int32?

        @Flag(help: "All partitions, also without a gap: the service's tables were lost.")
        var rebuild = false

        func run() async throws {
            let log = try await EventLog(service: service, of: Stack())
            try await log.call { client in
                let offsets = try await client.getOffsets(
                    request: log.request(.with { $0.topic = topic }), options: .ordinary
                ).partitions
                let all = Stack.topics.contains { $0.name == topic } ? Array(0..<Int32(Topic.partitions)) : []
                let chosen =
                    partition.map { [$0] } ?? (rebuild ? all : offsets.filter(\.gap).map(\.partition))
                if chosen.isEmpty { print("\(topic): no partition has a gap") }
                for partition in chosen {
                    let answer = try await client.resumePartition(
                        request: log.request(
                            .with {
                                $0.requestID = UUIDv7.make()
                                $0.topic = topic
                                $0.partition = partition
                                $0.rebuild = rebuild
                            }), options: .ordinary)
                    print("\(topic)[\(partition)]: read on at \(answer.next) instead of \(answer.before)")
                }
            }
        }
    }

    struct Finish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "finish", abstract: "Ends the repair of partitions whose keys wait for nothing any more.")

        @Option(help: "The service that reads.")
        var service: String

        @Option(help: "A topic that it reads.")
        var topic: String

        @Option(help: "The partition; all under repair when it is left out.")
        var partition: Int32?

        func run() async throws {
            let log = try await EventLog(service: service, of: Stack())
            try await log.call { client in
                let offsets = try await client.getOffsets(
                    request: log.request(.with { $0.topic = topic }), options: .ordinary
                ).partitions
                let chosen = partition.map { [$0] } ?? offsets.filter(\.hasRepairingSince).map(\.partition)
                if chosen.isEmpty { print("\(topic): no partition is under repair") }
                for partition in chosen {
                    _ = try await client.finishRepair(
                        request: log.request(
                            .with {
                                $0.requestID = UUIDv7.make()
                                $0.topic = topic
                                $0.partition = partition
                            }), options: .ordinary)
                    print("\(topic)[\(partition)]: repaired")
                }
            }
        }
    }
}
