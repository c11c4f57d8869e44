import AssessmentContracts
import AssessmentDomain
import Domain
import Foundation
import GRPCCore
import Postgres
import ServiceRuntime

/// The calls of assessment: reads requests, hands them to commands and queries, writes answers.
struct AssessmentRPC: Zhitongche_Assessment_V1_AssessmentService.SimpleServiceProtocol {
    let store: AssessmentStore
    let database: Database
    let commands: Commands
    let clock: BusinessClock

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

    /// Numbers that revisions can have in storage; 0 on the wire is the newest.
    func revision(_ number: Int32) throws -> Int? {
        guard number >= 0 else { throw Problem.invalid("revision", "must be 0 or more") }
        return number == 0 ? nil : Int(number)
    }

    /// Units that a caller may see with an action; nil for all.
    func mayRead(_ action: String, _ unit: UnitID, _ caller: Caller) -> Bool {
        do {
            try caller.require(action, unit: unit.text)
            return true
        } catch {
            return false
        }
    }
}
