import GRPCCore

/// Applies the access table: what it does not allow is denied and audited (XCT-10).
struct AuthorisationInterceptor: ServerInterceptor {
    let access: AccessTable
    let denials: any DenialRecorder

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        if PlatformCalls.includes(context.descriptor) { return try await next(request, context) }
        guard let call = CallContext.current else { throw Problem.denied("the call has no context") }
        do {
            try check(access.rules[context.descriptor.method], call.caller ?? .anonymous)
            var response = try await next(request, context)
            // Handlers narrow by scope; what they refuse is a denial like any other, also in the middle of a stream.
            switch response.accepted {
            case .failure(let error):
                if let denial = Self.denial(error) { await denials.record(denial.reasonName, call) }
            case .success(var contents):
                let producer = contents.producer
                contents.producer = { [denials] writer in
                    do {
                        return try await producer(writer)
                    } catch {
                        if let denial = Self.denial(error) { await denials.record(denial.reasonName, call) }
                        throw error
                    }
                }
                response.accepted = .success(contents)
            }
            return response
        } catch {
            if let denial = Self.denial(error) { await denials.record(denial.reasonName, call) }
            throw error
        }
    }

    private func check(_ rule: AccessRule?, _ caller: Caller) throws {
        guard let rule else { throw Problem.denied("the call is open to nobody") }
        if rule == .anonymous { return }
        guard caller.kind != .anonymous else { throw Problem.unauthenticated("the call needs a token") }
        switch rule {
        case .anonymous, .authenticated: break
        case .kinds(let kinds):
            guard kinds.contains(caller.kind) else {
                throw Problem.denied("the call is not open to this kind of caller")
            }
        case .action(let action): try caller.require(action)
        case .anyAction(let actions):
            guard actions.contains(where: { caller.scope(of: $0) != nil }) else {
                throw Problem.denied("no role of the caller allows \(actions.sorted().joined(separator: " or "))")
            }
        case .services(let names):
            guard let name = caller.serviceName, names.contains(name) else {
                throw Problem.denied("the call is open to certain services only")
            }
        }
    }

    /// The refusal that an error stands for, when it is one for lack of rights.
    private static func denial(_ error: any Error) -> Problem? {
        guard let problem = Problem.of(error),
            problem.code == .permissionDenied || problem.code == .unauthenticated
        else { return nil }
        return problem
    }
}
