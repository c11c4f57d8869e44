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
        let ground = try SupervisionGround(request.ground, field: "ground")
        let useCase = IssueSupervision(
            caseID: try CaseID(request.caseID, field: "case_id"), version: request.version, ground: ground,
            demand: try text(request.demand, 1...2_000, field: "demand"),
            days: try number(request.days, 1...60, "days"))
        return try await commands.run(request, id: request.requestID, useCase, appeals) { $0.supervision = $1.wire }
    }

    private func step<Answer: Message & Sendable>(
        _ request: some SupervisionCommandRequest, _ step: SupervisionStep,
        answer: @escaping @Sendable (inout Answer, Zhitongche_Appeal_V1_Supervision) -> Void
    ) async throws -> Answer {
        let useCase = ChangeSupervision(
            id: try SupervisionID(request.supervisionID, field: "supervision_id"), version: request.version, step: step)
        return try await commands.run(request, id: request.requestID, useCase, appeals) { answer(&$0, $1.wire) }
    }

    func putOnSupervisionList(
        request: Zhitongche_Appeal_V1_PutOnSupervisionListRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_PutOnSupervisionListResponse {
        let listing = SupervisionStep.putOnList(
            days: try number(request.days, 1...60, "days"), reason: try reason(request.reason))
        return try await step(request, listing) { $0.supervision = $1 }
    }

    func referToAccountability(
        request: Zhitongche_Appeal_V1_ReferToAccountabilityRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ReferToAccountabilityResponse {
        let referral = SupervisionStep.refer(reason: try reason(request.reason))
        return try await step(request, referral) { $0.supervision = $1 }
    }

    func answerSupervision(
        request: Zhitongche_Appeal_V1_AnswerSupervisionRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_AnswerSupervisionResponse {
        let answer = SupervisionStep.answer(try text(request.answer, 1...8_000, field: "answer"))
        return try await step(request, answer) { $0.supervision = $1 }
    }

    func returnSupervisionAnswer(
        request: Zhitongche_Appeal_V1_ReturnSupervisionAnswerRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ReturnSupervisionAnswerResponse {
        let back = SupervisionStep.returnAnswer(reason: try reason(request.reason))
        return try await step(request, back) { $0.supervision = $1 }
    }

    func closeSupervision(
        request: Zhitongche_Appeal_V1_CloseSupervisionRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_CloseSupervisionResponse {
        try await step(request, .close) { $0.supervision = $1 }
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
            (issuedAt: try $0.instant(0), id: try SupervisionID($0.key[1], field: "page_token"))
        }
        let listing = SupervisionPage(
            level: level, state: state, unit: unit, caseID: caseID, after: after, limit: size + 1)
        let found = try await database.snapshot { [appeals] tx in
            try appeals.supervisions.list(
                listing, reach: appeals.sight.reach(of: caller, in: tx), showsListed: caller.kind == .staff, in: tx)
        }
        let (shown, next) = paged(found, size: size, filter: filter) {
            [String($0.order.issuedAt.microseconds), $0.order.id.description]
        }
        return .with {
            $0.supervisions = shown.map(\.wire)
            $0.nextPageToken = next
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
            step: .answer(try text(request.measures, 1...8_000, field: "measures")))
        return try await commands.run(request, id: request.requestID, useCase, appeals) { $0.rectification = $1.wire }
    }

    func decideRectification(
        request: Zhitongche_Appeal_V1_DecideRectificationRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_DecideRectificationResponse {
        let why = try reason(request.reason, mayBeEmpty: request.accepted)
        let useCase = ChangeRectification(
            id: try RectificationID(request.rectificationID, field: "rectification_id"), version: request.version,
            step: request.accepted ? .accept : .sendBack(reason: why))
        return try await commands.run(request, id: request.requestID, useCase, appeals) { $0.rectification = $1.wire }
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
            (openedAt: try $0.instant(0), id: try RectificationID($0.key[1], field: "page_token"))
        }
        let listing = RectificationPage(state: state, unit: unit, after: after, limit: size + 1)
        let found = try await database.snapshot { [appeals] tx in
            try appeals.ratings.list(listing, reach: appeals.sight.reach(of: caller, in: tx), in: tx)
        }
        let (shown, next) = paged(found, size: size, filter: filter) {
            [String($0.one.openedAt.microseconds), $0.one.id.description]
        }
        return .with {
            $0.rectifications = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func getUnitRatings(
        request: Zhitongche_Appeal_V1_GetUnitRatingsRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_GetUnitRatingsResponse {
        let unit = try UnitID(request.unitID, field: "unit_id")
        try CallContext.caller.require(Action.readRatings, unit: unit.text)
        let days = request.hasRepliedIn ? try Period(request.repliedIn, field: "replied_in") : nil
        let sums = try await database.snapshot { [appeals] in
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
                at: try $0.instant(0), id: try CaseID($0.key[1], field: "page_token"),
                round: try $0.integer(2, in: 1...Int(Int32.max))
            )
        }
        let found = try await database.snapshot { [appeals] in
            try appeals.ratings.list(of: unit, after: after, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) {
            [String($0.rating.at.microseconds), $0.caseID.description, String($0.round)]
        }
        return .with {
            $0.ratings = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }
}

extension Zhitongche_Appeal_V1_IssueSupervisionRequest: CaseCommandRequest {}

/// What every command on one supervision order carries.
private protocol SupervisionCommandRequest: Message, Sendable {
    var requestID: String { get }
    var supervisionID: String { get }
    var version: Int64 { get }
}

extension Zhitongche_Appeal_V1_PutOnSupervisionListRequest: SupervisionCommandRequest {}
extension Zhitongche_Appeal_V1_ReferToAccountabilityRequest: SupervisionCommandRequest {}
extension Zhitongche_Appeal_V1_AnswerSupervisionRequest: SupervisionCommandRequest {}
extension Zhitongche_Appeal_V1_ReturnSupervisionAnswerRequest: SupervisionCommandRequest {}
extension Zhitongche_Appeal_V1_CloseSupervisionRequest: SupervisionCommandRequest {}
