import NotificationContracts
import NotificationDomain
import ServiceRuntime

/// Chooses which notices to an enterprise are mailed to the caller (NTF-4).
struct SetSubscriptions: Sendable {
    let runtime: Runtime

    /// - Parameter kinds: with their places in the request, for the error.
    func callAsFunction(
        _ kinds: [(kind: String, field: String)], owner: InboxOwner,
        request: Zhitongche_Notification_V1_SetSubscriptionsRequest
    ) async throws -> Zhitongche_Notification_V1_SetSubscriptionsResponse {
        guard let enterprise = owner.enterprise else {
            throw Problem.illegalState(zh: "账号尚未绑定企业，没有可订阅的消息", en: "the account acts for no enterprise")
        }
        return try await runtime.commands.run(
            request, id: request.requestID, object: "contact:\(owner.account.text)"
        ) { command in
            guard try ContactRepository.lock(owner.account, in: command.tx) else {
                throw Problem.illegalState(zh: "请先确认邮箱地址", en: "no address is confirmed")
            }
            let known = try RuleRepository.kinds(in: command.tx)
            for (kind, field) in kinds where !known.contains(kind) {
                throw Problem.invalid("\(field).kind", "no rule makes notices of this kind")
            }
            try ContactRepository.subscribe(
                owner.account, for: enterprise, to: kinds.map(\.kind), in: command.tx)
            let stored = try ContactRepository.find(owner.account, enterprise: enterprise, in: command.tx)
            return .with { $0.contact = stored.wire }
        }
    }
}
