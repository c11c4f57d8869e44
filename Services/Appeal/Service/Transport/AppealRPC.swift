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

    /// Runs a use case that changes one case.
    func change<Answer: Message & Sendable>(
        _ request: some CaseCommandRequest, _ changing: some CaseChanging,
        answer: @escaping @Sendable (inout Answer, Zhitongche_Appeal_V1_Case) -> Void
    ) async throws -> Answer {
        let caller = try CallContext.caller
        let useCase = ChangeCase(
            id: try CaseID(request.caseID, field: "case_id"), version: request.version, changing: changing)
        return try await commands.run(request, id: request.requestID, useCase, appeals) {
            answer(&$0, $1.wire(for: caller))
        }
    }

    func submitCase(
        request: Zhitongche_Appeal_V1_SubmitCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_SubmitCaseResponse {
        let caller = try CallContext.caller
        func unit(_ text: String, _ field: String) throws -> UnitID? {
            text.isEmpty ? nil : try UnitID(text, field: field)
        }
        let useCase = SubmitCase(
            kind: try CaseKind(request.kind, field: "kind"), content: try CaseContent(request.content),
            category: request.category.isEmpty ? RuleBook.general : request.category, isAnonymous: request.anonymous,
            namedUnit: try unit(request.namedUnitID, "named_unit_id"),
            complainedUnit: try unit(request.complainedUnitID, "complained_unit_id"),
            applicantUnit: try unit(request.applicantUnitID, "applicant_unit_id"),
            region: try RegionCode(request.regionCode, field: "region_code"),
            industry: request.industryCode.isEmpty
                ? nil : try IndustryCode(request.industryCode, field: "industry_code"),
            project: request.projectID.isEmpty ? nil : try uuid(request.projectID, "project_id"))
        return try await commands.run(request, id: request.requestID, useCase, appeals) {
            $0.case = $1.wire(for: caller)
        }
    }
}

/// What every command on one case carries.
protocol CaseCommandRequest: Message, Sendable {
    var requestID: String { get set }
    var caseID: String { get set }
    var version: Int64 { get set }
}

/// A whole number of a request.
func number(_ number: Int32, _ range: ClosedRange<Int>, _ field: String) throws(DomainError) -> Int {
    guard range.contains(Int(number)) else {
        throw DomainError(field, .outOfRange("\(range.lowerBound) to \(range.upperBound)"))
    }
    return Int(number)
}

/// An identifier of another service's object.
func uuid(_ text: String, _ field: String) throws(DomainError) -> UUID { try CaseID(text, field: field).uuid }

extension CaseContent {
    init(_ wire: Zhitongche_Appeal_V1_CaseContent) throws(InvalidFields) {
        try self.init(
            title: stored(wire.title), text: stored(wire.text))
    }
}
