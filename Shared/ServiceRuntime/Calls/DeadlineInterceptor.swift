import GRPCCore
import Postgres
import Synchronization

/// Requires a deadline of every call, and ends the call's work when it passes (rule 17).
struct DeadlineInterceptor: ServerInterceptor {
    let streams: Set<String>
    let limiter: CallLimiter
    /// The longest that a call may take, whatever it asks for: a caller that never finishes its request, or waits a
    /// year, must not keep a place for as long.
    var longest = Duration.seconds(300)

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        if PlatformCalls.includes(context.descriptor) { return try await next(request, context) }
        let isAnonymous = request.metadata.text("authorization") == nil
        let place = try limiter.enter(isAnonymous: isAnonymous)
        return holding(place, try await withDeadline(request, context, next))
    }

    /// The call counts until its answer is written, which for a stream is long after the handler has returned.
    private func holding<Output: Sendable>(
        _ place: CallPlace, _ response: StreamingServerResponse<Output>
    ) -> StreamingServerResponse<Output> {
        guard case .success(var contents) = response.accepted else { return response }
        let producer = contents.producer
        contents.producer = { writer in
            defer { withExtendedLifetime(place) {} }
            return try await producer(writer)
        }
        var held = response
        held.accepted = .success(contents)
        return held
    }

    private func withDeadline<Input: Sendable, Output: Sendable>(
        _ request: StreamingServerRequest<Input>, _ context: ServerContext,
        _ next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard let timeout = request.metadata.grpcTimeout else {
            if streams.contains(context.descriptor.method) { return try await next(request, context) }
            throw Problem(
                .invalidArgument, .deadline, zh: "调用必须设置截止时间", en: "a deadline is required: set grpc-timeout")
        }
        let deadline =
            ContinuousClock.now + (streams.contains(context.descriptor.method) ? timeout : min(timeout, longest))
        var call = CallContext.current
        call?.deadline = deadline
        guard let call else { return try await next(request, context) }
        return try await call.bound {
            try await withoutActuallyEscaping(next) { next in
                let work = Task { try await next(request, context) }
                let isLate = Atomic(false)
                let expiry = Expiry.shared.add(at: deadline) {
                    isLate.store(true, ordering: .releasing)
                    // Cancelling the call's task cancels its statement on the server.
                    work.cancel()
                }
                defer { Expiry.shared.remove(expiry) }
                let result = await withTaskCancellationHandler {
                    await work.result
                } onCancel: {
                    work.cancel()
                }
                if isLate.load(ordering: .acquiring) { throw Problem.deadlineExceeded }
                return try result.get()
            }
        }
    }
}
