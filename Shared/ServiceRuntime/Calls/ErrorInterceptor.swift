import GRPCCore
import Logging

/// Turns whatever ends a call into a status with details; causes of INTERNAL are logged here, once, as a chain.
struct ErrorInterceptor: ServerInterceptor {
    let logger: Logger

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        do {
            var response = try await next(request, context)
            switch response.accepted {
            case .failure(let error):
                response.accepted = .failure(status(of: error))
            case .success(var contents):
                let producer = contents.producer
                contents.producer = { writer in
                    do {
                        return try await producer(writer)
                    } catch {
                        throw status(of: error)
                    }
                }
                response.accepted = .success(contents)
            }
            return response
        } catch {
            throw status(of: error)
        }
    }

    private func status(of error: any Error) -> RPCError {
        let locale = CallContext.locale
        let metadata: Logger.Metadata = ["error": .array(ErrorChain(error).links.map { .string($0) })]
        guard let problem = Problem.of(error) else {
            logger.error("call failed", metadata: metadata)
            return Problem.internalError.rpcError(locale: locale)
        }
        switch problem.code {
        case .unavailable, .resourceExhausted, .internalError: logger.warning("call refused", metadata: metadata)
        case _: logger.debug("call refused", metadata: metadata)
        }
        return problem.rpcError(locale: locale)
    }
}
