import CoreMetrics
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import Logging
import Messaging
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing
import Tracing

@testable import ServiceRuntime

/// A service that asks the other one, and writes an event.
private enum SenderApp: ServiceApp {
    static let service = "zhitongche.probe.v1.SenderService"
    static let topic = Topic.events("policy", "trace")
    static let definition = ServiceDefinition(
        name: "policy", defaultPort: 0, migrations: [], topics: [topic], access: ["Send": .authenticated],
        descriptors: [])

    static func build(_ runtime: Runtime) throws -> ServiceComponents {
        ServiceComponents(
            rpcs: [
                OneCall(service: service, method: "Send") { text in
                    let asked = try await runtime.channel(to: "enterprise").client.unary(
                        request: ClientRequest(message: Text(text)), descriptor: ReceiverApp.answer,
                        serializer: ProtobufSerializer<Text>(), deserializer: ProtobufDeserializer<Text>(),
                        options: .defaults
                    ) { try $0.message }
                    return try await runtime.commands.run(asked, id: UUIDv7.make()) { command in
                        try command.emit(
                            OutgoingEvent(topic, key: asked.value, seq: 1, time: command.now, Text("event")))
                        return asked
                    }.value
                }
            ])
    }
}

/// A service that answers, and writes an event of its own for every one that it hears of.
private enum ReceiverApp: ServiceApp {
    static let answer = MethodDescriptor(
        fullyQualifiedService: "zhitongche.probe.v1.ReceiverService", method: "Answer")
    static let topic = Topic.events("enterprise", "trace")
    static let definition = ServiceDefinition(
        name: "enterprise", defaultPort: 0, migrations: [], topics: [topic], reads: [SenderApp.topic],
        access: ["Answer": .anonymous], descriptors: [])

    static func build(_ runtime: Runtime) throws -> ServiceComponents {
        var subscription = Subscription(SenderApp.topic)
        subscription.on(Text.self) { message, event, transaction in
            try runtime.outbox.append(
                OutgoingEvent(topic, key: event.key, seq: 1, time: event.recordedTime, message), in: transaction)
        }
        return ServiceComponents(
            rpcs: [OneCall(service: "zhitongche.probe.v1.ReceiverService", method: "Answer") { $0 }],
            subscriptions: [subscription])
    }
}

/// A service with one call from text to text.
private struct OneCall: RegistrableRPCService {
    let service: String
    let method: String
    let handler: @Sendable (String) async throws -> String

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: service, method: method),
            deserializer: ProtobufDeserializer<Text>(), serializer: ProtobufSerializer<Text>()
        ) { [handler] request, _ in
            let message = try await ServerRequest(stream: request).message
            return StreamingServerResponse(single: ServerResponse(message: Text(try await handler(message.value))))
        }
    }
}

@Suite("XCT-14 export of traces")
struct TraceExportTests {
    private static let logger = {
        var logger = Logger(label: "export")
        logger.logLevel = .critical
        return logger
    }()

    private static func send(
        _ text: String, _ trace: TraceContext, _ bench: ServiceBench<SenderApp>,
        _ client: GRPCClient<HTTP2ClientTransport.Posix>
    ) async throws {
        var metadata = try await bench.metadata(bench.directory.staff(UUIDv7.make(), roles: []))
        metadata.addString(trace.traceparent, forKey: "traceparent")
        _ = try await client.unary(
            request: ClientRequest(message: Text(text), metadata: metadata),
            descriptor: MethodDescriptor(fullyQualifiedService: SenderApp.service, method: "Send"),
            serializer: ProtobufSerializer<Text>(), deserializer: ProtobufDeserializer<Text>(), options: bench.options
        ) { try $0.message }
    }

    /// Two services over one broker that export to one collector, and a client of the first.
    private static func withPair(
        endpoint: String, _ body: (ServiceBench<SenderApp>, GRPCClient<HTTP2ClientTransport.Posix>) async throws -> Void
    ) async throws {
        func export(_ service: String) -> [String: String] {
            [
                "ZTC_\(service)_OTLP_ENDPOINT": endpoint, "ZTC_\(service)_OTLP_INTERVAL": "50",
                "ZTC_\(service)_OTLP_HEADERS": "x-token=sesame,x-other=1", "ZTC_\(service)_OTLP_QUEUE": "16",
            ]
        }
        let receiver = try await ServiceBench.make(
            ReceiverApp.self, topics: [SenderApp.topic], environment: export("ENTERPRISE"))
        let answering = try await receiver.start()
        let sender = try await ServiceBench.make(
            SenderApp.self, directory: receiver.directory,
            environment: export("POLICY").merging([
                "KAFKA_BOOTSTRAP_SERVERS": receiver.broker.bootstrapServers,
                "ZTC_POLICY_ENTERPRISE_GRPC": "127.0.0.1:\(answering.grpcPort)",
            ]) { $1 })
        let result: Result<Void, any Error>
        do {
            try await sender.run { _, client in try await body(sender, client) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await answering.stop()
        try result.get()
    }

    @Test("one trace goes through call, peer, outbox, Kafka and consumer, every span under its parent")
    func trace() async throws {
        let collector = Collector()
        try await collector.run { endpoint in
            try await Self.withPair(endpoint: endpoint) { bench, client in
                let trace = TraceContext.begin()
                let silent = try #require(
                    TraceContext(traceparent: TraceContext.begin().traceparent.dropLast(2) + "00"))
                try await Self.send("silent", silent, bench, client)
                try await Self.send("told", trace, bench, client)
                let spans = try await eventually {
                    collector.spans.filter { $0.traceID == trace.traceID }
                } is: {
                    $0.count == 4
                }
                let sent = try #require(spans.first { $0.kind == 2 && $0.service == "policy" })
                let asked = try #require(spans.first { $0.kind == 3 })
                let answered = try #require(spans.first { $0.kind == 2 && $0.service == "enterprise" })
                let heard = try #require(spans.first { $0.kind == 5 })
                #expect(sent.parentID == trace.spanID && sent.name.hasSuffix("/Send"))
                #expect(asked.parentID == sent.spanID && asked.service == "policy")
                #expect(answered.parentID == asked.spanID)
                #expect(heard.parentID == sent.spanID && heard.service == "enterprise")
                #expect(heard.attributes["messaging.destination.name"] == SenderApp.topic.name)
                #expect(sent.attributes["rpc.grpc.status_code"] == "0")
                #expect(collector.tokens.allSatisfy { $0 == "sesame" })
                // What the handler wrote continues the consumer's span; the event nobody was to record is not told of.
                #expect(!collector.spans.contains { $0.traceID == silent.traceID })
            }
        }
    }

    @Test("calls go on as before while the collector is away, and what waits is bounded")
    func away() async throws {
        try await Self.withPair(endpoint: "http://127.0.0.1:1") { bench, client in
            for number in 0..<50 { try await Self.send("k\(number)", .begin(), bench, client) }
            try await eventually {
                MetricsRegistry.shared.text()
            } is: {
                $0.contains("ztc_spans_lost_total{reason=\"full\"}")
            }
        }
    }

    // MARK: The exporter by itself

    private static func exporter(
        _ endpoint: String, registry: MetricsRegistry, batch: Int = 10, queue: Int = 100,
        interval: Duration = .milliseconds(20)
    ) -> SpanExporter {
        SpanExporter(
            SpanExporter.Settings(
                endpoint: endpoint, headers: [], batch: batch, queue: queue, interval: interval, timeout: .seconds(5)),
            service: "probe", instance: "one", metrics: registry, logger: logger)
    }

    private static func offer(_ count: Int, to exporter: SpanExporter) {
        let tracer = TraceTracer(logger: logger, exporter: exporter)
        for number in 0..<count {
            tracer.startSpan("span \(number)", context: .topLevel, ofKind: .internal).end()
        }
    }

    @Test("a busy collector is tried again, each batch arrives once; a refusal is final, and both are counted")
    func retries() async throws {
        let collector = Collector(answers: [
            .init(status: .tooManyRequests, retryAfter: "0"), .init(status: .serviceUnavailable), .init(),
            .init(status: .badRequest), .init(body: #"{"partialSuccess":{"rejectedSpans":"4"}}"#),
        ])
        let registry = MetricsRegistry()
        try await collector.run { endpoint in
            // All of them wait before the exporter runs, so that nothing but the length of a batch divides them.
            let exporter = Self.exporter(endpoint, registry: registry, batch: 6, interval: .seconds(600))
            Self.offer(6 + 6 + 5, to: exporter)
            let running = Task { try await exporter.run() }
            // Counted when the last answer was read, which is after the collector gave it.
            try await eventually {
                registry.text()
            } is: {
                $0.contains("ztc_spans_exported_total 7\n") && $0.contains("{reason=\"refused\"} 10\n")
            }
            #expect(collector.requests == 5)
            running.cancel()
            try await running.value
        }
        #expect(collector.spans.filter { $0.parentID == nil }.count == 6 + 5)
        #expect(Set(collector.spans.map(\.spanID)).count == 6 + 5)
    }

    @Test("the queue never grows beyond its length; what does not fit is dropped and counted")
    func bounded() async throws {
        let registry = MetricsRegistry()
        let exporter = Self.exporter("http://127.0.0.1:1", registry: registry, queue: 30)
        let running = Task { try await exporter.run() }
        for _ in 0..<20 {
            Self.offer(50, to: exporter)
            #expect(exporter.backlog <= 30)
        }
        let start = ContinuousClock.now
        running.cancel()
        try await running.value
        #expect(ContinuousClock.now - start < SpanExporter.flushTime + .seconds(30))
        let lost = registry.text().split(separator: "\n").filter { $0.hasPrefix("ztc_spans_lost_total{") }
            .compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
        #expect(lost == 1_000)
    }

    @Test("rule 16: a stop sends what is left")
    func flush() async throws {
        let collector = Collector()
        let registry = MetricsRegistry()
        try await collector.run { endpoint in
            let exporter = Self.exporter(endpoint, registry: registry, batch: 40, interval: .seconds(600))
            let running = Task { try await exporter.run() }
            Self.offer(35, to: exporter)
            #expect(collector.spans.isEmpty)
            running.cancel()
            try await running.value
        }
        #expect(collector.spans.count == 35)
        #expect(!registry.text().contains("ztc_spans_lost_total{"))
    }
}
