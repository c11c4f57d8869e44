import Foundation
import GRPCCore
import GRPCProtobuf
import Messaging
import Postgres
import Synchronization
import SwiftProtobuf

@testable import ServiceRuntime

typealias Text = Google_Protobuf_StringValue

/// A small service with one call of every kind of access. It bears the directory's name, so that what it publishes
/// feeds its own trust replica, as it does in the real one.
enum ProbeApp: ServiceApp {
    static let service = "zhitongche.probe.v1.ProbeService"

    static let definition = ServiceDefinition(
        name: "directory", defaultPort: 0,
        migrations: [
            Migration(
                version: 1, name: "thing",
                sql: "CREATE TABLE directory.thing (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)")
        ],
        topics: [.state("directory", "keyset"), .events("directory", "probe")],
        access: [
            "Open": .anonymous, "Whoami": .authenticated, "Write": .action("probe.write"),
            "Peer": .services(["policy"]),
            "Fail": .anonymous, "Count": .authenticated, "Secret": .authenticated, "Slow": .anonymous,
        ],
        descriptors: [])

    static func build(_ runtime: Runtime) throws -> ServiceComponents {
        ServiceComponents(
            rpcs: [ProbeService(runtime: runtime)],
            workers: [
                Worker(name: "flaky", leader: true) { context in
                    if ProbeWorker.runs.withLock({ runs in
                        runs += 1
                        return runs == 1
                    }) {
                        throw EventRejection("the first run fails")
                    }
                    while true {
                        try await context.wait(for: .seconds(3_600))
                        ProbeWorker.wakes.withLock { $0 += 1 }
                    }
                }
            ],
            states: [
                StateSource(.state("directory", "keyset")) { _, _, _, _ in StateSource.Page(events: [], last: nil) }
            ])
    }
}

/// What the worker did, and which slow calls arrived.
enum ProbeWorker {
    static let runs = Mutex(0)
    static let wakes = Mutex(0)
    /// The names given by slow calls that have arrived.
    static let slowCalls = Mutex<Set<String>>([])
}

struct ProbeService: RegistrableRPCService {
    let runtime: Runtime

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        func add(_ name: String, _ handler: @escaping @Sendable (String) async throws -> String) {
            router.registerHandler(
                forMethod: MethodDescriptor(fullyQualifiedService: ProbeApp.service, method: name),
                deserializer: ProtobufDeserializer<Text>(), serializer: ProtobufSerializer<Text>()
            ) { request, _ in
                let message = try await ServerRequest(stream: request).message
                let answer = try await handler(message.value)
                return StreamingServerResponse(single: ServerResponse(message: Text(answer)))
            }
        }
        add("Open") { $0 }
        add("Whoami") { _ in try CallContext.caller.accountID }
        add("Write") { unit in
            try CallContext.caller.require("probe.write", unit: unit)
            return "written"
        }
        add("Peer") { _ in try CallContext.caller.serviceName ?? "" }
        add("Fail") { kind in throw ProbeFailure.error(kind) }
        add("Slow") { name in
            ProbeWorker.slowCalls.withLock { _ = $0.insert(name) }
            try await Task.sleep(for: .seconds(60))
            return "late"
        }
        add("Count") { [runtime] text in try await Self.count(runtime, text, keepAnswer: true) }
        add("Secret") { [runtime] text in try await Self.count(runtime, text, keepAnswer: false) }
    }

    /// `id:name` adds a thing under a request identifier and answers how many of that name there are.
    private static func count(_ runtime: Runtime, _ text: String, keepAnswer: Bool) async throws -> String {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let answer = try await runtime.commands.run(
            Text(parts[1]), id: parts[0], object: parts[1], keepAnswer: keepAnswer
        ) { command in
            try command.tx.execute("INSERT INTO directory.thing (name) VALUES (\(parts[1]))", expecting: 1)
            try command.emit(
                OutgoingEvent(
                    .events("directory", "probe"), key: parts[0], seq: 1, time: command.now, Text(parts[1])))
            if parts[1] == "fail" { throw Problem.illegalState(zh: "不行", en: "not so") }
            let row = try command.tx.only("SELECT count(*) AS count FROM directory.thing WHERE name = \(parts[1])")
            return Text(String(try row.get("count", as: Int64.self)))
        }
        return answer.value
    }
}

/// An aggregate's typed error, as services have them.
enum ProbeFailure: Error, ProblemConvertible {
    case frozen

    var problem: Problem { .illegalState(zh: "已冻结", en: "the probe is frozen") }

    struct Unforeseen: Error { let secret = "SELECT password" }

    static func error(_ kind: String) -> any Error {
        switch kind {
        case "typed": ProbeFailure.frozen
        case "invalid": Problem.invalid([.init("a.b[2]", "is wrong"), .init("c", "is missing")])
        case "conflict": Problem.conflict(currentVersion: 7)
        case "pool": PostgresError.poolExhausted
        case "away": PostgresError.connection("refused by 10.0.0.1")
        case "unknown": PostgresError.unknownOutcome
        case "early": NotYetKnown("the units")
        case "nul": PostgresError.server(sqlState: "22021", message: "invalid byte sequence at SELECT password")
        case "json": PostgresError.server(sqlState: "22P05", message: "unsupported Unicode escape at SELECT password")
        case "sql": PostgresError.server(sqlState: "42601", message: "syntax error at SELECT password")
        case _: Unforeseen()
        }
    }
}
