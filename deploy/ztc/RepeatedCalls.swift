import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import SwiftProtobuf
import Synchronization

/// Repeats calls that found their service away, as the same request with the same identifier.
///
/// The services keep the first answer under the identifier (XCT-13), so a call whose answer was lost has no second
/// effect. An interceptor works on one stream of the connection, and a stream that has ended takes no second call, so
/// repetitions are calls of their own. It holds a whole answer before it hands it on, which suits calls with one request
/// and one answer.
struct RepeatedCalls: ClientInterceptor {
    /// How long a service may be away; a restart takes seconds.
    private static let patience = Duration.seconds(60)
    private static let pause = Duration.milliseconds(200)

    /// Makes the repetitions; it has no interceptors.
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        let sent = Sent<Input>()
        let first = StreamingClientRequest<Input>(metadata: request.metadata) { writer in
            try await request.producer(RPCWriter(wrapping: Copying(writer: writer, sent: sent)))
        }
        var answer = try await Answer(next(first, context))
        let end = ContinuousClock.now + Self.patience
        while answer.isAway, ContinuousClock.now < end, let message = sent.message {
            try await Task.sleep(for: Self.pause)
            let again = StreamingClientRequest<Input>(metadata: request.metadata) { try await $0.write(message) }
            do {
                answer = try await client.bidirectionalStreaming(
                    request: again, descriptor: context.descriptor, serializer: Coder<Input>(),
                    deserializer: Coder<Output>(), options: .ordinary
                ) { try await Answer($0) }
            } catch let error as RPCError {
                answer = Answer(failure: error)
            }
        }
        return answer.response
    }
}

/// A whole answer, or why there is none.
private struct Answer<Output: Sendable>: Sendable {
    private let contents: Result<(Metadata, [StreamingClientResponse<Output>.Contents.BodyPart]), RPCError>

    init(_ response: StreamingClientResponse<Output>) async throws {
        do {
            let contents = try response.accepted.get()
            var parts: [StreamingClientResponse<Output>.Contents.BodyPart] = []
            for try await part in contents.bodyParts { parts.append(part) }
            self.contents = .success((contents.metadata, parts))
        } catch let error as RPCError {
            contents = .failure(error)
        }
    }

    init(failure: RPCError) { contents = .failure(failure) }

    var isAway: Bool {
        guard case .failure(let error) = contents else { return false }
        return error.code == .unavailable
    }

    var response: StreamingClientResponse<Output> {
        StreamingClientResponse(
            accepted: contents.map { metadata, parts in
                let body = AsyncThrowingStream<StreamingClientResponse<Output>.Contents.BodyPart, any Error> { stream in
                    for part in parts { stream.yield(part) }
                    stream.finish()
                }
                return .init(metadata: metadata, bodyParts: RPCAsyncSequence(wrapping: body))
            })
    }
}

/// The request of a call, once it was written.
private final class Sent<Input: Sendable>: Sendable {
    private let kept = Mutex<Input?>(nil)

    var message: Input? { kept.withLock { $0 } }

    func keep(_ message: Input) { kept.withLock { $0 = message } }
}

private struct Copying<Input: Sendable>: RPCWriterProtocol {
    let writer: RPCWriter<Input>
    let sent: Sent<Input>

    func write(_ element: Input) async throws {
        sent.keep(element)
        try await writer.write(element)
    }

    func write(contentsOf elements: some Sequence<Input>) async throws {
        for element in elements { try await write(element) }
    }
}

/// An interceptor is not told that what it sees are messages, so this finds it out.
private struct Coder<Value: Sendable>: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Value) throws -> Bytes {
        guard let message = message as? any SwiftProtobuf.Message else { throw Refusal("\(Value.self) is no message") }
        let bytes: [UInt8] = try message.serializedBytes()
        return Bytes(bytes)
    }

    func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> Value {
        let bytes = serializedMessageBytes.withUnsafeBytes { Array($0) }
        guard let type = Value.self as? any SwiftProtobuf.Message.Type,
            let message = try type.init(serializedBytes: bytes) as? Value
        else { throw Refusal("\(Value.self) is no message") }
        return message
    }
}
