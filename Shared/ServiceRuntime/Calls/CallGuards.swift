import GRPCCore

/// The methods that the platform itself uses and that need neither deadline nor token.
enum PlatformCalls {
    private static let services: Set<String> = [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
    ]

    static func includes(_ method: MethodDescriptor) -> Bool {
        services.contains(method.service.fullyQualifiedService)
    }
}

extension CallContext.Values {
    /// Runs the rest of a call with these facts, also the part that writes a streamed answer.
    func bound<Output: Sendable>(
        _ next: () async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        var response = try await CallContext.$current.withValue(self) { try await next() }
        guard case .success(var contents) = response.accepted else { return response }
        let producer = contents.producer
        contents.producer = { writer in
            try await CallContext.$current.withValue(self) { try await producer(writer) }
        }
        response.accepted = .success(contents)
        return response
    }
}

extension Metadata {
    /// The first value of a text header, cut to what headers of ours may have.
    func text(_ name: String) -> String? {
        for value in self[stringValues: name] { return String(value.prefix(16_384)) }
        return nil
    }

    /// How often a header is there.
    func count(of name: String) -> Int {
        var count = 0
        for _ in self[name] { count += 1 }
        return count
    }

    /// The time in `grpc-timeout`, such as `1500m`; nil when absent or malformed.
    var grpcTimeout: Duration? {
        guard let text = text("grpc-timeout"), (2...9).contains(text.utf8.count), let unit = text.last,
            let amount = Int64(text.dropLast()), amount >= 0
        else { return nil }
        switch unit {
        case "H": return .seconds(amount * 3_600)
        case "M": return .seconds(amount * 60)
        case "S": return .seconds(amount)
        case "m": return .milliseconds(amount)
        case "u": return .microseconds(amount)
        case "n": return .nanoseconds(amount)
        case _: return nil
        }
    }
}
