import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2

/// What calls of the command line travel over.
typealias OperatorTransport = RepeatingTransport<HTTP2ClientTransport.Posix>

/// A client of one service for the length of a body.
func withConnection<T: Sendable>(
    to service: String, of stack: Stack, _ body: (GRPCClient<OperatorTransport>) async throws -> T
) async throws -> T {
    let (host, port) = try stack.address(of: service)
    let connection = try HTTP2ClientTransport.Posix(
        target: .dns(host: host, port: port), transportSecurity: stack.transportSecurity,
        config: .defaults { config in
            // Over TLS the certificate has to name the service, wherever its address leads.
            if stack.isEncrypted { config.http2.authority = service }
        })
    let client = GRPCClient(transport: RepeatingTransport(inner: connection, repeats: stack.repeatsCalls))
    let connections = Task { try await client.runConnections() }
    let result: Result<T, any Error>
    do { result = .success(try await body(client)) } catch { result = .failure(error) }
    client.beginGracefulShutdown()
    do {
        try await connections.value
    } catch let error as RuntimeError where error.code == .clientIsStopped {
        // The body made no call, so that the end came before the connection began.
    }
    return try result.get()
}

/// What goes with every call: the bearer's token and a deadline.
struct Bearer: Sendable {
    let token: String?

    /// Nobody in particular, for calls that need no token.
    static let nobody = Bearer(token: nil)

    var metadata: Metadata {
        var metadata: Metadata = ["accept-language": "zh-CN"]
        if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        return metadata
    }

    func request<Message: Sendable>(_ message: Message) -> ClientRequest<Message> {
        ClientRequest(message: message, metadata: metadata)
    }
}

extension CallOptions {
    /// A deadline, without which the services refuse a call; no silent repetition.
    static func within(_ limit: Duration) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = limit
        options.waitForReady = true
        return options
    }

    /// The deadline of ordinary calls; long enough for a password on a busy machine.
    static let ordinary = within(.seconds(60))
}
