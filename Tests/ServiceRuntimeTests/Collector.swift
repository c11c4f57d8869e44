import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization

/// A collector of traces that speaks OTLP/HTTP, as far as a test needs one.
final class Collector: Sendable {
    /// A span as it arrived.
    struct Span: Sendable, Equatable {
        let service: String
        let traceID: String
        let spanID: String
        let parentID: String?
        let name: String
        let kind: Int
        let attributes: [String: String]
    }

    /// What a request is answered with.
    struct Answer: Sendable {
        var status = HTTPResponse.Status.ok
        var retryAfter: String?
        var body = "{}"
    }

    private struct State {
        var spans: [Span] = []
        var requests = 0
        var tokens: [String?] = []
        var answers: [Answer] = []
    }

    private let state = Mutex(State())

    /// Spans of requests that were answered with success.
    var spans: [Span] { state.withLock(\.spans) }
    /// Requests that arrived.
    var requests: Int { state.withLock(\.requests) }
    /// What the requests carried in the header `x-token`.
    var tokens: [String?] { state.withLock(\.tokens) }

    /// Answers the next requests so; all later ones with success.
    init(answers: [Answer] = []) { state.withLock { $0.answers = answers } }

    /// Listens for the length of a body, which gets the address.
    func run<T: Sendable>(_ body: (String) async throws -> T) async throws -> T {
        let router = Router()
        router.post("v1/traces") { [self] request, context in
            let buffer = try await request.body.collect(upTo: 4_000_000)
            let token = HTTPField.Name("x-token").flatMap { request.headers[$0] }
            let answer = try take(Data(buffer.readableBytesView), token)
            var headers: HTTPFields = [.contentType: "application/json"]
            if let retryAfter = answer.retryAfter { headers[.retryAfter] = retryAfter }
            return Response(
                status: answer.status, headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(string: answer.body)))
        }
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "collector")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { found.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(services: [application], logger: logger)
        let running = Task { try await group.run() }
        var port = 0
        for await found in ports {
            port = found
            break
        }
        let result: Result<T, any Error>
        do { result = .success(try await body("http://127.0.0.1:\(port)")) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        try await running.value
        return try result.get()
    }

    private func take(_ body: Data, _ token: String?) throws -> Answer {
        let spans = try Self.read(body)
        return state.withLock { state in
            state.requests += 1
            state.tokens.append(token)
            let answer = state.answers.isEmpty ? Answer() : state.answers.removeFirst()
            if answer.status == .ok { state.spans += spans }
            return answer
        }
    }

    private struct Unreadable: Error {}

    /// Reads the JSON encoding by hand, so that a mistake of the exporter's types is not made twice.
    private static func read(_ body: Data) throws -> [Span] {
        guard let object = try JSONSerialization.jsonObject(with: body) as? [String: Any],
            let resources = object["resourceSpans"] as? [[String: Any]]
        else { throw Unreadable() }
        return try resources.flatMap { resource -> [Span] in
            let described = attributes((resource["resource"] as? [String: Any])?["attributes"])
            guard let scopes = resource["scopeSpans"] as? [[String: Any]], let service = described["service.name"]
            else { throw Unreadable() }
            return try scopes.flatMap { scope in
                try (scope["spans"] as? [[String: Any]] ?? []).map { span in
                    guard let traceID = span["traceId"] as? String, traceID.count == 32,
                        let spanID = span["spanId"] as? String, spanID.count == 16,
                        let name = span["name"] as? String, let kind = span["kind"] as? Int,
                        let start = (span["startTimeUnixNano"] as? String).flatMap(UInt64.init),
                        let end = (span["endTimeUnixNano"] as? String).flatMap(UInt64.init), start <= end,
                        start > 1_500_000_000_000_000_000
                    else { throw Unreadable() }
                    return Span(
                        service: service, traceID: traceID, spanID: spanID, parentID: span["parentSpanId"] as? String,
                        name: name, kind: kind, attributes: attributes(span["attributes"]))
                }
            }
        }
    }

    private static func attributes(_ list: Any?) -> [String: String] {
        var found: [String: String] = [:]
        for pair in list as? [[String: Any]] ?? [] {
            guard let key = pair["key"] as? String, let value = pair["value"] as? [String: Any] else { continue }
            found[key] = value["stringValue"] as? String ?? value["intValue"] as? String ?? "?"
        }
        return found
    }
}
