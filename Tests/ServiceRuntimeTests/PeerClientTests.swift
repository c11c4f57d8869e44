import GRPCCore
import GRPCProtobuf
import Logging
import Testing

@testable import ServiceRuntime

@Suite("Calls to other services (rule 17)")
struct PeerClientTests {
    /// Calls the probe as a peer named "policy" at the given port.
    private func call(_ method: String, port: Int) async throws -> String {
        let stage = try await Stage.shared.value
        var environment = Stage.environment(stage.admin, stage.identity)
        environment["ZTC_DIRECTORY_POLICY_GRPC"] = "127.0.0.1:\(port)"
        environment["ZTC_DIRECTORY_CALL_SECONDS"] = "20"
        let configuration = try ServiceConfiguration(ProbeApp.definition, environment: environment)
        let logger = Logger(label: "peers")
        let peers = PeerClients(configuration, tracer: TraceTracer(logger: logger), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await peers.run() }
            defer { group.cancelAll() }
            return try await peers.client(of: "policy").client.unary(
                request: ClientRequest(message: Text("hello")),
                descriptor: MethodDescriptor(fullyQualifiedService: ProbeApp.service, method: method),
                serializer: ProtobufSerializer<Text>(), deserializer: ProtobufDeserializer<Text>(), options: .defaults
            ) { try $0.message.value }
        }
    }

    @Test("a call without a deadline of its own gets the configured one") func deadline() async throws {
        let stage = try await Stage.shared.value
        #expect(try await call("Open", port: stage.handle.grpcPort) == "hello")
    }

    @Test("the caller's deadline is passed on") func passedOn() async throws {
        let stage = try await Stage.shared.value
        let context = CallContext.Values(
            requestIdentifier: "r", method: "m", deadline: .now + .milliseconds(400))
        let start = ContinuousClock.now
        let error = await #expect(throws: RPCError.self) {
            try await CallContext.$current.withValue(context) {
                _ = try await call("Slow", port: stage.handle.grpcPort)
            }
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test("an absent peer is UNAVAILABLE well before the deadline (XCT-8)") func absent() async throws {
        let start = ContinuousClock.now
        let error = await #expect(throws: RPCError.self) { _ = try await call("Open", port: 1) }
        #expect(error?.code == .unavailable)
        #expect(ContinuousClock.now - start < .seconds(15))
    }
}
