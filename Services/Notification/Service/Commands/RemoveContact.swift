import NotificationContracts
import ServiceRuntime

/// Deletes an account's address and what is sent to it (NTF-9).
struct RemoveContact: Sendable {
    let runtime: Runtime

    func callAsFunction(
        owner: InboxOwner, request: Zhitongche_Notification_V1_RemoveContactRequest
    ) async throws -> Zhitongche_Notification_V1_RemoveContactResponse {
        try await runtime.commands.run(request, id: request.requestID, object: "contact:\(owner.account.text)") {
            command in
            try ContactRepository.remove(owner.account, in: command.tx)
            return .init()
        }
    }
}
