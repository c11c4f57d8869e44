import GRPCCore
import GRPCNIOTransportHTTP2
import Logging

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

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        var request = request
        if let trace = TraceContext.current {
            request.metadata.replaceOrAddString(trace.child().traceparent, forKey: "traceparent")
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
        return try await next(request, context)
    }
}
