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

    /// Whether the caller sees who drafted and published.
    func showsAccounts(_ caller: Caller) -> Bool {
        switch caller.kind {
        case .staff, .service: true
        case .enterprise, .anonymous: false
        }
    }
}
