import GRPCCore

/// Finds out who calls. A token that is there must be valid, even where none is needed.
///
/// With mutual TLS a service is who its certificate says: a service's token counts only over a connection whose
/// certificate names the same service, and calls that are open to services only need no token besides it. A certificate
/// alone counts for no other call, since a service may pass on calls of people who have no token.
struct AuthenticationInterceptor: ServerInterceptor {
    /// What the audit says about a service's token over another one's connection.
    static let foreignCertificate = "certificate"

    let access: AccessTable
    let isMutualTLS: Bool
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
        if isMutualTLS, let service = call.caller?.serviceName, CertifiedService.name(context) != service {
            await denials.record(Self.foreignCertificate, call)
            throw Problem.denied("the connection's certificate does not name the service of the token")
        }
        return try await call.bound { try await next(request, context) }
    }

    private func caller(_ metadata: Metadata, _ context: ServerContext) async throws -> Caller {
        // Two of them could be read differently by what stands before the service, so neither counts.
        guard metadata.count(of: "authorization") <= 1 else { throw TokenRefusal.malformed }
        guard let header = metadata.text("authorization") else {
            guard isMutualTLS, case .services = access.rules[context.descriptor.method],
                let service = CertifiedService.name(context)
            else { return .anonymous }
            return .certified(service)
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw TokenRefusal.malformed }
        return try verifier.caller(try await verifier.verify(String(parts[1])))
    }
}
