import GRPCCore
import GRPCNIOTransportHTTP2
import Logging
import Tracing

/// Calls another service: `PolicyService.Client(wrapping: runtime.channel(to: "policy").client)`.
///
/// Every call carries the service's own token, the trace, the request identifier, and a deadline: the caller's, or
/// else the configured one. It connects when the first call is made and fails fast while the peer is away.
public struct PeerClient: Sendable {
    /// The transport of calls between services.
    public typealias Transport = HTTP2ClientTransport.Posix

    /// Name of the other service.
    public let service: String
    /// The client to wrap in a generated one.
    public let client: GRPCClient<Transport>
}

/// Adds what every call to another service carries.
struct PeerInterceptor: ClientInterceptor {
    /// The methods by which tokens are got themselves.
    private static let withoutToken: Set<String> = ["IssueServiceToken", "GetKeySet"]

    let tokens: ServiceTokens?
    let tracer: TraceTracer

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        var request = request
        // Work in the background without a trace begins none.
        let span = TraceContext.current.map { trace in
            var parent = ServiceContext.topLevel
            parent.traceContext = trace
            return tracer.startSpan(context.descriptor.fullyQualifiedMethod, context: parent, ofKind: .client)
        }
        if let trace = span?.context.traceContext {
            request.metadata.replaceOrAddString(trace.traceparent, forKey: "traceparent")
        }
        if let call = CallContext.current {
            request.metadata.replaceOrAddString(call.requestIdentifier, forKey: "x-request-id")
            if let deadline = call.deadline {
                let left = deadline - .now
                guard left > .zero else { throw RPCError(code: .deadlineExceeded, message: "no time is left") }
                if request.metadata.grpcTimeout.map({ left < $0 }) ?? true {
                    let millis = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
                    request.metadata.replaceOrAddString("\(min(max(1, millis), 9_999_999))m", forKey: "grpc-timeout")
                }
            }
        }
        if let tokens, !Self.withoutToken.contains(context.descriptor.method) {
            request.metadata.replaceOrAddString("Bearer \(try await tokens.current())", forKey: "authorization")
        }
        do {
            let response = try await next(request, context)
            span?.finish(response.accepted.failure?.code)
            return response
        } catch {
            span?.finish((error as? RPCError)?.code ?? .unknown)
            throw error
        }
    }
}

extension TraceSpan {
    /// Ends the span of a call; for a stream when its answer begins.
    fileprivate func finish(_ code: RPCError.Code?) {
        attributes["rpc.system"] = "grpc"
        attributes["rpc.grpc.status_code"] = code?.rawValue ?? 0
        if code != nil { setStatus(SpanStatus(code: .error)) }
        end()
    }
}

extension Result {
    fileprivate var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}
