import CommonContracts
import Foundation
import GRPCCore
import ServiceRuntime

/// Calls the event log of one service as an operator.
struct EventLog: Sendable {
    typealias Client = Zhitongche_Common_V1_EventLogService.Client<OperatorTransport>

    let service: String
    let stack: Stack
    private let bearer: Bearer

    /// - Parameter role: a role whose account this installation knows and that may make the calls.
    init(service: String, of stack: Stack, role: String = "operator") async throws {
        guard Stack.services.contains(where: { $0.name == service }) else {
            throw Refusal(
                "there is no service \(service); there are \(Stack.services.map(\.name).joined(separator: ", "))")
        }
        self.service = service
        self.stack = stack
        let accounts = Accounts(stack)
        bearer = try await accounts.bearer(accounts.entry(withRole: role).login)
    }

    /// Makes calls over one connection.
    func call<T: Sendable>(_ body: (Client) async throws -> T) async throws -> T {
        try await withConnection(to: service, of: stack) { client in
            try await body(Zhitongche_Common_V1_EventLogService.Client(wrapping: client))
        }
    }

    /// A message with the operator's token.
    func request<Message: Sendable>(_ message: Message) -> ClientRequest<Message> { bearer.request(message) }
}
