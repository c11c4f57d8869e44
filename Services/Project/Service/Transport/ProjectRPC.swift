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

    /// Runs a query in a transaction that sees one state and writes nothing.
    func query<Answer: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Answer) async throws -> Answer {
        try await database.transaction(
            .calls, isolation: .repeatableRead, readOnly: true, deadline: CallContext.deadline, body)
    }

    /// A fresh identifier.
    func fresh<Object>(_ type: Identifier<Object>.Type = Identifier<Object>.self) throws -> Identifier<Object> {
        guard let uuid = UUID(uuidString: newID()) else { throw Problem.unavailable("no identifier could be made") }
        return Identifier(uuid)
    }

    /// Runs a command on a project.
    func change<Answer: Message>(
        _ request: some Message & Sendable, id: String, _ useCase: ChangeProject,
        _ answer: @escaping @Sendable (ProjectView) -> Answer
    ) async throws -> Answer {
        try await commands.run(request, id: id, object: "project \(useCase.id)") { [store, keeper] command in
            answer(try useCase.run(command, store, keeper))
        }
    }

    /// Runs a command on a lead.
    func change<Answer: Message>(
        _ request: some Message & Sendable, id: String, _ useCase: ChangeLead,
        _ answer: @escaping @Sendable (Lead) -> Answer
    ) async throws -> Answer {
        try await commands.run(request, id: id, object: "lead \(useCase.id)") { [store] command in
            answer(try useCase.run(command, store))
        }
    }

    /// One page of a list whose rows are read one more than are shown, and the token of the next page.
    func paged<Entry>(
        _ found: [Entry], size: Int, filter: [UInt8], key: (Entry) -> [String]
    ) -> (shown: ArraySlice<Entry>, next: String) {
        guard found.count > size else { return (found[...], "") }
        return (found.prefix(size), PageToken.encode(filterHash: filter, key: key(found[size - 1])))
    }

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

    /// A reason of 1 to 512 characters.
    func reason(_ reason: String) throws -> String { try text(reason, 1...512, field: "reason") }
}
