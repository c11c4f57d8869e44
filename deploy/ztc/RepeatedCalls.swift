import GRPCCore

/// Repeats calls that found their service away, as the same request with the same identifier, until the call's deadline.
///
/// The services keep the first answer under the identifier (XCT-13), so a call whose answer was lost has no second
/// effect. It holds a whole answer before it hands it on, which suits calls with one answer and no streams.
struct RepeatedCalls: ClientInterceptor {
    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        while true {
            do {
                let response = try await next(request, context)
                let contents = try response.accepted.get()
                var parts: [StreamingClientResponse<Output>.Contents.BodyPart] = []
                for try await part in contents.bodyParts { parts.append(part) }
                let body = AsyncThrowingStream<StreamingClientResponse<Output>.Contents.BodyPart, any Error> { stream in
                    for part in parts { stream.yield(part) }
                    stream.finish()
                }
                return StreamingClientResponse(
                    accepted: .success(
                        .init(metadata: contents.metadata, bodyParts: RPCAsyncSequence(wrapping: body))))
            } catch let error as RPCError where error.code == .unavailable {
                try await Task.sleep(for: .milliseconds(200))
            } catch let error as RPCError {
                return StreamingClientResponse(accepted: .failure(error))
            }
        }
    }
}
