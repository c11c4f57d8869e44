import Domain
import GRPCCore
import ProjectContracts
import ProjectDomain
import ServiceRuntime

// Information (PRJ-1).
extension ProjectRPC {
    func fileInformation(
        request: Zhitongche_Project_V1_FileInformationRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_FileInformationResponse {
        let useCase = FileInformation(
            id: try .fresh(),
            informationClass: try InformationClass(request.informationClass, field: "information_class"),
            collector: try Collector(request.collector, field: "collector"),
            unit: request.unitID.isEmpty ? nil : try UnitID(request.unitID, field: "unit_id"),
            subject: try text(request.subject, 1...128, field: "subject", isLong: false),
            content: try text(request.content, 1...4_000, field: "content"))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.information = $1.wire }
    }

    func sortInformation(
        request: Zhitongche_Project_V1_SortInformationRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_SortInformationResponse {
        let useCase = SortInformation(
            id: try InformationID(request.informationID, field: "information_id"), version: request.version,
            informationClass: try InformationClass(request.informationClass, field: "information_class"),
            unit: try UnitID(request.handlingUnitID, field: "handling_unit_id"))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.information = $1.wire }
    }

    func disposeInformation(
        request: Zhitongche_Project_V1_DisposeInformationRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_DisposeInformationResponse {
        let useCase = DisposeInformation(
            id: try InformationID(request.informationID, field: "information_id"), version: request.version,
            disposal: try text(request.disposal, 1...2_000, field: "disposal"))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.information = $1.wire }
    }

    func feedBackInformation(
        request: Zhitongche_Project_V1_FeedBackInformationRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_FeedBackInformationResponse {
        let useCase = FeedBackInformation(
            id: try InformationID(request.informationID, field: "information_id"), version: request.version,
            feedback: try text(request.feedback, 1...2_000, field: "feedback"))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.information = $1.wire }
    }

    func getInformation(
        request: Zhitongche_Project_V1_GetInformationRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_GetInformationResponse {
        let caller = try CallContext.caller
        let id = try InformationID(request.informationID, field: "information_id")
        let item = try await database.snapshot { [store] in
            try FindIntake(store: store).information(id, for: caller, in: $0)
        }
        return .with { $0.information = item.wire(for: caller) }
    }

    func listInformation(
        request: Zhitongche_Project_V1_ListInformationRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListInformationResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let state = try InformationStateName.optional(request.state, field: "state")
        let informationClass = try InformationClass.optional(request.informationClass, field: "information_class")
        let filter = PageToken.hash(
            of: ["information", state?.rawValue ?? "", informationClass?.rawValue ?? "", String(request.open)])
        let page = InformationPage(
            state: state, informationClass: informationClass, isOpen: request.open,
            after: try after(request.pageToken, filter: filter), limit: size + 1)
        let found = try await database.snapshot { [store] in
            try FindIntake(store: store).information(page, for: caller, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.description] }
        return .with {
            $0.information = shown.map { $0.wire(for: caller) }
            $0.nextPageToken = next
        }
    }
}

// Leads (PRJ-2).
extension ProjectRPC {
    func reportLead(
        request: Zhitongche_Project_V1_ReportLeadRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ReportLeadResponse {
        let useCase = ReportLead(
            id: try .fresh(), content: try LeadContent(request.content),
            source: try Collector(request.source, field: "source"),
            unit: try UnitID(request.unitID, field: "unit_id"))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.lead = $1.lead.wire
            $0.duplicateLeadIds = $1.duplicates.map(\.description)
        }
    }

    func recommendLead(
        request: Zhitongche_Project_V1_RecommendLeadRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_RecommendLeadResponse {
        guard (1...16).contains(request.unitIds.count) else { throw Problem.invalid("unit_ids", "must be 1 to 16") }
        let units = try request.unitIds.enumerated().map { try UnitID($1, field: "unit_ids[\($0)]") }
        let useCase = ChangeLead.recommend(
            try LeadID(request.leadID, field: "lead_id"), version: request.version, to: units)
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.lead = $1.wire }
    }

    func takeLead(
        request: Zhitongche_Project_V1_TakeLeadRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_TakeLeadResponse {
        let useCase = ChangeLead.take(
            try LeadID(request.leadID, field: "lead_id"), version: request.version,
            by: try UnitID(request.unitID, field: "unit_id"))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.lead = $1.wire }
    }

    func proposePlacement(
        request: Zhitongche_Project_V1_ProposePlacementRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ProposePlacementResponse {
        let useCase = ChangeLead.propose(
            try LeadID(request.leadID, field: "lead_id"), version: request.version,
            try UnitID(request.unitID, field: "unit_id"), by: request.asOffice ? .office : .promotionOffice)
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.lead = $1.wire }
    }

    func moveLead(
        request: Zhitongche_Project_V1_MoveLeadRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_MoveLeadResponse {
        let useCase = ChangeLead.move(
            try LeadID(request.leadID, field: "lead_id"), version: request.version,
            to: try UnitID(request.unitID, field: "unit_id"), reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.lead = $1.wire }
    }

    func mergeLeads(
        request: Zhitongche_Project_V1_MergeLeadsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_MergeLeadsResponse {
        let useCase = MergeLeads(
            id: try LeadID(request.leadID, field: "lead_id"), version: request.version,
            other: try LeadID(request.otherLeadID, field: "other_lead_id"), otherVersion: request.otherVersion)
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.lead = $1.wire }
    }

    func closeLead(
        request: Zhitongche_Project_V1_CloseLeadRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_CloseLeadResponse {
        let useCase = ChangeLead.close(
            try LeadID(request.leadID, field: "lead_id"), version: request.version,
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.lead = $1.wire }
    }

    func getLead(
        request: Zhitongche_Project_V1_GetLeadRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_GetLeadResponse {
        let caller = try CallContext.caller
        let id = try LeadID(request.leadID, field: "lead_id")
        let lead = try await database.snapshot { [store] in try FindIntake(store: store).lead(id, for: caller, in: $0) }
        return .with { $0.lead = lead.wire }
    }

    func listLeads(
        request: Zhitongche_Project_V1_ListLeadsRequest, context: ServerContext
    ) async throws -> Zhitongche_Project_V1_ListLeadsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let state = try LeadStateName.optional(request.state, field: "state")
        let investor = try text(request.investor, 0...128, field: "investor", isLong: false)
        let key = investor.isEmpty ? nil : Investor.key(of: investor)
        let filter = PageToken.hash(of: ["leads", state?.rawValue ?? "", key ?? ""])
        let page = LeadPage(
            state: state, investorKey: key, after: try after(request.pageToken, filter: filter), limit: size + 1)
        let found = try await database.snapshot { [store] in
            try FindIntake(store: store).leads(page, for: caller, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.description] }
        return .with {
            $0.leads = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }
}
