import AppealContracts
import AppealDomain
import Domain
import GRPCCore
import ServiceRuntime
import Wire

// Calls of the unit that has a case, and of the office that decides.
extension AppealRPC {
    func takeUpCase(
        request: Zhitongche_Appeal_V1_TakeUpCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_TakeUpCaseResponse {
        let useCase = TakeUpCase()
        return try await change(request, useCase) { $0.case = $1 }
    }

    func askApplicant(
        request: Zhitongche_Appeal_V1_AskApplicantRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_AskApplicantResponse {
        let useCase = AskApplicant(question: try text(request.question, 1...2_000, field: "question"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func supplyInformation(
        request: Zhitongche_Appeal_V1_SupplyInformationRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_SupplyInformationResponse {
        let useCase = SupplyInformation(text: try text(request.text, 1...8_000, field: "text"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func escalateCase(
        request: Zhitongche_Appeal_V1_EscalateCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_EscalateCaseResponse {
        let useCase = EscalateCase(reason: try reason(request.reason))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func decideCase(
        request: Zhitongche_Appeal_V1_DecideCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_DecideCaseResponse {
        let useCase = DecideCase(decision: try text(request.decision, 1...2_000, field: "decision"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func promiseReply(
        request: Zhitongche_Appeal_V1_PromiseReplyRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_PromiseReplyResponse {
        let useCase = PromiseReply(day: try required(request.hasDay ? request.day : nil, field: "day"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func requestExtension(
        request: Zhitongche_Appeal_V1_RequestExtensionRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_RequestExtensionResponse {
        let useCase = RequestExtension(
            days: try number(request.days, 1...365, "days"), reason: try reason(request.reason))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func decideExtension(
        request: Zhitongche_Appeal_V1_DecideExtensionRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_DecideExtensionResponse {
        let useCase = DecideExtension(
            isApproved: request.approved,
            reason: try reason(request.reason, mayBeEmpty: request.approved))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func replyCase(
        request: Zhitongche_Appeal_V1_ReplyCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ReplyCaseResponse {
        let useCase = ReplyCase(text: try text(request.text, 1...8_000, field: "text"))
        return try await change(request, useCase) { $0.case = $1 }
    }

    func resolveCase(
        request: Zhitongche_Appeal_V1_ResolveCaseRequest, context: ServerContext
    ) async throws -> Zhitongche_Appeal_V1_ResolveCaseResponse {
        let useCase = ResolveCase(note: try text(request.note, 0...2_000, field: "note"))
        return try await change(request, useCase) { $0.case = $1 }
    }
}

extension Zhitongche_Appeal_V1_TakeUpCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_AskApplicantRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_SupplyInformationRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_EscalateCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_DecideCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_PromiseReplyRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_RequestExtensionRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_DecideExtensionRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_ReplyCaseRequest: CaseCommandRequest {}
extension Zhitongche_Appeal_V1_ResolveCaseRequest: CaseCommandRequest {}
