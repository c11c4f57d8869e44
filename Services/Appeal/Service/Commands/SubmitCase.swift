import AppealDomain
import Domain
import Foundation
import ServiceRuntime

/// Enters a case (APL-1).
struct SubmitCase: UseCase {
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

    var object: String { "case" }

    func run(_ command: Command, _ appeals: Appeals) throws -> StoredCase {
        let submission = try Submission(
            kind: kind, applicant: try applicant(command.caller), account: command.caller.accountID,
            isAnonymous: isAnonymous, namedUnit: namedUnit, complainedUnit: complainedUnit, region: region,
            industry: industry, project: project, at: command.time)
        for (unit, field) in [(namedUnit, "named_unit_id"), (complainedUnit, "complained_unit_id")] {
            if let unit, appeals.trust.region(of: unit.text) == nil { throw Problem.invalid(field, "no such unit") }
        }
        let rules = try appeals.rules(for: submission, category: category, on: command.today, in: command.tx)
        let number = try appeals.cases.nextNumber(kind.prefix, year: command.today.year, in: command.tx)
        let (one, change) = Case.submit(
            content, id: try .fresh(), number: number, submission: submission, category: category,
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
        if kind != .problem, caller.may(Action.submitForBank, unit: applicantUnit.text) { return .bank(applicantUnit) }
        // Units report problems, and nothing else; the submission tells so. Banks do not (APL-3).
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
