import GRPCCore
import Synchronization

/// Repeats calls that found their service away, as the same request with the same identifier, until the call's deadline.
///
/// The services keep the first answer under the identifier (XCT-13), so a call whose answer was lost has no second
/// effect. It takes in the whole request before it sends it and the whole answer before it hands it on, which suits calls
/// with one request and one answer; an interceptor could not do it, because it works within one stream and is not asked
/// when none can be opened.
struct RepeatingTransport<Inner: ClientTransport>: ClientTransport {
    typealias Bytes = Inner.Bytes

    private static var pause: Duration { .milliseconds(200) }

    let inner: Inner
    /// Whether it repeats at all; otherwise every call goes straight through.
    let repeats: Bool

    var retryThrottle: RetryThrottle? { inner.retryThrottle }

    func connect() async throws { try await inner.connect() }

    func beginGracefulShutdown() { inner.beginGracefulShutdown() }

    func config(forMethod descriptor: MethodDescriptor) -> MethodConfig? { inner.config(forMethod: descriptor) }

    func withStream<T: Sendable>(
        descriptor: MethodDescriptor, options: CallOptions,
        _ closure: (RPCStream<Inbound, Outbound>, ClientContext) async throws -> T
    ) async throws -> T {
        guard repeats else { return try await inner.withStream(descriptor: descriptor, options: options, closure) }
        let request = WholeRequest<Bytes>()
        let (inbound, answer) = AsyncThrowingStream<RPCResponsePart<Bytes>, any Error>.makeStream()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await parts in request.whole {
                        for part in try await answered(parts, descriptor, options) { answer.yield(part) }
                    }
                    answer.finish()
                } catch {
                    answer.finish(throwing: error)
                }
            }
            defer { group.cancelAll() }
            let stream = RPCStream(
                descriptor: descriptor, inbound: RPCAsyncSequence(wrapping: inbound),
                outbound: RPCWriter.Closable(wrapping: request))
            return try await closure(
                stream, ClientContext(descriptor: descriptor, remotePeer: "repeating", localPeer: "repeating"))
        }
    }

    /// The answer to a request; as long as the service is away it is sent again.
    private func answered(
        _ request: [RPCRequestPart<Bytes>], _ descriptor: MethodDescriptor, _ options: CallOptions
    ) async throws -> [RPCResponsePart<Bytes>] {
        while true {
            do {
                let parts = try await inner.withStream(descriptor: descriptor, options: options) { stream, _ in
                    try await stream.outbound.write(contentsOf: request)
                    await stream.outbound.finish()
                    var parts: [RPCResponsePart<Bytes>] = []
                    for try await part in stream.inbound { parts.append(part) }
                    return parts
                }
                guard case .status(let status, _) = parts.last, status.code == .unavailable else { return parts }
            } catch let error as RPCError where error.code == .unavailable {
                // No stream could be opened, or it broke; the service may be on its way back.
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}

/// Gathers a request until its writer has finished.
private final class WholeRequest<Bytes: GRPCContiguousBytes & Sendable>: ClosableRPCWriterProtocol {
    typealias Element = RPCRequestPart<Bytes>

    /// Yields the parts once, when all are there.
    let whole: AsyncThrowingStream<[Element], any Error>
    private let finished: AsyncThrowingStream<[Element], any Error>.Continuation
    private let parts = Mutex<[Element]>([])

    init() { (whole, finished) = AsyncThrowingStream.makeStream() }

    func write(_ element: Element) async throws { parts.withLock { $0.append(element) } }

    func write(contentsOf elements: some Sequence<Element>) async throws {
        let elements = Array(elements)
        parts.withLock { $0 += elements }
    }

    func finish() async {
        finished.yield(parts.withLock { $0 })
        finished.finish()
    }

    func finish(throwing error: any Error) async { finished.finish(throwing: error) }
}
