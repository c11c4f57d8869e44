import AppealContracts
import AppealDomain
import Domain
import GRPCCore
import ServiceRuntime

// Calls of the applicant after the reply.
extension AppealRPC {
    func rateCase(
        request: Zhitongche_Appeal_V1_RateCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_RateCaseResponse {
        let useCase = RateCase(
            mark: try number(request.mark, 1...5, "mark"), words: try text(request.words, 0...1_000, field: "words"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func reopenCase(
        request: Zhitongche_Appeal_V1_ReopenCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ReopenCaseResponse {
        let useCase = ReopenCase(reason: try reason(request.reason))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func withdrawCase(
        request: Zhitongche_Appeal_V1_WithdrawCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_WithdrawCaseResponse {
        let useCase = WithdrawCase(reason: try reason(request.reason))
        return try await change(request, useCase) { $0.case = $1 }
    }
}

extension Zhitongche_Appeal_V1_RateCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_ReopenCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_WithdrawCaseRequest: CaseCommandRequest {}
