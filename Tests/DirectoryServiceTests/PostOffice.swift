import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import NotificationContracts
import ServiceRuntime
import Synchronization

/// Stands where the notification service is: keeps the codes that it is given, with the tokens that came along.
final class PostOffice: Sendable {
    struct Letter: Sendable {
        let requestID: String
        let phone: String
        let code: String
    }

    private struct State {
        var letters: [Letter] = []
        var tokens: [String] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// What was sent to a phone, oldest first.
    func letters(to phone: String) -> [Letter] { state.withLock { $0.letters.filter { $0.phone == phone } } }

    /// The tokens of the calls.
    var tokens: [String] { state.withLock { $0.tokens } }

    /// Refuses every call while closed.
    func setClosed(_ closed: Bool) { state.withLock { $0.isClosed = closed } }

    /// Serves on a free port around a body.
    func run(_ body: (Int) async throws -> Void) async throws {
        let server = GRPCServer(
            transport: HTTP2ServerTransport.Posix(
                address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext),
            services: [Counter(office: self)], interceptors: [TokenKeeper(office: self)])
        let serving = Task { try await server.serve() }
        let port = try await server.listeningAddress?.ipv4?.port ?? 0
        let result: Result<Void, any Error>
        do { result = .success(try await body(port)) } catch { result = .failure(error) }
        server.beginGracefulShutdown()
        try await serving.value
        try result.get()
    }

    private func accept(_ letter: Letter) throws {
        try state.withLock { state in
            if state.isClosed { throw RPCError(code: .unavailable, message: "closed") }
            state.letters.append(letter)
        }
    }

    private func keep(_ token: String) { state.withLock { $0.tokens.append(token) } }

    private struct TokenKeeper: ServerInterceptor {
        let office: PostOffice

        func intercept<Input: Sendable, Output: Sendable>(
            request: StreamingServerRequest<Input>, context: ServerContext,
            next:
                @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
        ) async throws -> StreamingServerResponse<Output> {
            for header in request.metadata[stringValues: "authorization"] {
                office.keep(String(header.dropFirst("Bearer ".count)))
            }
            return try await next(request, context)
        }
    }

    /// The one call that the directory makes; every other is unknown here.
    private struct Counter: RegistrableRPCService {
        let office: PostOffice

        func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
            router.registerHandler(
                forMethod: Zhitongche_Notification_V1_NotificationService.Method.SendVerificationCode.descriptor,
                deserializer: ProtobufDeserializer<Zhitongche_Notification_V1_SendVerificationCodeRequest>(),
                serializer: ProtobufSerializer<Zhitongche_Notification_V1_SendVerificationCodeResponse>()
            ) { request, _ in
                let message = try await ServerRequest(stream: request).message
                try office.accept(Letter(requestID: message.requestID, phone: message.phone, code: message.code))
                return StreamingServerResponse(
                    single: ServerResponse(message: Zhitongche_Notification_V1_SendVerificationCodeResponse()))
            }
        }
    }
}
