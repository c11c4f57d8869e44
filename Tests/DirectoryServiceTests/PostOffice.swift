import GRPCCore
import GRPCNIOTransportHTTP2
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

    private struct Counter: Zhitongche_Notification_V1_NotificationService.SimpleServiceProtocol {
        let office: PostOffice

        func sendVerificationCode(
            request: Zhitongche_Notification_V1_SendVerificationCodeRequest, context: ServerContext
        ) async throws -> Zhitongche_Notification_V1_SendVerificationCodeResponse {
            try office.accept(Letter(requestID: request.requestID, phone: request.phone, code: request.code))
            return Zhitongche_Notification_V1_SendVerificationCodeResponse()
        }

        private var other: RPCError { RPCError(code: .unimplemented, message: "only codes are taken here") }

        func listInbox(
            request: Zhitongche_Notification_V1_ListInboxRequest, context: ServerContext
        ) async throws -> Zhitongche_Notification_V1_ListInboxResponse { throw other }
        func markRead(
            request: Zhitongche_Notification_V1_MarkReadRequest, context: ServerContext
        ) async throws -> Zhitongche_Notification_V1_MarkReadResponse { throw other }
        func streamInbox(
            request: Zhitongche_Notification_V1_StreamInboxRequest,
            response: RPCWriter<Zhitongche_Notification_V1_StreamInboxResponse>, context: ServerContext
        ) async throws { throw other }
        func listRules(
            request: Zhitongche_Notification_V1_ListRulesRequest, context: ServerContext
        ) async throws -> Zhitongche_Notification_V1_ListRulesResponse { throw other }
        func setRule(
            request: Zhitongche_Notification_V1_SetRuleRequest, context: ServerContext
        ) async throws -> Zhitongche_Notification_V1_SetRuleResponse { throw other }
        func listCaughtMessages(
            request: Zhitongche_Notification_V1_ListCaughtMessagesRequest, context: ServerContext
        ) async throws -> Zhitongche_Notification_V1_ListCaughtMessagesResponse { throw other }
    }
}
