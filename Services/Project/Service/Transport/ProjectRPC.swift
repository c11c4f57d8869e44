import Domain
import Foundation
import GRPCCore
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import SwiftProtobuf

/// The calls of the project service: reads requests, hands them to commands and queries, writes answers.
struct ProjectRPC: Zhitongche_Project_V1_ProjectService.SimpleServiceProtocol {
    let store: ProjectStore
    let keeper: ProjectKeeper
    let desk: PreAssessmentDesk
    let database: Database
    let clock: BusinessClock
    let commands: Commands

    /// The identifier with which the page before ended; nil for the first page.
    func after<Object>(_ token: String, filter: [UInt8]) throws -> Identifier<Object>? {
        try PageToken.decode(token, filterHash: filter, columns: 1).map {
            try Identifier($0.key[0], field: "page_token")
        }
    }

    /// The number below which the page begins.
    func below(_ token: String, filter: [UInt8]) throws -> Int {
        try PageToken.decode(token, filterHash: filter, columns: 1).map {
            try $0.integer(0, in: 1...Int(Int32.max))
        } ?? Int(Int32.max)
    }

    /// A unit that may be left out.
    func unit(_ text: String, field: String) throws -> UnitID? { text.isEmpty ? nil : try UnitID(text, field: field) }
}
