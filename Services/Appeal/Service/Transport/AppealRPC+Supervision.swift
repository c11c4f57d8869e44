import AppealContracts
import AppealDomain
import Domain
import GRPCCore
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

// Supervision orders.
extension AppealRPC {
    func issueSupervision(
        request: Zhitongche_Appeal_V1_IssueSupervisionRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_IssueSupervisionResponse {
        guard let ground = try SupervisionGround.optional(request.ground, field: "ground") else {
            throw DomainError("ground", .empty)
        }
        let useCase = IssueSupervision(
            caseID: try CaseID(request.caseID, field: "case_id"), version: request.version, ground: ground,
            demand: try text(request.demand, 1...2_000, "demand"), days: try number(request.days, 1...60, "days"))
        return try await commands.run(request, id: request.requestID, object: "case \(useCase.caseID)") {
            [appeals] command in
            let order = try useCase.run(command, appeals)
            return .with { $0.supervision = order.wire }
        }
    }

    private func step<Request: Message & Sendable, Answer: Message & Sendable>(
        _ request: Request, _ requestID: String, _ id: String, _ version: Int64, _ step: SupervisionStep,
        _ answer: @escaping @Sendable (Zhitongche_Appeal_V1_Supervision) -> Answer
    ) async throws -> Answer {
        let useCase = ChangeSupervision(
            id: try SupervisionID(id, field: "supervision_id"), version: version, step: step)
        return try await commands.run(request, id: requestID, object: "supervision \(useCase.id)") {
            [appeals] command in answer(try useCase.run(command, appeals).wire)
        }
    }

    func putOnSupervisionList(
        request: Zhitongche_Appeal_V1_PutOnSupervisionListRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_PutOnSupervisionListResponse {
        let listing = SupervisionStep.putOnList(
            days: try number(request.days, 1...60, "days"), reason: try reason(request.reason))
        return try await step(request, request.requestID, request.supervisionID, request.version, listing) { order in
            .with { $0.supervision = order }
        }
    }

    func referToAccountability(
        request: Zhitongche_Appeal_V1_ReferToAccountabilityRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ReferToAccountabilityResponse {
        let referral = SupervisionStep.refer(reason: try reason(request.reason))
        return try await step(request, request.requestID, request.supervisionID, request.version, referral) { order in
            .with { $0.supervision = order }
        }
    }

    func answerSupervision(
        request: Zhitongche_Appeal_V1_AnswerSupervisionRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_AnswerSupervisionResponse {
        let answer = SupervisionStep.answer(try text(request.answer, 1...8_000, "answer"))
        return try await step(request, request.requestID, request.supervisionID, request.version, answer) { order in
            .with { $0.supervision = order }
        }
    }

    func returnSupervisionAnswer(
        request: Zhitongche_Appeal_V1_ReturnSupervisionAnswerRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ReturnSupervisionAnswerResponse {
        let back = SupervisionStep.returnAnswer(reason: try reason(request.reason))
        return try await step(request, request.requestID, request.supervisionID, request.version, back) { order in
            .with { $0.supervision = order }
        }
    }

    func closeSupervision(
        request: Zhitongche_Appeal_V1_CloseSupervisionRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_CloseSupervisionResponse {
        try await step(request, request.requestID, request.supervisionID, request.version, .close) { order in
            .with { $0.supervision = order }
        }
    }

    func listSupervisions(
        request: Zhitongche_Appeal_V1_ListSupervisionsRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ListSupervisionsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let level = try SupervisionLevel.optional(request.level, field: "level")
        let state = try SupervisionStateName.optional(request.state, field: "state")
        let unit = try request.unitID.isEmpty ? nil : UnitID(request.unitID, field: "unit_id")
        let caseID = try request.caseID.isEmpty ? nil : CaseID(request.caseID, field: "case_id")
        let filter = PageToken.hash(of: [
            "supervisions", level?.rawValue ?? "", state?.rawValue ?? "", unit?.text ?? "", request.caseID,
        ])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 2).map {
            (issuedAt: try instant($0, 0), id: try SupervisionID($0.key[1], field: "page_token"))
        }
        let listing = SupervisionPage(
            level: level, state: state, unit: unit, caseID: caseID, after: after, limit: size + 1)
        let found = try await query { [appeals] tx in
            try appeals.supervisions.list(
                listing, reach: appeals.sight.reach(of: caller, in: tx), showsListed: caller.kind == .staff, in: tx)
        }
        return .with {
            $0.supervisions = found.prefix(size).map(\.wire)
            if found.count > size {
                let last = found[size - 1].order
                $0.nextPageToken = PageToken.encode(
                    filterHash: filter, key: [String(last.issuedAt.microseconds), last.id.description])
            }
        }
    }
}

// Ratings and what low marks demand.
extension AppealRPC {
    func answerRectification(
        request: Zhitongche_Appeal_V1_AnswerRectificationRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_AnswerRectificationResponse {
        let useCase = ChangeRectification(
            id: try RectificationID(request.rectificationID, field: "rectification_id"), version: request.version,
            step: .answer(try text(request.measures, 1...8_000, "measures")))
        return try await commands.run(request, id: request.requestID, object: "rectification \(useCase.id)") {
            [appeals] command in
            let one = try useCase.run(command, appeals)
            return .with { $0.rectification = one.wire }
        }
    }

    func decideRectification(
        request: Zhitongche_Appeal_V1_DecideRectificationRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_DecideRectificationResponse {
        let why = try text(request.reason, request.accepted ? 0...512 : 1...512, "reason")
        let useCase = ChangeRectification(
            id: try RectificationID(request.rectificationID, field: "rectification_id"), version: request.version,
            step: request.accepted ? .accept : .sendBack(reason: why))
        return try await commands.run(request, id: request.requestID, object: "rectification \(useCase.id)") {
            [appeals] command in
            let one = try useCase.run(command, appeals)
            return .with { $0.rectification = one.wire }
        }
    }

    func listRectifications(
        request: Zhitongche_Appeal_V1_ListRectificationsRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ListRectificationsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let state = try RectificationStateName.optional(request.state, field: "state")
        let unit = try request.unitID.isEmpty ? nil : UnitID(request.unitID, field: "unit_id")
        let filter = PageToken.hash(of: ["rectifications", state?.rawValue ?? "", unit?.text ?? ""])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 2).map {
            (openedAt: try instant($0, 0), id: try RectificationID($0.key[1], field: "page_token"))
        }
        let listing = RectificationPage(state: state, unit: unit, after: after, limit: size + 1)
        let found = try await query { [appeals] tx in
            try appeals.ratings.list(listing, reach: appeals.sight.reach(of: caller, in: tx), in: tx)
        }
        return .with {
            $0.rectifications = found.prefix(size).map(\.wire)
            if found.count > size {
                let last = found[size - 1].one
                $0.nextPageToken = PageToken.encode(
                    filterHash: filter, key: [String(last.openedAt.microseconds), last.id.description])
            }
        }
    }

    func getUnitRatings(
        request: Zhitongche_Appeal_V1_GetUnitRatingsRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_GetUnitRatingsResponse {
        let unit = try UnitID(request.unitID, field: "unit_id")
        try CallContext.caller.require(Action.readRatings, unit: unit.text)
        let days = request.hasRepliedIn ? try Period(request.repliedIn, field: "replied_in") : nil
        let sums = try await query { [appeals] in
            try appeals.ratings.sums(
                of: unit, from: (days?.start).map(BusinessClock.start), until: (days?.end).map(BusinessClock.start),
                in: $0)
        }
        return .with {
            $0.replied = sums.replied
            $0.rated = sums.byMark.reduce(0, +)
            $0.marksSum = sums.byMark.enumerated().reduce(0) { $0 + Int64($1.offset + 1) * $1.element }
            $0.byMark = sums.byMark
            $0.onTime = sums.onTime
        }
    }

    func listRatings(
        request: Zhitongche_Appeal_V1_ListRatingsRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ListRatingsResponse {
        let unit = try UnitID(request.unitID, field: "unit_id")
        try CallContext.caller.require(Action.readRatings, unit: unit.text)
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["ratings", unit.text])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 3).map {
            (
                at: try instant($0, 0), id: try CaseID($0.key[1], field: "page_token"),
                round: try $0.integer(2, in: 1...Int(Int32.max))
            )
        }
        let found = try await query { [appeals] in
            try appeals.ratings.list(of: unit, after: after, limit: size + 1, in: $0)
        }
        return .with {
            $0.ratings = found.prefix(size).map(\.wire)
            if found.count > size {
                let last = found[size - 1]
                $0.nextPageToken = PageToken.encode(
                    filterHash: filter,
                    key: [String(last.rating.at.microseconds), last.caseID.description, String(last.round)])
            }
        }
    }
}
