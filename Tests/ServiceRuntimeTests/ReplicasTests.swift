import CommonContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import Messaging
import Postgres
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import ServiceRuntime

/// A service whose replicas write down what each of them did.
private enum ReplicaApp: ServiceApp {
    static let who = MethodDescriptor(fullyQualifiedService: "zhitongche.probe.v1.ReplicaService", method: "Who")
    static let heard = Topic.events("enterprise", "replica")
    static let told = Topic.events("policy", "replica")
    static let definition = ServiceDefinition(
        name: "policy", defaultPort: 0,
        migrations: [
            Migration(
                version: 1, name: "replicas",
                sql: """
                    CREATE TABLE policy.effect (
                        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, replica text NOT NULL
                    );
                    CREATE TABLE policy.leading (
                        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, replica text NOT NULL
                    );
                    CREATE TABLE policy.alarm (
                        name text PRIMARY KEY, due_at timestamptz NOT NULL, fired integer NOT NULL DEFAULT 0
                    );
                    """)
        ],
        topics: [told], reads: [heard], access: ["Who": .anonymous], descriptors: [])

    static func build(_ runtime: Runtime) throws -> ServiceComponents {
        let replica = UUIDv7.make()
        var subscription = Subscription(heard)
        subscription.on(Text.self) { message, event, transaction in
            try transaction.execute(
                "INSERT INTO policy.effect (key, replica) VALUES (\(event.key), \(replica))", expecting: 1)
            try runtime.outbox.append(
                OutgoingEvent(told, key: event.key, seq: 1, time: event.recordedTime, message), in: transaction)
        }
        return ServiceComponents(
            rpcs: [ReplicaService(replica: replica)], subscriptions: [subscription],
            workers: [
                Worker(name: "timers", leader: true) { context in
                    try await runtime.database.transaction { transaction in
                        try transaction.execute(
                            "INSERT INTO policy.leading (replica) VALUES (\(replica))", expecting: 1)
                    }
                    while true {
                        try await runtime.database.transaction { transaction in
                            let now = try runtime.clock.now(transaction)
                            try transaction.execute(
                                "UPDATE policy.alarm SET fired = fired + 1 WHERE fired = 0 AND due_at <= \(now)")
                        }
                        // Nothing but a wake ends this wait within the test.
                        try await context.wait(for: .seconds(3_600))
                    }
                }
            ])
    }
}

private struct ReplicaService: RegistrableRPCService {
    let replica: String

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: ReplicaApp.who, deserializer: ProtobufDeserializer<Text>(),
            serializer: ProtobufSerializer<Text>()
        ) { [replica] _, _ in StreamingServerResponse(single: ServerResponse(message: Text(replica))) }
    }
}

@Suite("Replicas side by side")
struct ReplicasTests {
    private static func texts(_ sql: SQL, _ bench: ServiceBench<ReplicaApp>) async throws -> [String] {
        try await bench.administration.transaction { transaction in
            try transaction.query(sql) { try $0.get("text") }
        }
    }

    private static func name(
        _ handle: ServiceHandle, _ bench: ServiceBench<ReplicaApp>
    ) async throws -> String {
        try await bench.withClient(of: handle) { client in
            try await client.unary(
                request: ClientRequest(message: Text("")), descriptor: ReplicaApp.who,
                serializer: ProtobufSerializer<Text>(), deserializer: ProtobufDeserializer<Text>(),
                options: bench.options
            ) { try $0.message.value }
        }
    }

    private static func publish(_ keys: [String], _ bench: ServiceBench<ReplicaApp>) async throws {
        for key in keys {
            let id = UUIDv7.make()
            // Every event twice: the second delivery must change nothing, whichever replica has it.
            for _ in 0..<2 {
                try await bench.publish(Text(key), topic: ReplicaApp.heard, key: key, seq: 1, id: id)
            }
        }
    }

    @Test("two replicas share the partitions; one that stops leaves its share to the other; no effect comes twice")
    func partitions() async throws {
        let bench = try await ServiceBench.make(ReplicaApp.self, topics: [ReplicaApp.heard])
        let (first, second) = (try await bench.start(), try await bench.start())
        let names = [try await Self.name(first, bench), try await Self.name(second, bench)].sorted()
        #expect(Set(names).count == 2)
        var keys: [String] = []
        // Until the group has been divided one replica may have it all.
        for round in 0..<20 {
            let fresh = (0..<12).map { "r\(round)-\($0)" }
            try await Self.publish(fresh, bench)
            keys += fresh
            let wanted = keys.sorted()
            try await eventually(within: .seconds(60)) {
                try await Self.texts("SELECT key AS text FROM policy.effect ORDER BY key COLLATE \"C\"", bench)
            } is: {
                $0.count >= wanted.count
            }
            if try await Self.texts("SELECT DISTINCT replica AS text FROM policy.effect ORDER BY 1", bench) == names {
                break
            }
        }
        #expect(
            try await Self.texts("SELECT DISTINCT replica AS text FROM policy.effect ORDER BY 1", bench) == names)
        try await first.stop()
        let last = (0..<12).map { "last-\($0)" }
        try await Self.publish(last, bench)
        keys += last
        let count = keys.count
        try await eventually(within: .seconds(60)) {
            try await Self.texts("SELECT key AS text FROM policy.effect", bench)
        } is: {
            $0.count >= count
        }
        // An event that the broker acknowledged too late comes again under its own identifier; a second effect would
        // have told of itself in an event of its own.
        let told = try await eventually(within: .seconds(60)) {
            try await bench.published(ReplicaApp.told).reduce(into: [String: String]()) { $0[$1.id] = $1.key }
        } is: {
            $0.count >= count
        }
        #expect(told.values.sorted() == keys.sorted())
        #expect(try await Self.texts("SELECT key AS text FROM policy.effect", bench).sorted() == keys.sorted())
        try await second.stop()
    }

    @Test("rule 14: business time moved through either replica fires a timer once, wherever its worker leads")
    func clock() async throws {
        let bench = try await ServiceBench.make(
            ReplicaApp.self, topics: [ReplicaApp.heard], environment: ["ZTC_POLICY_DEVELOPMENT": "true"])
        let (first, second) = (try await bench.start(), try await bench.start())
        let leaders = try await eventually {
            try await Self.texts("SELECT replica AS text FROM policy.leading", bench)
        } is: {
            !$0.isEmpty
        }
        for (number, handle) in [first, second, first].enumerated() {
            try await bench.administration.transaction { transaction in
                try transaction.execute(
                    """
                    INSERT INTO policy.alarm (name, due_at)
                    SELECT \("alarm \(number)"),
                        clock_timestamp() + shift_us * interval '1 microsecond' + interval '1 day'
                    FROM policy.business_clock
                    """, expecting: 1)
            }
            try await bench.withClient(of: handle) { client in
                _ = try await Zhitongche_Common_V1_DevelopmentService.Client(wrapping: client).moveClock(
                    .with { $0.by.seconds = 2 * 86_400 }, options: bench.options)
            }
            try await eventually {
                try await Self.texts("SELECT fired::text AS text FROM policy.alarm", bench)
            } is: {
                $0 == Array(repeating: "1", count: number + 1)
            }
        }
        // One led all the time, and both agree on the time.
        #expect(try await Self.texts("SELECT replica AS text FROM policy.leading", bench) == leaders)
        #expect(leaders.count == 1)
        // The other one takes the lead over.
        let leader = try await Self.name(first, bench) == leaders[0] ? first : second
        try await leader.stop()
        try await eventually(within: .seconds(60)) {
            try await Self.texts("SELECT replica AS text FROM policy.leading", bench).count
        } is: {
            $0 == 2
        }
        #expect(try await Self.texts("SELECT fired::text AS text FROM policy.alarm", bench) == ["1", "1", "1"])
        try await (leader === first ? second : first).stop()
    }
}
