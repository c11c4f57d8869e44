import Foundation
import GRPCCore
import NotificationContracts
import NotificationDomain
import ServiceRuntime

/// The calls about contacts.
extension NotificationRPC {
    /// Subscriptions that one request may have.
    private static let subscriptionLimit = 64

    func stateContact(
        request: Zhitongche_Notification_V1_StateContactRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_StateContactResponse {
        try await stateContact(
            EmailAddress(request.email), owner: InboxOwner(CallContext.caller), request: request)
    }

    func confirmContact(
        request: Zhitongche_Notification_V1_ConfirmContactRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_ConfirmContactResponse {
        guard let contact = UUID(uuidString: request.contactID) else {
            throw Problem.invalid("contact_id", "must be a UUID")
        }
        guard Self.isDigits(request.code, count: 6) else { throw Problem.invalid("code", "must have 6 digits") }
        return try await confirmContact(
            contact, code: request.code, owner: InboxOwner(CallContext.caller), request: request)
    }

    func getContact(
        request: Zhitongche_Notification_V1_GetContactRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_GetContactResponse {
        let stored = try await getContact(owner: InboxOwner(CallContext.caller))
        return .with { $0.contact = stored.wire }
    }

    func removeContact(
        request: Zhitongche_Notification_V1_RemoveContactRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_RemoveContactResponse {
        try await removeContact(owner: InboxOwner(CallContext.caller), request: request)
    }

    func setSubscriptions(
        request: Zhitongche_Notification_V1_SetSubscriptionsRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_SetSubscriptionsResponse {
        guard request.subscriptions.count <= Self.subscriptionLimit else {
            throw Problem.invalid("subscriptions", "must have at most \(Self.subscriptionLimit) entries")
        }
        var kinds: [(kind: String, field: String)] = []
        for (index, subscription) in request.subscriptions.enumerated() {
            let field = "subscriptions[\(index)]"
            guard Rule.isKind(subscription.kind) else {
                throw Problem.invalid("\(field).kind", "must be lower-case words joined by dots")
            }
            guard !kinds.contains(where: { $0.kind == subscription.kind }) else {
                throw Problem.invalid("\(field).kind", "repeated kind")
            }
            guard subscription.channels == [.email] else {
                throw Problem.invalid("\(field).channels", "must be EMAIL alone")
            }
            kinds.append((subscription.kind, field))
        }
        return try await setSubscriptions(kinds, owner: InboxOwner(CallContext.caller), request: request)
    }

    static func isDigits(_ text: String, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension StoredContact? {
    /// The contact as its owner sees it; empty when there is none.
    var wire: Zhitongche_Notification_V1_Contact {
        guard let contact = self else { return .init() }
        return .with {
            $0.email = contact.email.text
            $0.confirmedAt = contact.confirmedAt.wire
            $0.subscriptions = contact.kinds.map { kind in
                .with {
                    $0.kind = kind
                    $0.channels = [.email]
                }
            }
        }
    }
}
