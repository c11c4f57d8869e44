import Foundation
import GRPCCore
import GRPCProtobuf
import Kafka
import Messaging
import Postgres
import ServiceTestSupport
import TestSupport
import Testing

@testable import ServiceRuntime

/// A service that hears its own events: a command writes one, and applying it writes a row.
private enum EchoApp: ServiceApp {
    static let topic = Topic.events("policy", "echo")

    static let definition = ServiceDefinition(
        name: "policy", defaultPort: 0,
        migrations: [Migration(version: 1, name: "heard", sql: "CREATE TABLE policy.heard (word text PRIMARY KEY)")],
        topics: [topic], reads: [topic], access: ["Say": .authenticated], descriptors: [])

    static func build(_ runtime: Runtime) throws -> ServiceComponents {
        var subscription = Subscription(topic)
        subscription.on(Text.self) { word, _, transaction in
            try transaction.execute("INSERT INTO policy.heard (word) VALUES (\(word.value))", expecting: 1)
        }
        return ServiceComponents(rpcs: [EchoService(runtime: runtime)], subscriptions: [subscription])
    }
}

private struct EchoService: RegistrableRPCService {
    static let method = MethodDescriptor(fullyQualifiedService: "zhitongche.echo.v1.EchoService", method: "Say")

    let runtime: Runtime

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Self.method, deserializer: ProtobufDeserializer<Text>(), serializer: ProtobufSerializer<Text>()
        ) { [runtime] request, _ in
            let word = try await ServerRequest(stream: request).message
            let answer = try await runtime.commands.run(word, id: word.value, object: word.value) { command in
                try command.emit(OutgoingEvent(EchoApp.topic, key: word.value, seq: 1, time: command.now, word))
                return word
            }
            return StreamingServerResponse(single: ServerResponse(message: answer))
        }
    }
}

/// The front stands before a broker of our own only.
private let ownsBroker = (ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"] ?? "").isEmpty

@Suite("A whole service over SASL_SSL (XCT-11)", .enabled(if: ownsBroker))
struct SecuredBrokerTests {
    private static let password = "open-sesame-7d1f"

    @Test("command → event → applied, with client certificate and login, the password from a file")
    func wholeService() async throws {
        let authority = try TestAuthority()
        let own = try authority.issue(["policy"])
        let file = authority.folder.appending(path: "password").path
        try Data("\(Self.password)\n".utf8).write(to: URL(filePath: file))
        var security = try BrokerSecurity(authority)
        security.clientAuthorities = authority.certificateFile
        security.accounts = ["policy": Self.password, "bench": "another"]
        security.client = (
            KafkaTLS(caFile: authority.certificateFile, certificateFile: own.certificate, keyFile: own.key),
            KafkaSASL(mechanism: .scramSHA256, username: "bench", password: "another")
        )
        let environment = [
            "ZTC_POLICY_KAFKA_TLS": "true", "ZTC_POLICY_KAFKA_TLS_CA": authority.certificateFile,
            "ZTC_POLICY_KAFKA_TLS_CERTIFICATE": own.certificate, "ZTC_POLICY_KAFKA_TLS_KEY": own.key,
            "ZTC_POLICY_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "ZTC_POLICY_KAFKA_SASL_USERNAME": "policy",
            "ZTC_POLICY_KAFKA_SASL_PASSWORD_FILE": file,
        ]
        let bench = try await ServiceBench<EchoApp>.make(
            topics: [EchoApp.topic], environment: environment, brokerSecurity: security)
        try await bench.run { handle, client in
            let shown = "\(handle.runtime.configuration) \(String(reflecting: handle.runtime.configuration))"
            #expect(shown.contains("kafka.sasl.username = policy") && !shown.contains(Self.password))
            let words = (1...20).map { "word-\($0)" }
            for word in words {
                _ = try await client.unary(
                    request: ClientRequest(
                        message: Text(word), metadata: try await bench.metadata(bench.directory.staff("a", roles: []))),
                    descriptor: EchoService.method, serializer: ProtobufSerializer<Text>(),
                    deserializer: ProtobufDeserializer<Text>(), options: bench.options
                ) { try $0.message.value }
            }
            let heard = try await eventually {
                try await bench.administration.transaction { transaction in
                    try transaction.query("SELECT word FROM policy.heard") { try $0.get("word", as: String.self) }
                }
            } is: {
                $0.count == words.count
            }
            #expect(Set(heard) == Set(words))
        }
    }

    @Test("settings that do not belong together are refused, and no message shows the password") func settings() throws
    {
        let environment = [
            "ZTC_POLICY_DATABASE_URL": "postgresql://p@db/x",
            "ZTC_ROOT_PUBLIC_KEY": Data(count: 32).base64EncodedString(),
            "ZTC_POLICY_KAFKA_SASL_MECHANISM": "GSSAPI", "ZTC_POLICY_KAFKA_SASL_PASSWORD": Self.password,
            "ZTC_POLICY_KAFKA_TLS_CA": "/nowhere",
        ]
        let error = #expect(throws: ConfigurationError.self) {
            _ = try ServiceConfiguration(EchoApp.definition, environment: environment)
        }
        let text = error?.description ?? ""
        #expect(text.contains("kafka.sasl.mechanism:") && text.contains("kafka.tls.ca:"), "\(text)")
        #expect(!text.contains(Self.password))
    }
}
