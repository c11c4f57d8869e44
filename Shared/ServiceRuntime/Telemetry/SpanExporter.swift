import AsyncHTTPClient
import CoreMetrics
import Foundation
import Logging
import NIOCore
import Synchronization

/// Sends finished spans to an OTLP/HTTP collector, and never holds up the work that they tell of (XCT-14).
///
/// Spans wait in a queue of a bounded length; what does not fit is dropped and counted. A collector that is away, busy
/// (429, 502, 503, 504) or slow is tried again with growing pauses; after ``attemptLimit`` attempts the batch is dropped.
final class SpanExporter: Sendable {
    /// Where and how spans are sent.
    struct Settings: Sendable {
        /// The collector's address, such as `http://127.0.0.1:4318`; `/v1/traces` is added.
        let endpoint: String
        /// Headers of every request, such as a token; never logged.
        let headers: [(name: String, value: String)]
        /// Spans of one request.
        let batch: Int
        /// Spans that wait at most.
        let queue: Int
        /// The longest that a span waits for a batch to fill.
        let interval: Duration
        /// The longest that a request may take.
        let timeout: Duration
    }

    /// Attempts to send a batch before it is dropped.
    static let attemptLimit = 5
    /// The longest that a stop waits for what is still to be sent.
    static let flushTime = Duration.seconds(5)
    /// The longest pause between two attempts.
    private static let pauseLimit = Duration.seconds(30)
    /// Bytes of an answer that are read.
    private static let answerLimit = 64 * 1_024

    /// Why spans never arrived.
    enum Loss: String {
        /// The queue was full.
        case full
        /// The collector refused them.
        case refused
        /// The collector did not take them in time.
        case away
    }

    private let settings: Settings
    private let service: String
    private let instance: String
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let waiting = Mutex<[FinishedSpan]>([])
    private let signal = WakeSignal()

    init(_ settings: Settings, service: String, instance: String, metrics: any MetricsFactory, logger: Logger) {
        self.settings = settings
        self.service = service
        self.instance = instance
        self.metrics = metrics
        self.logger = logger
    }

    /// Takes a span over; cheap, never waits. Spans of traces whose beginner asked for no recording are left out.
    func offer(_ span: FinishedSpan) {
        guard span.trace.isSampled else { return }
        let count = waiting.withLock { waiting -> Int? in
            guard waiting.count < settings.queue else { return nil }
            waiting.append(span)
            return waiting.count
        }
        guard let count else { return lose(1, .full) }
        if count == settings.batch { signal.raise() }
    }

    /// Spans that wait to be sent.
    var backlog: Int { waiting.withLock(\.count) }

    /// Sends until the task is cancelled, and then what is left, for at most ``flushTime``.
    func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .nanoseconds(settings.timeout.nanoseconds)
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        do {
            while true {
                try await signal.wait(atMost: settings.interval)
                while let batch = take() {
                    try await send(batch, by: client)
                    try Task.checkCancellation()
                }
            }
        } catch is CancellationError {
            // The service stops: everything that could still end a span has stopped before.
        }
        // In a task of its own, since this one is cancelled.
        await Task { [self] in await flush(by: client) }.value
        try await client.shutdown()
    }

    private func flush(by client: HTTPClient) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                do {
                    while let batch = take() { try await send(batch, by: client) }
                } catch {
                    logger.warning("spans were not sent before the end", metadata: ["error": "\(error)"])
                }
            }
            group.addTask {
                // Cancelled as soon as everything was sent.
                try? await Task.sleep(for: Self.flushTime)
            }
            await group.next()
            group.cancelAll()
        }
        lose(waiting.withLock(\.count), .away)
    }

    private func take() -> [FinishedSpan]? {
        waiting.withLock { waiting in
            guard !waiting.isEmpty else { return nil }
            let batch = Array(waiting.prefix(settings.batch))
            waiting.removeFirst(batch.count)
            return batch
        }
    }

    /// What became of one request.
    private enum Answer {
        /// Taken, except for so many spans.
        case taken(rejected: Int)
        /// Refused for good.
        case refused(String)
        /// To be tried again, no sooner than stated.
        case later(String, after: Duration?)
    }

    /// Sends one batch, as often as it takes.
    ///
    /// - Throws: `CancellationError` while it waits to try again; the batch counts as lost then.
    private func send(_ batch: [FinishedSpan], by client: HTTPClient) async throws {
        let body = try JSONEncoder().encode(TraceExport(batch, service: service, instance: instance))
        var pause = Duration.milliseconds(500)
        for attempt in 1...Self.attemptLimit {
            switch try await post(body, by: client, holding: batch.count) {
            case .taken(let rejected):
                lose(rejected, .refused)
                metrics.makeCounter(label: MetricName.spansExported, dimensions: []).increment(
                    by: Int64(batch.count - rejected))
                return
            case .refused(let reason):
                logger.warning("the collector refused spans", metadata: ["reason": "\(reason)"])
                return lose(batch.count, .refused)
            case .later(let reason, let after):
                guard attempt < Self.attemptLimit else {
                    logger.warning("spans were given up", metadata: ["reason": "\(reason)"])
                    return lose(batch.count, .away)
                }
                let jittered = pause * Double.random(in: 0.75...1.25)
                do {
                    try await Task.sleep(for: min(max(after ?? .zero, jittered), Self.pauseLimit))
                } catch {
                    lose(batch.count, .away)
                    throw error
                }
                pause = min(pause * 2, Self.pauseLimit)
            }
        }
    }

    private func post(_ body: Data, by client: HTTPClient, holding count: Int) async throws -> Answer {
        var request = HTTPClientRequest(url: settings.endpoint + "/v1/traces")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        for header in settings.headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(
                request, timeout: .nanoseconds(settings.timeout.nanoseconds))
            let answer = try await response.body.collect(upTo: Self.answerLimit)
            switch response.status.code {
            case 200..<300: return .taken(rejected: min(Self.rejected(answer), count))
            case 429, 502, 503, 504:
                let after = response.headers.first(name: "retry-after").flatMap { Int64($0) }
                return .later("status \(response.status.code)", after: after.map { .seconds(max($0, 0)) })
            case let code: return .refused("status \(code)")
            }
        } catch is CancellationError {
            // Whether the collector has it is not known; it is not sent twice.
            lose(count, .away)
            throw CancellationError()
        } catch {
            return .later("\(error)", after: nil)
        }
    }

    /// How many spans a collector that took the request rejected all the same.
    private static func rejected(_ answer: ByteBuffer) -> Int {
        struct Response: Decodable {
            struct Partial: Decodable { let rejectedSpans: Text? }
            let partialSuccess: Partial?
        }
        /// A 64-bit integer, which stands as text or as a number.
        struct Text: Decodable {
            let value: Int
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    value = number
                } else {
                    value = Int(try container.decode(String.self)) ?? 0
                }
            }
        }
        // Collectors may answer with nothing, which means that everything was taken.
        let decoded = try? JSONDecoder().decode(Response.self, from: Data(answer.readableBytesView))
        return max(decoded?.partialSuccess?.rejectedSpans?.value ?? 0, 0)
    }

    private func lose(_ count: Int, _ loss: Loss) {
        guard count > 0 else { return }
        metrics.makeCounter(label: MetricName.spansLost, dimensions: [("reason", loss.rawValue)]).increment(
            by: Int64(count))
    }
}

extension SpanExporter.Settings {
    /// What the settings ask for; nil without an endpoint.
    init?(_ configuration: ServiceConfiguration) {
        guard let endpoint = configuration.string("otlp.endpoint") else { return nil }
        let headers = (configuration.string("otlp.headers") ?? "").split(separator: ",").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).trimmingCharacters(in: .whitespaces) }
            return parts.count == 2 ? (name: parts[0], value: parts[1]) : nil
        }
        self.init(
            endpoint: endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint, headers: headers,
            batch: configuration.integer("otlp.batch") ?? 512, queue: configuration.integer("otlp.queue") ?? 4_096,
            interval: .milliseconds(configuration.integer("otlp.interval") ?? 2_000),
            timeout: .seconds(configuration.integer("otlp.timeout") ?? 10))
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
