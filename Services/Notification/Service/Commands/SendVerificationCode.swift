import NotificationDomain
import NotificationContracts
import Postgres
import ServiceRuntime

/// Sends a one-time code to a phone: written down first, handed over once, never repeated blindly (NTF-2, NTF-6).
struct SendVerificationCode: Sendable {
    /// What is to be sent.
    struct Order: Sendable {
        let requestID: String
        let phone: String
        let code: String
        /// Real time.
        let expiresAt: Instant
    }

    let runtime: Runtime
    let provider: any MessageProvider

    func callAsFunction(
        _ order: Order, request: Zhitongche_Notification_V1_SendVerificationCodeRequest
    ) async throws -> Zhitongche_Notification_V1_SendVerificationCodeResponse {
        let answer = try await runtime.commands.run(
            request, id: order.requestID, object: "delivery:\(order.requestID)"
        ) { command in
            try DeliveryRepository.prepare(
                order.requestID, channel: .sms, address: order.phone, expiresAt: order.expiresAt, in: command.tx)
            return Zhitongche_Notification_V1_SendVerificationCodeResponse()
        }
        switch try await nextStep(of: order) {
        case .send: try tell(await handOver(order))
        case .inquire: try await inquire(order)
        case .done: break
        case .tellRefused(let reason): try tell(.refused(reason))
        case .tellExpired: throw Self.expired
        }
        return answer
    }

    /// Claims the attempt, so that of two calls with the same identifier only one hands the message over.
    private func nextStep(of order: Order) async throws -> DeliveryAttempt.Step {
        try await runtime.database.transaction(deadline: CallContext.deadline) { transaction in
            var (attempt, expiresAt) = try DeliveryRepository.lock(order.requestID, in: transaction)
            let step = attempt.proceed(isExpired: expiresAt <= .now)
            try DeliveryRepository.save(attempt, order.requestID, in: transaction)
            return step
        }
    }

    private func handOver(_ order: Order) async throws -> DeliveryAttempt.Outcome {
        let message = OutgoingMessage(
            key: order.requestID, channel: .sms, address: order.phone,
            text: "【政企直通车】验证码：\(order.code)。请勿告诉他人；如非本人操作，请忽略本短信。")
        let outcome: DeliveryAttempt.Outcome
        do {
            outcome = try await provider.send(message)
        } catch {
            runtime.logger.warning("a provider's answer was lost", metadata: ["error": "\(error)"])
            outcome = .unknown
        }
        return try await settle(outcome, order)
    }

    private func settle(_ outcome: DeliveryAttempt.Outcome, _ order: Order) async throws -> DeliveryAttempt.Outcome {
        // The caller's deadline does not count here: what the provider did is written down in any case.
        try await runtime.database.transaction { transaction in
            var (attempt, _) = try DeliveryRepository.lock(order.requestID, in: transaction)
            try attempt.settle(outcome)
            try DeliveryRepository.save(attempt, order.requestID, in: transaction)
        }
        return outcome
    }

    /// Asks the provider about a message whose fate is not known; only when it never got it is it handed over again.
    private func inquire(_ order: Order) async throws {
        let known: DeliveryAttempt.Outcome?
        do {
            known = try await provider.outcome(of: order.requestID)
        } catch {
            runtime.logger.warning("a provider could not be asked", metadata: ["error": "\(error)"])
            known = .unknown
        }
        if let known { return try tell(try await settle(known, order)) }
        let step = try await runtime.database.transaction(deadline: CallContext.deadline) { transaction in
            var (attempt, expiresAt) = try DeliveryRepository.lock(order.requestID, in: transaction)
            switch attempt.state {
            case .sending, .unknown: try attempt.neverArrived()
            // Another call learned in the meantime what became of it.
            case .prepared, .sent, .refused, .expired: break
            }
            let step = attempt.proceed(isExpired: expiresAt <= .now)
            try DeliveryRepository.save(attempt, order.requestID, in: transaction)
            return step
        }
        switch step {
        case .send: try tell(await handOver(order))
        case .inquire: try tell(.unknown)
        case .done: break
        case .tellRefused(let reason): try tell(.refused(reason))
        case .tellExpired: throw Self.expired
        }
    }

    private func tell(_ outcome: DeliveryAttempt.Outcome) throws {
        switch outcome {
        case .sent: break
        case .refused(let reason):
            throw Problem.illegalState(zh: "短信通道拒绝发送验证码", en: "the provider refused the message: \(reason)")
        case .unknown:
            throw Problem.unavailable(
                "whether the code was sent is not known; repeat with the same request_id", zh: "验证码发送结果未知，请稍后重试")
        }
    }

    private static let expired = Problem.illegalState(
        zh: "验证码已过期，未发送", en: "the code's validity has passed; it was not sent", reason: .codeInvalid)
}
