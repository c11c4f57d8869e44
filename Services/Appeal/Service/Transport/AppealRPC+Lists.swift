import AppealContracts
import AppealDomain
import Domain
import Foundation
import GRPCCore
import Postgres
import ServiceRuntime
import Wire

// Calls that show cases.
extension AppealRPC {
    func getCase(
        request: Zhitongche_Appeal_V1_GetCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_GetCaseResponse {
        let caller = try CallContext.caller
        let id = try CaseID(request.caseID, field: "case_id")
        let stored = try await database.snapshot { [appeals] in
            try appeals.visible(id, locks: false, for: caller, in: $0)
        }
        return .with { $0.case = stored.wire(for: caller) }
    }

    func listCases(
        request: Zhitongche_Appeal_V1_ListCasesRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ListCasesResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let kind = try CaseKind.optional(request.kind, field: "kind")
        let state = try CaseStateName.optional(request.state, field: "state")
        let unit = try request.unitID.isEmpty ? nil : UnitID(request.unitID, field: "unit_id")
        let project = try request.projectID.isEmpty ? nil : uuid(request.projectID, "project_id")
        let words = Set(
            try text(request.words, 0...64, field: "words", isLong: false).split(whereSeparator: \.isWhitespace)
                .map(String.init)
        ).sorted()
        let filter = PageToken.hash(of: [
            "cases", kind?.rawValue ?? "", state?.rawValue ?? "", unit?.text ?? "", request.projectID,
            String(request.overdueOnly), words.joined(separator: " "),
        ])
        let token = try PageToken.decode(request.pageToken, filterHash: filter, columns: 2)
        let after = try token.map {
            (submittedAt: try $0.instant(0), id: try CaseID($0.key[1], field: "page_token"))
        }
        let listing = CasePage(
            kind: kind, state: state, unit: unit, project: project, onlyOverdue: request.overdueOnly, words: words,
            after: after, limit: size + 1)
        let found = try await database.snapshot { [appeals] tx in
            try appeals.cases.list(listing, reach: appeals.sight.reach(of: caller, in: tx), in: tx)
        }
        let (shown, next) = paged(found, size: size, filter: filter) {
            [String($0.one.submission.at.microseconds), $0.one.id.description]
        }
        return .with {
            $0.cases = shown.map { $0.wire(for: caller) }
            $0.nextPageToken = next
        }
    }

    func listTrail(
        request: Zhitongche_Appeal_V1_ListTrailRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ListTrailResponse {
        let caller = try CallContext.caller
        let id = try CaseID(request.caseID, field: "case_id")
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["trail", id.description])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try $0.integer(0, in: 1...Int(Int32.max))
        }
        let (stored, found) = try await database.snapshot { [appeals] tx in
            (
                try appeals.visible(id, locks: false, for: caller, in: tx),
                try appeals.cases.steps(of: id, after: after ?? 0, limit: size + 1, in: tx)
            )
        }
        let isHidden = stored.wire(for: caller).enterpriseID.isEmpty
        let (shown, next) = paged(found, size: size, filter: filter) { [String($0.place)] }
        return .with {
            $0.steps = shown.map { step in
                var wire = step.wire(for: caller)
                // The account of an anonymous applicant would tell who it is.
                if isHidden, step.account == stored.one.submission.account { wire.accountID = "" }
                return wire
            }
            $0.nextPageToken = next
        }
    }

    func explainDeadlines(
        request: Zhitongche_Appeal_V1_ExplainDeadlinesRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ExplainDeadlinesResponse {
        let caller = try CallContext.caller
        let id = try CaseID(request.caseID, field: "case_id")
        let one = try await database.snapshot { [appeals] in
            try appeals.visible(id, locks: false, for: caller, in: $0).one
        }
        let binding = try one.clocks.bindingReply(appeals.calendar)
        let deadlines = try one.clocks.deadlines(appeals.calendar)
        return .with {
            $0.deadlines = deadlines.map { $0.wire(start: one.clocks.start, isBinding: $0 == binding) }
            $0.pauses = one.clocks.pauses.map { line in
                var wire = line.wire
                if caller.kind != .staff { wire.accountID = "" }
                return wire
            }
        }
    }
}

// Rules of deadlines.
extension AppealRPC {
    func listDeadlineRules(
        request: Zhitongche_Appeal_V1_ListDeadlineRulesRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ListDeadlineRulesResponse {
        let size = try page(size: request.pageSize)
        let day = request.hasOn ? try CivilDate(request.on, field: "on") : nil
        let filter = PageToken.hash(of: ["rules", day?.description ?? ""])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 2).map {
            (id: $0.key[0], from: try CivilDate($0.key[1], field: "page_token"))
        }
        let found = try await database.snapshot { [appeals] in
            try appeals.cases.rules.list(on: day, after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.rule.id, $0.rule.valid.start.description] }
        return .with {
            $0.rules = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func setDeadlineRule(
        request: Zhitongche_Appeal_V1_SetDeadlineRuleRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_SetDeadlineRuleResponse {
        guard request.hasRule else { throw DomainError("rule", .empty) }
        let useCase = SetDeadlineRule(entry: try RuleBook.Entry(request.rule))
        return try await commands.run(request, id: request.requestID, useCase, appeals) { answer, _ in
            answer.rule = useCase.entry.wire
        }
    }
}
