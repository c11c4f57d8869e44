import NotificationContracts
import NotificationDomain
import ServiceRuntime

/// Creates or changes a rule (NTF-3).
struct SetRule: Sendable {
    let runtime: Runtime

    /// - Parameter version: the one that was read; 0 makes a new rule.
    func callAsFunction(
        _ rule: Rule, version: Int64, request: Zhitongche_Notification_V1_SetRuleRequest
    ) async throws -> Zhitongche_Notification_V1_SetRuleResponse {
        try await runtime.commands.run(request, id: request.requestID, object: "rule:\(rule.id)") { command in
            let isStored =
                version == 0
                ? try RuleRepository.insert(rule, in: command.tx)
                : try RuleRepository.update(rule, expecting: version, in: command.tx)
            guard isStored else {
                guard let current = try RuleRepository.version(of: rule.id, in: command.tx) else {
                    throw Problem.notFound("rule \(rule.id)")
                }
                throw Problem.conflict(currentVersion: current)
            }
            return .with { $0.rule = StoredRule(rule: rule, seq: version + 1).wire }
        }
    }
}
