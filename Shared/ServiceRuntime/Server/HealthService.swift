import GRPCCore
import GrpcContracts

/// gRPC health checking, version 1, for each service name and for the whole server, "".
struct HealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
    let state: HealthState
    let services: Set<String>

    func check(
        request: Grpc_Health_V1_HealthCheckRequest, context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthCheckResponse {
        guard services.contains(request.service) else {
            throw Problem.notFound("service \(request.service.prefix(100))")
        }
        return answer(state.isServing)
    }

    func list(
        request: Grpc_Health_V1_HealthListRequest, context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthListResponse {
        let status = answer(state.isServing)
        return .with { $0.statuses = Dictionary(uniqueKeysWithValues: services.map { ($0, status) }) }
    }

    func watch(
        request: Grpc_Health_V1_HealthCheckRequest, response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
        context: ServerContext
    ) async throws {
        guard services.contains(request.service) else {
            // The protocol asks for this answer and an open stream instead of an error.
            try await response.write(.with { $0.status = .serviceUnknown })
            for await _ in state.changes() {}
            return
        }
        for await isServing in state.changes() {
            if context.cancellation.isCancelled { return }
            try await response.write(answer(isServing))
        }
    }

    private func answer(_ isServing: Bool) -> Grpc_Health_V1_HealthCheckResponse {
        .with { $0.status = isServing ? .serving : .notServing }
    }
}
