import AppealDomain
import Domain
import Foundation
import ServiceRuntime

/// Enters a case (APL-1).
struct SubmitCase: Sendable {
    let kind: CaseKind
    let content: CaseContent
    let category: String
    let isAnonymous: Bool
    let namedUnit: UnitID?
    let complainedUnit: UnitID?
    let applicantUnit: UnitID?
    let region: RegionCode
    let industry: IndustryCode?
    let project: UUID?

    func run(_ command: Command, _ appeals: Appeals) throws -> StoredCase {
        let submission = try Submission(
            kind: kind, applicant: try applicant(command.caller), account: command.caller.accountID,
            isAnonymous: isAnonymous, namedUnit: namedUnit, complainedUnit: complainedUnit, region: region,
            industry: industry, project: project, at: BusinessTime(command.now))
        for (unit, field) in [(namedUnit, "named_unit_id"), (complainedUnit, "complained_unit_id")] {
            if let unit, appeals.trust.region(of: unit.text) == nil { throw Problem.invalid(field, "no such unit") }
        }
        let rules = try appeals.rules(kind: kind, category: category, on: command.today, in: command.tx)
        let number = try appeals.cases.nextNumber(kind.prefix, year: command.today.year, in: command.tx)
        let (one, change) = Case.submit(
            content, id: CaseID(try freshUUID()), number: number, submission: submission, category: category,
            rules: rules, today: command.today)
        return try appeals.enter(
            one, change, by: Actor(command.caller), at: try Moment(command.now), in: command.tx)
    }

    /// Enterprises act for the enterprise that their token names, staff for a unit within their scope.
    private func applicant(_ caller: Caller) throws -> Applicant {
        if caller.kind == .enterprise {
            guard let text = caller.enterpriseID, let id = UUID(uuidString: text) else {
                throw Problem.denied(
                    "the token acts for no enterprise", zh: "请先选择所代表的企业", reason: .scopeDenied)
            }
            guard kind != .problem else { throw Problem.invalid("kind", "problems are reported by units") }
            try caller.require(Action.submit, enterprise: text)
            return .enterprise(id)
        }
        guard let applicantUnit else { throw Problem.invalid("applicant_unit_id", "must not be empty") }
        try caller.require(Action.submit, unit: applicantUnit.text)
        return .unit(applicantUnit)
    }
}

extension CaseKind {
    /// What its numbers begin with, by the Chinese name.
    var prefix: String {
        switch self {
        case .appeal: "SQ"
        case .enquiry: "ZX"
        case .problem: "WT"
        case .complaint: "TS"
        }
    }
}
