import Domain
import Foundation
import GRPCCore
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

// Plans, reports, lights, problems, rates (PRJ-9 to PRJ-11, PRJ-18).
extension ProjectRPC {
    func setPlan(
        request: Zhitongche_Project_V1_SetPlanRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_SetPlanResponse {
        let useCase = ChangeProject.plan(try project(request.projectID), request.version, try Plan(request.plan))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func reachMilestone(
        request: Zhitongche_Project_V1_ReachMilestoneRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ReachMilestoneResponse {
        let useCase = ChangeProject.reach(
            try project(request.projectID), request.version, Int(request.milestone),
            on: try required(request.hasReachedOn ? request.reachedOn : nil, field: "reached_on"))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func enterStatistics(
        request: Zhitongche_Project_V1_EnterStatisticsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_EnterStatisticsResponse {
        let useCase = ChangeProject.enterStatistics(
            try project(request.projectID), request.version,
            on: try required(request.hasEnteredOn ? request.enteredOn : nil, field: "entered_on"))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func submitReport(
        request: Zhitongche_Project_V1_SubmitReportRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_SubmitReportResponse {
        guard request.hasPeriod else { throw Problem.invalid("period", "must not be empty") }
        guard request.hasFigures else { throw Problem.invalid("figures", "must not be empty") }
        let useCase = SubmitReport(
            id: try project(request.projectID), version: request.version,
            period: try Period(request.period, field: "period"), figures: try ProgressFigures(request.figures),
            picture: try text(request.picture, 1...1_000, field: "picture"),
            correctionNote: try text(request.correctionNote, 0...512, field: "correction_note"))
        return try await commands.run(request, id: request.requestID, useCase, keeper) {
            $0.report = $1.report.wire
            $0.report.projectVersion = $1.version
        }
    }

    func listReports(
        request: Zhitongche_Project_V1_ListReportsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListReportsResponse {
        let caller = try CallContext.caller
        let id = try project(request.projectID)
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["reports", id.description])
        let before =
            try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
                try CivilDate($0.key[0], field: "page_token")
            } ?? .latest
        let (found, punctuality) = try await database.snapshot { [store] in
            _ = try FindProjects(store: store).one(id, for: caller, in: $0)
            return (
                try store.reports.list(of: id, before: before, limit: size + 1, in: $0),
                try store.reports.punctuality(of: id, in: $0)
            )
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.period.start.description] }
        return .with {
            $0.reports = shown.map(\.wire)
            $0.nextPageToken = next
            $0.late = Int32(punctuality.late)
            $0.due = Int32(punctuality.due)
        }
    }

    func setLightRules(
        request: Zhitongche_Project_V1_SetLightRulesRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_SetLightRulesResponse {
        let useCase = SetLightRules(rules: try LightRuleSet(request.ruleSet))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.ruleSet = $1.wire }
    }

    func listLightRules(
        request: Zhitongche_Project_V1_ListLightRulesRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListLightRulesResponse {
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["light rules"])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)?.key[0]
        let found = try await database.snapshot { [store] in
            try store.lights.list(after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.name] }
        return .with {
            $0.ruleSets = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func listLightChanges(
        request: Zhitongche_Project_V1_ListLightChangesRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListLightChangesResponse {
        let caller = try CallContext.caller
        let id = try project(request.projectID)
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["light changes", id.description])
        let below = try below(request.pageToken, filter: filter)
        let found = try await database.snapshot { [store] in
            _ = try FindProjects(store: store).one(id, for: caller, in: $0)
            return try store.lights.changes(of: id, below: below, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [String($0.number)] }
        return .with {
            $0.changes = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func listProblems(
        request: Zhitongche_Project_V1_ListProblemsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListProblemsResponse {
        let caller = try CallContext.caller
        let id = try project(request.projectID)
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["problems", id.description])
        let after: Identifier<Project>? = try after(request.pageToken, filter: filter)
        let (found, solved, now) = try await database.snapshot { [store, clock] in
            _ = try FindProjects(store: store).one(id, for: caller, in: $0)
            return (
                try store.problems.list(of: id, after: after?.uuid, limit: size + 1, in: $0),
                try store.problems.solved(of: id, in: $0), BusinessTime(try clock.now($0))
            )
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.caseID.uuidString.lowercased()] }
        return .with {
            $0.problems = shown.map { $0.wire(at: now) }
            $0.nextPageToken = next
            $0.solved = solved.solved
            $0.total = solved.total
        }
    }

    func getRate(
        request: Zhitongche_Project_V1_GetRateRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_GetRateResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let kind = try RateKind(request.kind, field: "kind")
        let filter = RateFilter(
            region: try request.region.isEmpty ? nil : RegionCode(request.region, field: "region"),
            industry: try request.industry.isEmpty ? nil : IndustryCode(request.industry, field: "industry"),
            unit: try unit(request.unitID, field: "unit_id"),
            firstMonth: try request.hasFirstMonth ? Month(request.firstMonth, field: "first_month") : nil,
            lastMonth: try request.hasLastMonth ? Month(request.lastMonth, field: "last_month") : nil)
        if let first = filter.firstMonth, let last = filter.lastMonth, last < first {
            throw Problem.invalid("last_month", "lies before first_month")
        }
        let hash = PageToken.hash(
            of: [
                "rate", kind.rawValue, request.region, request.industry, request.unitID,
                filter.firstMonth?.description ?? "", filter.lastMonth?.description ?? "",
            ])
        let token = try PageToken.decode(request.pageToken, filterHash: hash, columns: 2)
        let after = try token.map {
            (try CivilDate($0.key[0], field: "page_token"), try ProjectID($0.key[1], field: "page_token"))
        }
        let rate = try await database.snapshot { [store, clock] in
            try FindProjects(store: store).rate(kind, filter, for: caller, today: try clock.today($0), in: $0)
        }
        let rest = rate.lines.filter { line in
            after.map { ($0.0, $0.1) < (line.signedOn ?? .latest, line.project) } ?? true
        }
        let (shown, next) = paged(Array(rest), size: size, filter: hash) {
            [($0.signedOn ?? .latest).description, $0.project.description]
        }
        return .with {
            $0.definition = kind.definition.wire
            $0.unit = kind.unit
            $0.numerator = rate.numerator
            $0.denominator = rate.denominator
            $0.projects = Int64(rate.lines.count)
            $0.repeated = Int64(rate.repeated)
            $0.lines = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }
}
