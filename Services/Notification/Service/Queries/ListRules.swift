import Postgres
import ServiceRuntime

/// A page of the rules in the order of their slugs (NTF-3).
struct ListRules: Sendable {
    let database: Database

    func callAsFunction(pageSize: Int32, pageToken: String) async throws -> (rules: [StoredRule], nextPageToken: String)
    {
        let size = try page(size: pageSize)
        let hash = PageToken.hash(of: ["rules"])
        let after = try PageToken.decode(pageToken, filterHash: hash, columns: 1)?.key[0] ?? ""
        let rules = try await database.transaction(readOnly: true, deadline: CallContext.deadline) { transaction in
            try RuleRepository.page(after: after, limit: size + 1, in: transaction)
        }
        let (shown, next) = paged(rules, size: size, filter: hash) { [$0.rule.id] }
        return (Array(shown), next)
    }
}
