import GRPCCore
import GRPCNIOTransportHTTP2

/// Finds out who calls. A token that is there must be valid, even where none is needed.
struct AuthenticationInterceptor: ServerInterceptor {
    let verifier: TokenVerifier
    let denials: any DenialRecorder

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard !PlatformCalls.includes(context.descriptor), var call = CallContext.current else {
            return try await next(request, context)
        }
        do {
            call.caller = try await caller(request.metadata, context)
        } catch let refusal as TokenRefusal {
            await denials.record(refusal.rawValue, call)
            throw Problem.unauthenticated("the token is not valid")
        } catch let problem as Problem where problem.code == .unauthenticated || problem.code == .permissionDenied {
            await denials.record(problem.reasonName, call)
            throw problem
        }
        return try await call.bound { try await next(request, context) }
    }

    private func caller(_ metadata: Metadata, _ context: ServerContext) async throws -> Caller {
        guard let header = metadata.text("authorization") else { return .anonymous }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw TokenRefusal.malformed }
        let caller = try verifier.caller(try await verifier.verify(String(parts[1])))
        // Where a client certificate is presented with a service's token, both have to name the same service.
        if let service = caller.serviceName,
            let transport = context.transportSpecific as? HTTP2ServerTransport.Posix.Context,
            let certificate = transport.peerCertificate,
            !"\(certificate.subject)".split(separator: ",").contains("CN=\(service)")
        {
            throw TokenRefusal.claims
        }
        return caller
    }
}
