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

    /// How long a handing over may take; after that it is given up and its outcome is unknown.
    static let sendTimeout = Duration.seconds(10)
    /// How long after an attempt's last change its handing over is over for certain, whichever replica does it: time to
    /// write down what became of it is added.
    private static let certainty = sendTimeout + .seconds(5)

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
        let (step, found) = try await nextStep(of: order)
        switch step {
        case .send: try tell(await handOver(order))
        case .inquire: try await inquire(order, found)
        case .done: break
        case .tellRefused(let reason): try tell(.refused(reason))
        case .tellExpired: throw Self.expired
        }
        return answer
    }

    /// Claims the attempt, so that of two calls with the same identifier only one hands the message over.
    private func nextStep(of order: Order) async throws -> (DeliveryAttempt.Step, Found?) {
        try await runtime.database.transaction(deadline: CallContext.deadline) { transaction in
            // Attempts are forgotten after their messages expired.
            guard var stored = try DeliveryRepository.lock(order.requestID, in: transaction) else {
                return (.tellExpired, nil)
            }
            let before = stored.attempt
            let step = stored.attempt.proceed(isExpired: stored.expiresAt <= .now)
            // Only a change moves its time, by which a handing over is known to be over.
            if stored.attempt != before {
                try DeliveryRepository.save(stored.attempt, order.requestID, in: transaction)
            }
            return (step, Found(changedAt: stored.changedAt, isOver: stored.age > Self.certainty))
        }
    }

    /// What a call found when it looked at an attempt under way.
    private struct Found: Sendable {
        let changedAt: Instant
        /// Whether no other call can still be handing it over.
        let isOver: Bool
    }

    private func handOver(_ order: Order) async throws -> DeliveryAttempt.Outcome {
        let message = OutgoingMessage(
            key: order.requestID, channel: .sms, address: order.phone,
            text: "【政企直通车】验证码：\(order.code)。请勿告诉他人；如非本人操作，请忽略本短信。", expiresAt: order.expiresAt)
        let outcome: DeliveryAttempt.Outcome
        do {
            outcome = try await send(message)
        } catch {
            runtime.logger.warning("a provider's answer was lost", metadata: ["error": "\(error)"])
            outcome = .unknown
        }
        return try await settle(outcome, order)
    }

    private func send(_ message: OutgoingMessage) async throws -> DeliveryAttempt.Outcome {
        try await withThrowingTaskGroup(of: DeliveryAttempt.Outcome.self) { [provider] group in
            group.addTask { try await provider.send(message) }
            group.addTask {
                try await Task.sleep(for: Self.sendTimeout)
                return .unknown
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .unknown
        }
    }

    private func settle(_ outcome: DeliveryAttempt.Outcome, _ order: Order) async throws -> DeliveryAttempt.Outcome {
        // The caller's deadline does not count here: what the provider did is written down in any case.
        try await runtime.database.transaction { transaction in
            guard var stored = try DeliveryRepository.lock(order.requestID, in: transaction) else { return }
            let before = stored.attempt
            try stored.attempt.settle(outcome)
            if stored.attempt != before {
                try DeliveryRepository.save(stored.attempt, order.requestID, in: transaction)
            }
        }
        return outcome
    }

    /// Asks the provider about a message whose fate is not known; only when it never got it is it handed over again.
    ///
    /// That the provider has not got it counts only when it was asked after the handing over was over, and nobody has
    /// begun another one since: else a second message could follow the first.
    private func inquire(_ order: Order, _ found: Found?) async throws {
        let known: DeliveryAttempt.Outcome?
        do {
            known = try await provider.outcome(of: order.requestID)
        } catch {
            runtime.logger.warning("a provider could not be asked", metadata: ["error": "\(error)"])
            known = .unknown
        }
        if let known { return try tell(try await settle(known, order)) }
        let step = try await runtime.database.transaction(deadline: CallContext.deadline) { transaction in
            guard var stored = try DeliveryRepository.lock(order.requestID, in: transaction) else {
                return DeliveryAttempt.Step.tellExpired
            }
            switch stored.attempt.state {
            case .sending, .unknown:
                guard let found, found.isOver, found.changedAt == stored.changedAt else { return .inquire }
                try stored.attempt.neverArrived()
            // Another call learned in the meantime what became of it.
            case .prepared, .sent, .refused, .expired: break
            }
            let step = stored.attempt.proceed(isExpired: stored.expiresAt <= .now)
            try DeliveryRepository.save(stored.attempt, order.requestID, in: transaction)
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
