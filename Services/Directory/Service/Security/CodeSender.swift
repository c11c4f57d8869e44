import DirectoryDomain
import GRPCCore
import Logging
import NotificationContracts
import Postgres
import ServiceRuntime
import SwiftProtobuf

/// Hands one-time codes to the notification service, which sends them (DIR-5).
struct CodeSender: Sendable {
    /// A code on its way.
    struct Delivery: Sendable {
        /// Identifier of the code; by it the provider recognises a repetition.
        let id: String
        let phone: Phone
        let expiresAt: RealTime
    }

    /// Codes that wait at most; beyond that the newest are dropped, and their owners ask again.
    private static let queueLength = 256

    private let runtime: Runtime
    private let vault: DataVault
    private let keys: SigningKeys
    private let waiting: AsyncStream<Delivery>
    private let queue: AsyncStream<Delivery>.Continuation

    init(runtime: Runtime, vault: DataVault, keys: SigningKeys) {
        self.runtime = runtime
        self.vault = vault
        self.keys = keys
        (waiting, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueLength))
    }

    /// Hands a code over and waits for the answer.
    ///
    /// - Throws: ``Problem`` UNAVAILABLE when the notification service does not take it.
    func send(_ delivery: Delivery) async throws {
        let client = Zhitongche_Notification_V1_NotificationService.Client(
            wrapping: runtime.channel(to: "notification").client)
        let request = Zhitongche_Notification_V1_SendVerificationCodeRequest.with {
            $0.requestID = delivery.id
            $0.phone = delivery.phone.digits
            $0.code = vault.oneTimeCode(of: delivery.id)
            $0.expiresAt = Google_Protobuf_Timestamp(delivery.expiresAt.instant)
        }
        let token = try await ownToken()
        do {
            _ = try await client.sendVerificationCode(request, metadata: ["authorization": "Bearer \(token)"])
        } catch let error as RPCError {
            runtime.logger.warning(
                "a one-time code could not be handed over", metadata: ["code": "\(error.code)", "id": "\(delivery.id)"])
            throw Problem.unavailable("the code could not be sent; repeat with the same request identifier")
        }
    }

    /// Hands a code over in the background, so that the time of the answer does not tell whether there was one.
    func sendLater(_ delivery: Delivery) { queue.yield(delivery) }

    /// Works the background queue off.
    var worker: Worker {
        Worker(name: "code-sender", leader: false) { context in
            for await delivery in waiting where RealTime.now < delivery.expiresAt {
                do {
                    try await send(delivery)
                } catch {
                    context.logger.warning("a login code was not sent", metadata: ["id": "\(delivery.id)"])
                }
            }
        }
    }

    /// The directory signs its own token, since asking itself over the network would prove nothing more.
    private func ownToken() async throws -> String {
        let now = RealTime.now
        let (account, key) = try await runtime.database.transaction(.calls, readOnly: true) { [keys] tx in
            (try AccountRepository.find(login: "directory", tx)?.account.id, try keys.current(at: now, tx))
        }
        guard let account else { throw Problem.unavailable("the directory's own account has not been made yet") }
        return try await keys.sign(
            TokenClaims(
                account: account, kind: .service, service: "directory", identifier: newID(), now: now.instant,
                lifetime: .seconds(60)), by: key)
    }
}
