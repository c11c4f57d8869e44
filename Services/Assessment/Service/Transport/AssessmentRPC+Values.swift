import AssessmentContracts
import AssessmentDomain
import Domain
import GRPCCore
import ServiceRuntime

extension AssessmentRPC {
    func reportValue(
        request: Zhitongche_Assessment_V1_ReportValueRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ReportValueResponse {
        let useCase = ReportValue(
            id: try .fresh(), indicator: try IndicatorID(request.indicatorID, field: "indicator_id"),
            unit: try UnitID(request.unitID, field: "unit_id"),
            period: try AssessmentPeriod(request.hasPeriod ? request.period : nil),
            value: try FixedNumber(request.hasValue ? request.value : nil, field: "value"))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.value = $1.wire(withEntries: true)
        }
    }

    func reviseValue(
        request: Zhitongche_Assessment_V1_ReviseValueRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ReviseValueResponse {
        let useCase = ReviseValue(
            id: try ValueID(request.valueID, field: "value_id"), version: request.version,
            value: try FixedNumber(request.hasValue ? request.value : nil, field: "value"),
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.value = $1.wire(withEntries: true)
        }
    }

    func verifyValue(
        request: Zhitongche_Assessment_V1_VerifyValueRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_VerifyValueResponse {
        let useCase = VerifyValue(
            id: try ValueID(request.valueID, field: "value_id"), version: request.version,
            value: try FixedNumber(request.hasValue ? request.value : nil, field: "value"),
            reason: try reason(request.reason, mayBeEmpty: true))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.value = $1.wire(withEntries: true)
        }
    }

    func reopenValue(
        request: Zhitongche_Assessment_V1_ReopenValueRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ReopenValueResponse {
        let useCase = ReopenValue(
            id: try ValueID(request.valueID, field: "value_id"), version: request.version,
            reason: try reason(request.reason))
        return try await commands.run(request, id: request.requestID, useCase, store) {
            $0.value = $1.wire(withEntries: true)
        }
    }

    func getValue(
        request: Zhitongche_Assessment_V1_GetValueRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_GetValueResponse {
        let caller = try CallContext.caller
        let id = try ValueID(request.valueID, field: "value_id")
        let value = try await database.snapshot { [store] in try store.value(id, version: nil, in: $0) }
        try caller.require(Action.readValue, unit: value.unit.text)
        return .with { $0.value = value.wire(withEntries: true) }
    }

    func listValues(
        request: Zhitongche_Assessment_V1_ListValuesRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_ListValuesResponse {
        let caller = try CallContext.caller
        let indicator = try IndicatorID(request.indicatorID, field: "indicator_id")
        let period = try AssessmentPeriod(request.hasPeriod ? request.period : nil)
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["values", indicator.text, period.description])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1).map {
            try UnitID($0.key[0], field: "page_token")
        }
        let found = try await database.snapshot { [store] in
            try store.values.list(indicator, period, after: after, limit: size + 1, in: $0)
        }
        // A page may hold fewer entries than it looked at: those outside the caller's scope are left out.
        let (shown, next) = paged(found, size: size, filter: filter) { [$0.unit.text] }
        return .with {
            $0.values = shown.filter { caller.may(Action.readValue, unit: $0.unit.text) }.map {
                $0.wire(withEntries: false)
            }
            $0.nextPageToken = next
        }
    }

    func getDerivedValue(
        request: Zhitongche_Assessment_V1_GetDerivedValueRequest, context: ServerContext
    ) async throws -> Zhitongche_Assessment_V1_GetDerivedValueResponse {
        let caller = try CallContext.caller
        let unit = try UnitID(request.unitID, field: "unit_id")
        try caller.require(Action.readValue, unit: unit.text)
        let id = try IndicatorID(request.indicatorID, field: "indicator_id")
        let period = try AssessmentPeriod(request.hasPeriod ? request.period : nil)
        let derived = try await database.snapshot { [store, clock] tx in
            let indicator = try store.indicator(id, in: tx)
            guard let derivation = indicator.source.derivation else {
                throw Problem.invalid("indicator_id", "is reported only")
            }
            let figures = try store.reader.figures(derivation, period, today: try clock.today(tx), in: tx)
            let figure = figures[unit] ?? DerivedFigure()
            return figure.wire(derivation, value: derivation.value(of: figure, for: indicator))
        }
        return .with { $0.derived = derived }
    }
}
