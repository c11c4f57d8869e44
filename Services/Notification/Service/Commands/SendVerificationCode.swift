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
    let delivery: Delivery

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
        let message = OutgoingMessage(
            key: order.requestID, channel: .sms, address: order.phone,
            text: "【政企直通车】验证码：\(order.code)。请勿告诉他人；如非本人操作，请忽略本短信。", expiresAt: order.expiresAt)
        switch try await delivery(message, deadline: CallContext.deadline) {
        case .sent: return answer
        case .refused(let reason):
            throw Problem.illegalState(zh: "短信通道拒绝发送验证码", en: "the provider refused the message: \(reason)")
        case .unknown:
            throw Problem.unavailable(
                "whether the code was sent is not known; repeat with the same request_id", zh: "验证码发送结果未知，请稍后重试")
        case .expired: throw Self.expired
        }
    }

    private static let expired = Problem.illegalState(
        zh: "验证码已过期，未发送", en: "the code's validity has passed; it was not sent", reason: .codeInvalid)
}
