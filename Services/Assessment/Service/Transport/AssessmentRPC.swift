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

    /// Numbers that revisions can have in storage; 0 on the wire is the newest.
    func revision(_ number: Int32) throws -> Int? {
        guard number >= 0 else { throw Problem.invalid("revision", "must be 0 or more") }
        return number == 0 ? nil : Int(number)
    }
}
