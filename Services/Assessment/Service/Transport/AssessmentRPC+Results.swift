import AssessmentContracts
import AssessmentDomain
import Domain
import Foundation
import GRPCCore
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

extension AssessmentRPC {
    func computeResult(
        request: Zhitongche_Assessment_V1_ComputeResultRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ComputeResultResponse {
        let useCase = ComputeResult(
            id: try .fresh(), tier: try Tier(request.tier, field: "tier"),
            period: try AssessmentPeriod(request.hasPeriod ? request.period : nil))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.result = $1.wire }
    }

    func publishResult(
        request: Zhitongche_Assessment_V1_PublishResultRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_PublishResultResponse {
        let useCase = PublishResult(
            id: try ResultID(request.resultID, field: "result_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.result = $1.wire }
    }

    func discardResult(
        request: Zhitongche_Assessment_V1_DiscardResultRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_DiscardResultResponse {
        let useCase = DiscardResult(
            id: try ResultID(request.resultID, field: "result_id"), version: request.version)
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.result = $1.wire }
    }

    func recomputeResult(
        request: Zhitongche_Assessment_V1_RecomputeResultRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_RecomputeResultResponse {
        let useCase = RecomputeResult(
            id: try ResultID(request.resultID, field: "result_id"), changes: Evidence.changes)
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.inputsEqual = $1.inputsEqual
            $0.scoresEqual = $1.scoresEqual
            $0.inputsDigest = Data($1.inputsDigest)
            $0.scoresDigest = Data($1.scoresDigest)
            $0.restored = Int32(clamping: $1.restored)
            $0.events = $1.events
        }
    }

    func getResult(
        request: Zhitongche_Assessment_V1_GetResultRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_GetResultResponse {
        let caller = try CallContext.caller
        let id = try ResultID(request.resultID, field: "result_id")
        let result = try await database.snapshot { [store] in try visible(store.result(id, in: $0), to: caller) }
        return .with { $0.result = result.wire }
    }

    func listResults(
        request: Zhitongche_Assessment_V1_ListResultsRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListResultsResponse {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let tier = try Tier.optional(request.tier, field: "tier")
        var state = try ResultState.optional(request.state, field: "state")
        if state == nil, caller.scope(of: Action.computeResult) == nil { state = .published }
        if state != .published { try caller.require(Action.computeResult) }
        let filter = PageToken.hash(of: ["results", tier?.rawValue ?? "", state?.rawValue ?? ""])
        let before = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try ResultID($0.key[0], field: "page_token")
        }
        let found = try await database.snapshot { [store, state] in
            try store.results.list(tier: tier, state: state, before: before, limit: size + 1, in: $0)
        }
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.id.description] }
        return .with {
            $0.results = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func listScores(
        request: Zhitongche_Assessment_V1_ListScoresRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListScoresResponse {
        let caller = try CallContext.caller
        let id = try ResultID(request.resultID, field: "result_id")
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["scores", id.description])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try $0.integer(0, in: 1...Int(Int32.max))
        }
        let withNodes = request.withNodes
        let found = try await database.snapshot { [store] tx in
            let result = try visible(store.result(id, in: tx), to: caller)
            let scores = try store.results.scores(of: id, after: after ?? 0, limit: size + 1, in: tx)
            let codes =
                withNodes
                ? try store.scheme(result.scheme, revision: result.schemeRevision, in: tx).revision.content.nodes
                    .map(\.code) : nil
            return (scores: scores, codes: codes)
        }
        // Places are numbered without gaps from 1.
        let (shown, next) = paged(found.scores, size: size, filter: filter) { _ in [String((after ?? 0) + size)] }
        return .with {
            $0.scores = shown.map { $0.wire(codes: found.codes) }
            $0.nextPageToken = next
        }
    }

    func traceScore(
        request: Zhitongche_Assessment_V1_TraceScoreRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_TraceScoreResponse {
        let caller = try CallContext.caller
        let id = try ResultID(request.resultID, field: "result_id")
        let unit = try UnitID(request.unitID, field: "unit_id")
        let code = try NodeCode(request.code, field: "code")
        try caller.require(Action.traceResult, unit: unit.text)
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["trace", id.description, unit.text, code.text])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 3).map {
            (
                day: try CivilDate(dayNumber: try $0.integer(0, in: 0...2_932_896)), source: $0.key[1], id: $0.key[2]
            )
        }
        let useCase = TraceScore(id: id, unit: unit, code: code, after: after, limit: size + 1)
        let trace = try await database.snapshot { [store] tx in
            _ = try visible(store.result(id, in: tx), to: caller)
            return try useCase.run(store, in: tx)
        }
        let (shown, next) = paged(trace.events, size: size, filter: filter) {
            [String($0.contribution.on.dayNumber), $0.source, $0.eventID]
        }
        return .with {
            $0.node = trace.node.wire(code: code)
            $0.input = trace.input.wire
            $0.arithmetic = trace.arithmetic
            if let (figure, derivation) = trace.figure {
                $0.derived = figure.wire(derivation, value: trace.input.value.map { FixedNumber(millionths: $0) })
            }
            $0.events = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }

    func getConsumedEvent(
        request: Zhitongche_Assessment_V1_GetConsumedEventRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_GetConsumedEventResponse {
        let caller = try CallContext.caller
        let (source, id) = (request.eventSource, request.eventID)
        guard (1...256).contains(source.utf8.count) else {
            throw Problem.invalid("event_source", "must have 1 to 256 bytes")
        }
        guard (1...256).contains(id.utf8.count) else { throw Problem.invalid("event_id", "must have 1 to 256 bytes") }
        // The bytes tell of enterprises and other units, so nothing less than the whole scope is enough.
        guard caller.scope(of: Action.traceResult) == .all else {
            throw Problem.denied(
                "only a scope of all units may read events as they came", zh: "该对象不在您的权限范围内", reason: .scopeDenied)
        }
        let event = try await database.snapshot { [store] in try store.events.find(source: source, id: id, in: $0) }
        guard let event else { throw Problem.notFound("event \(id)") }
        return .with {
            $0.topic = event.topic
            $0.eventType = event.type
            $0.subject = event.subject
            $0.payload = Data(event.payload)
            $0.place = event.place
            $0.at = Google_Protobuf_Timestamp(event.at)
        }
    }

    /// Results that are not published are seen by those who compute and publish them.
    func visible(_ result: AssessmentResult, to caller: Caller) throws -> AssessmentResult {
        switch result.state {
        case .published: break
        case .draft, .discarded:
            guard caller.scope(of: Action.computeResult) != nil || caller.scope(of: Action.publishResult) != nil else {
                throw Problem.notFound("result \(result.id)")
            }
        }
        return result
    }
}
