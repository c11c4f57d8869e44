import ArgumentParser
import Foundation
import GRPCCore
import GrpcContracts
import Kafka
import Messaging
import Postgres
import ServiceRuntime

/// Shows health, outbox and lag of every service.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows health, pending events and consumer lag of every service.")

    @Flag(
        help: """
            Prints JSON: an array with service, address, health, pending, pending_age_seconds, lag; null is not known \
            or does not apply.
            """)
    var json = false

    @Flag(help: "Waits until every service serves and nothing is pending or lagging.")
    var wait = false

    @Option(help: "Longest wait in seconds.")
    var timeout = 120

    func run() async throws {
        let stack = Stack()
        let end = ContinuousClock.now + .seconds(timeout)
        var services = try await ServiceStatus.read(of: stack)
        while wait, !services.allSatisfy(\.isQuiet), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(300))
            services = try await ServiceStatus.read(of: stack)
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(services), as: UTF8.self))
        } else {
            Console.table(
                ["service", "address", "health", "pending", "oldest", "lag"],
                services.map { status in
                    [
                        status.service, status.address, status.health,
                        status.pending.map(Console.grouped) ?? "?",
                        status.pendingAge.map { String(format: "%.1f s", $0) } ?? "–",
                        status.lag.map(Console.grouped) ?? "–",
                    ]
                }, right: [3, 4, 5])
        }
        if wait, !services.allSatisfy(\.isQuiet) { throw Refusal("not quiet within \(timeout) seconds") }
    }
}

/// How one service is.
struct ServiceStatus: Sendable, Encodable {
    let service: String
    let address: String
    /// SERVING, NOT_SERVING or UNREACHABLE.
    let health: String
    /// Events that wait to be published; nil when the database cannot be asked.
    let pending: Int64?
    /// Age of the oldest of them in seconds.
    let pendingAge: Double?
    /// Messages that the service's group has not read yet; nil for a service that reads none, and when broker or
    /// database cannot be asked.
    let lag: Int64?
    /// Whether the service reads topics.
    let isReader: Bool

    enum CodingKeys: String, CodingKey {
        case service, address, health, pending, lag
        case pendingAge = "pending_age_seconds"
    }

    /// Writes every field, those that are not known as null.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(service, forKey: .service)
        try container.encode(address, forKey: .address)
        try container.encode(health, forKey: .health)
        try container.encode(pending, forKey: .pending)
        try container.encode(pendingAge, forKey: .pendingAge)
        try container.encode(lag, forKey: .lag)
    }

    /// Serving, with nothing on its way.
    var isQuiet: Bool { health == "SERVING" && pending == 0 && lag == (isReader ? 0 : nil) }

    /// Asks every service, its schema and its group.
    static func read(of stack: Stack) async throws -> [ServiceStatus] {
        let database = try? stack.database()
        let kafka = try? await stack.kafka()
        var cluster: String?
        if let kafka { cluster = try? await KafkaAdmin(configuration: kafka).clusterID() }
        // All at once: most of the time goes by in questions to the broker, one after the other for each group.
        return try await withThrowingTaskGroup(of: (Int, ServiceStatus).self) { group in
            for (place, definition) in Stack.services.enumerated() {
                group.addTask { [cluster] in
                    (place, try await one(definition, of: stack, database, kafka, cluster: cluster))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func one(
        _ definition: ServiceDefinition, of stack: Stack, _ database: Database?, _ kafka: KafkaConfiguration?,
        cluster: String?
    ) async throws -> ServiceStatus {
        let (host, port) = try stack.address(of: definition.name)
        // What cannot be asked is shown as not known.
        let outbox = try? await database?.transaction { transaction in
            try Self.outbox(of: definition.name, in: transaction)
        }
        var lag: Int64?
        if let kafka, let cluster, !definition.reads.isEmpty {
            // The offsets first: what is published and read meanwhile would look like a gap the other way round.
            let next = try? await database?.transaction { transaction in
                try Self.offsets(of: definition, cluster: cluster, in: transaction)
            }
            let partitions = try? await KafkaAdmin(configuration: kafka)
                .consumerLag(group: definition.group, topics: definition.reads.map(\.name))
            if let partitions, let next {
                lag = partitions.reduce(0) { $0 + Self.unread($1, from: next[$1.partition]) }
            }
        }
        return ServiceStatus(
            service: definition.name, address: "\(host):\(port)",
            health: await health(of: definition.name, stack), pending: outbox?.depth, pendingAge: outbox?.age,
            lag: lag, isReader: !definition.reads.isEmpty)
    }

    private struct Outbox: Sendable {
        let depth: Int64
        let age: Double?
    }

    private static func outbox(of schema: String, in transaction: Transaction) throws -> Outbox {
        let row = try transaction.only(
            """
            SELECT count(*) AS depth,
                extract(epoch FROM clock_timestamp() - min(recorded_at))::double precision AS age
            FROM \(identifier: schema).pending JOIN \(identifier: schema).journal ON journal.id = pending.journal_id
            """)
        return Outbox(depth: try row.get("depth"), age: try row.get("age"))
    }

    /// Where the group reads on, by the database: Kafka's own offsets follow it late, and do not follow a partition that
    /// is read anew.
    private static func offsets(
        of definition: ServiceDefinition, cluster: String, in transaction: Transaction
    ) throws -> [TopicPartition: Int64] {
        let rows = try transaction.query(
            """
            SELECT topic, partition, next FROM \(identifier: definition.name).consumer_offset
            WHERE cluster = \(cluster) AND consumer_group = \(definition.group)
            """)
        return Dictionary(
            try rows.map { row in
                (TopicPartition(try row.get("topic"), try row.get("partition")), try row.get("next", as: Int64.self))
            }
        ) { first, _ in first }
    }

    /// The messages of a partition that are still to be read: all of them before it was first read, and when the next
    /// offset lies behind the end, which is a gap and never nothing.
    private static func unread(_ partition: PartitionLag, from next: Int64?) -> Int64 {
        let held = partition.high - partition.low
        guard let next else { return held }
        return next > partition.high ? max(1, held) : partition.high - max(next, partition.low)
    }

    private static func health(of service: String, _ stack: Stack) async -> String {
        do {
            return try await withConnection(to: service, of: stack) { client in
                let health = Grpc_Health_V1_Health.Client(wrapping: client)
                var options = CallOptions.within(.seconds(3))
                options.waitForReady = false
                let answer = try await health.check(Grpc_Health_V1_HealthCheckRequest(), options: options)
                return answer.status == .serving ? "SERVING" : "NOT_SERVING"
            }
        } catch {
            return "UNREACHABLE"
        }
    }
}
