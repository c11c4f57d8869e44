import AppealContracts
import AppealDomain
import CommonContracts
import Domain
import Foundation
import GRPCCore
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

/// The calls of appeal: reads requests, hands them to commands and queries, writes answers.
struct AppealRPC: Zhitongche_Appeal_V1_AppealService.SimpleServiceProtocol {
    let appeals: Appeals
    let database: Database
    let commands: Commands

    /// Runs a query in a transaction that sees one state and writes nothing.
    func query<Answer: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Answer) async throws -> Answer {
        try await database.transaction(
            .calls, isolation: .repeatableRead, readOnly: true, deadline: CallContext.deadline, body)
    }

    /// Runs a use case that changes one case.
    func change<Request: CaseCommandRequest, UseCase: CaseChanging, Answer: Message & Sendable>(
        _ request: Request, _ useCase: UseCase,
        _ answer: @escaping @Sendable (Zhitongche_Appeal_V1_Case) -> Answer
    ) async throws -> Answer {
        let id = try CaseID(request.caseID, field: "case_id")
        let version = request.version
        return try await commands.run(request, id: request.requestID, object: "case \(id)") { [appeals] command in
            answer(try useCase.run(id, version: version, command, appeals).wire(for: command.caller))
        }
    }

    func submitCase(
        request: Zhitongche_Appeal_V1_SubmitCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_SubmitCaseResponse {
        guard let kind = try CaseKind.optional(request.kind, field: "kind") else {
            throw DomainError("kind", .empty)
        }
        func unit(_ text: String, _ field: String) throws -> UnitID? {
            text.isEmpty ? nil : try UnitID(text, field: field)
        }
        let useCase = SubmitCase(
            kind: kind, content: try CaseContent(request.content),
            category: request.category.isEmpty ? RuleBook.general : request.category, isAnonymous: request.anonymous,
            namedUnit: try unit(request.namedUnitID, "named_unit_id"),
            complainedUnit: try unit(request.complainedUnitID, "complained_unit_id"),
            applicantUnit: try unit(request.applicantUnitID, "applicant_unit_id"),
            region: try RegionCode(request.regionCode, field: "region_code"),
            industry: request.industryCode.isEmpty
                ? nil : try IndustryCode(request.industryCode, field: "industry_code"),
            project: request.projectID.isEmpty ? nil : try uuid(request.projectID, "project_id"))
        return try await commands.run(request, id: request.requestID, object: "case") { [appeals] command in
            let stored = try useCase.run(command, appeals)
            return .with { $0.case = stored.wire(for: command.caller) }
        }
    }
}

/// What every command on one case carries.
protocol CaseCommandRequest: Message, Sendable {
    var requestID: String { get }
    var caseID: String { get }
    var version: Int64 { get }
}

/// A text of a request in the one form in which it is stored.
///
/// - Throws: ``InvalidFields`` naming the field.
func text(_ text: String, _ length: ClosedRange<Int>, _ field: String) throws(InvalidFields) -> String {
    let text = stored(text)
    var findings = FieldFindings()
    findings.checkText(text, length, field: field, isLong: true)
    try findings.finish()
    return text
}

/// A reason of a request.
func reason(_ reason: String) throws(InvalidFields) -> String { try text(reason, 1...512, "reason") }

/// A whole number of a request.
func number(_ number: Int32, _ range: ClosedRange<Int>, _ field: String) throws(DomainError) -> Int {
    guard range.contains(Int(number)) else {
        throw DomainError(field, .outOfRange("\(range.lowerBound) to \(range.upperBound)"))
    }
    return Int(number)
}

/// An identifier of another service's object.
func uuid(_ text: String, _ field: String) throws(DomainError) -> UUID { try CaseID(text, field: field).uuid }

/// A date that the contract calls required.
func required(_ date: Zhitongche_Common_V1_Date?, _ field: String) throws(DomainError) -> CivilDate {
    guard let date else { throw DomainError(field, .empty) }
    return try CivilDate(date, field: field)
}

extension CaseContent {
    init(_ wire: Zhitongche_Appeal_V1_CaseContent) throws(InvalidFields) {
        try self.init(
            title: stored(wire.title), text: stored(wire.text))
    }
}
