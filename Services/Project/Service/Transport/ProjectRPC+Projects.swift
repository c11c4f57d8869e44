import Domain
import GRPCCore
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

// Projects and the library (PRJ-3, PRJ-4).
extension ProjectRPC {
    func createProject(
        request: Zhitongche_Project_V1_CreateProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_CreateProjectResponse {
        let lead =
            try request.leadID.isEmpty
            ? nil : (id: LeadID(request.leadID, field: "lead_id"), version: request.leadVersion)
        let useCase = CreateProject(id: try .fresh(), profile: try ProjectProfile(request.profile), lead: lead)
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func editProject(
        request: Zhitongche_Project_V1_EditProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_EditProjectResponse {
        let useCase = ChangeProject.edit(
            try project(request.projectID), request.version, try ProjectProfile(request.profile))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func advanceProject(
        request: Zhitongche_Project_V1_AdvanceProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_AdvanceProjectResponse {
        guard request.evidence.count <= 16 else { throw Problem.invalid("evidence", "more than 16 elements") }
        let useCase = ChangeProject.advance(
            try project(request.projectID), request.version, to: try Stage(request.stage, field: "stage"),
            on: try required(request.hasEnteredOn ? request.enteredOn : nil, field: "entered_on"),
            evidence: try request.evidence.enumerated().map { try Evidence($1, field: "evidence[\($0)]") },
            reason: try text(request.reason, 0...512, field: "reason"))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func suspendProject(
        request: Zhitongche_Project_V1_SuspendProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_SuspendProjectResponse {
        let useCase = ChangeProject.suspend(
            try project(request.projectID), request.version, reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func resumeProject(
        request: Zhitongche_Project_V1_ResumeProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ResumeProjectResponse {
        let useCase = ChangeProject.resume(try project(request.projectID), request.version)
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func terminateProject(
        request: Zhitongche_Project_V1_TerminateProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_TerminateProjectResponse {
        let useCase = ChangeProject.terminate(
            try project(request.projectID), request.version, reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func admitProject(
        request: Zhitongche_Project_V1_AdmitProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_AdmitProjectResponse {
        let useCase = ChangeProject.admit(
            try project(request.projectID), request.version,
            LibraryFit(plan: request.fitsPlan, industry: request.fitsIndustry, park: request.fitsPark))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func exceptProject(
        request: Zhitongche_Project_V1_ExceptProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ExceptProjectResponse {
        let decision = Project.Decision(
            number: try text(request.decisionNumber, 1...64, field: "decision_number", isLong: false),
            day: try required(request.hasDecidedOn ? request.decidedOn : nil, field: "decided_on"))
        let useCase = ChangeProject.except(try project(request.projectID), request.version, by: decision)
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func removeProject(
        request: Zhitongche_Project_V1_RemoveProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_RemoveProjectResponse {
        let useCase = ChangeProject.remove(
            try project(request.projectID), request.version, reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, keeper) { $0.project = $1.wire }
    }

    func getProject(
        request: Zhitongche_Project_V1_GetProjectRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_GetProjectResponse {
        let caller = try CallContext.caller
        let id = try project(request.projectID)
        let view = try await database.snapshot { [store] in try FindProjects(store: store).one(id, for: caller, in: $0)
        }
        return .with { $0.project = view.wire }
    }

    func listProjects(
        request: Zhitongche_Project_V1_ListProjectsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListProjectsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(
            of: [
                "projects", String(request.stage.rawValue), String(request.status.rawValue),
                String(request.light.rawValue), String(request.library.rawValue), request.region, request.industry,
                request.unitID,
            ])
        let page = ProjectPage(
            stage: try .optional(request.stage, field: "stage"), status: try .optional(request.status, field: "status"),
            light: try .optional(request.light, field: "light"),
            library: try .optional(request.library, field: "library"),
            region: try request.region.isEmpty ? nil : RegionCode(request.region, field: "region"),
            industry: try request.industry.isEmpty ? nil : IndustryCode(request.industry, field: "industry"),
            after: try after(request.pageToken, filter: filter), limit: size + 1)
        let unit = try unit(request.unitID, field: "unit_id")
        let found = try await database.snapshot { [store] in
            try FindProjects(store: store).list(page, unit: unit, for: caller, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.description] }
        return .with {
            $0.projects = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func listStageEntries(
        request: Zhitongche_Project_V1_ListStageEntriesRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListStageEntriesResponse {
        let caller = try CallContext.caller
        let id = try project(request.projectID)
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["stages", id.description])
        let below = try below(request.pageToken, filter: filter)
        let found = try await database.snapshot { [store] in
            _ = try FindProjects(store: store).one(id, for: caller, in: $0)
            return try store.stages.list(of: id, below: below, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [String($0.number)] }
        return .with {
            $0.entries = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    /// The project that a request names.
    func project(_ text: String) throws -> ProjectID { try ProjectID(text, field: "project_id") }
}
