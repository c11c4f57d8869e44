import Domain
import EnterpriseContracts
import Postgres
import ServiceRuntime

/// Puts enterprises on a list or takes them off (ENT-6). From its first use on a list counts as maintained: not
/// standing on it is then a known no, for every enterprise; so that first use needs the right for all of them.
struct SetListMembership: Sendable {
    let parts: EnterpriseParts

    /// Runs the command.
    func run(
        _ request: Zhitongche_Enterprise_V1_SetListMembershipRequest
    ) async throws -> Zhitongche_Enterprise_V1_SetListMembershipResponse {
        let list = try ListID(request.list, field: "list")
        guard (1...1_000).contains(request.enterpriseIds.count) else {
            throw Problem.invalid("enterprise_ids", "must be 1 to 1,000")
        }
        for (index, id) in request.enterpriseIds.enumerated() {
            try Identifiers.check(id, field: "enterprise_ids[\(index)]")
        }
        try Identifiers.check(request.reason, field: "reason", length: 1...256)
        return try await parts.runtime.commands.run(request, id: request.requestID, object: "list/\(list)") { command in
            let isNewList =
                try command.tx.execute(
                    "INSERT INTO enterprise.list (list) VALUES (\(list.text)) ON CONFLICT DO NOTHING") == 1
            let enterprises = EnterpriseRepository(tx: command.tx, today: command.today)
            let known = try enterprises.lock(ids: request.enterpriseIds)
            if let absent = request.enterpriseIds.first(where: { known[$0] == nil }) {
                throw Problem.notFound("enterprise \(absent)")
            }
            if isNewList { try command.caller.requireEverywhere("enterprise.list.write") }
            for row in try enterprises.rows(Array(known.values)) {
                try command.caller.require("enterprise.list.write", for: row)
            }
            let changed = try change(list, Array(known.values), request, command.tx)
            let rows = try enterprises.touch(changed)
            if isNewList || !rows.isEmpty {
                try parts.announce(rows, because: "list \(list)", everything: isNewList, in: command)
            }
            return .with { $0.changed = Int64(rows.count) }
        }
    }

    /// Opens or closes memberships; those that are as demanded already are left alone.
    private func change(
        _ list: ListID, _ ordinals: [UInt32], _ request: Zhitongche_Enterprise_V1_SetListMembershipRequest,
        _ tx: Transaction
    ) throws -> [UInt32] {
        let statement: SQL =
            request.member
            ? """
            INSERT INTO enterprise.list_membership (list, ordinal, joined_reason)
            SELECT \(list.text), ordinal, \(request.reason) FROM unnest(\(ordinals)) AS given (ordinal)
            ON CONFLICT (list, ordinal) WHERE left_at IS NULL DO NOTHING RETURNING ordinal
            """
            : """
            UPDATE enterprise.list_membership SET left_at = clock_timestamp(), left_reason = \(request.reason)
            WHERE list = \(list.text) AND ordinal = ANY(\(ordinals)) AND left_at IS NULL RETURNING ordinal
            """
        return try tx.query(statement) { try $0.get("ordinal", as: UInt32.self) }.sorted()
    }
}
