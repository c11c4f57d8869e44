import Domain
import Foundation
import GRPCCore
import PolicyContracts
import PolicyDomain
import Postgres
import ServiceRuntime

/// The calls of the policy library: reads requests, hands them to commands and queries, writes answers.
struct PolicyRPC: Zhitongche_Policy_V1_PolicyService.SimpleServiceProtocol {
    let store: PolicyStore
    let database: Database
    let commands: Commands

    /// Runs a query in a transaction that sees one state and writes nothing.
    func query<Answer: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Answer) async throws -> Answer {
        try await database.transaction(
            .calls, isolation: .repeatableRead, readOnly: true, deadline: CallContext.deadline, body)
    }

    /// A fresh identifier.
    func freshUUID() throws -> UUID {
        guard let uuid = UUID(uuidString: newID()) else { throw Problem.unavailable("no identifier could be made") }
        return uuid
    }

    /// Whether the caller sees who drafted and published.
    func showsAccounts(_ caller: Caller) -> Bool {
        switch caller.kind {
        case .staff, .service: true
        case .enterprise, .anonymous: false
        }
    }
}
