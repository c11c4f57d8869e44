import NotificationDomain
import Postgres
import ServiceRuntime

/// Hands mails that were written down over to their provider, no faster than it may be (NTF-5, NTF-6).
struct MailSender: Sendable {
    /// The worker's name, for waking it.
    static let worker = "mail-sender"
    /// Mails that are handed over at the same time.
    private static let width = 8

    let database: Database
    let delivery: Delivery
    /// Mails in a second.
    let rate: Int
    /// Pause before a mail whose fate is not known is asked after; it doubles with every try.
    let pause: Duration

    /// Sends until the service stops.
    func run(_ context: WorkerContext) async throws {
        while true {
            let start = ContinuousClock.now
            let isFull = try await sendDue(context)
            guard isFull else {
                try await context.wait(for: .seconds(1))
                continue
            }
            try await Task.sleep(until: start + .seconds(1))
        }
    }

    /// Sends a second's worth of mails; true when there may be more.
    private func sendDue(_ context: WorkerContext) async throws -> Bool {
        let due = try await database.transaction(.consumers, readOnly: true) { [rate] transaction in
            try DeliveryRepository.due(limit: rate, in: transaction)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, mail) in due.enumerated() {
                if number >= Self.width { try await group.next() }
                group.addTask { try await send(mail, context) }
            }
            try await group.waitForAll()
        }
        return due.count == rate
    }

    private func send(_ mail: OutgoingMessage, _ context: WorkerContext) async throws {
        let isWanted = try await database.transaction(.consumers) { transaction in
            try DeliveryRepository.noteTry(mail.key, again: pause, in: transaction)
        }
        guard isWanted else { return }
        switch try await delivery(mail) {
        case .sent, .expired: break
        case .refused(let reason):
            context.logger.warning("a mail was refused", metadata: ["key": "\(mail.key)", "reason": "\(reason)"])
        case .unknown:
            context.logger.warning("whether a mail was taken is not known yet", metadata: ["key": "\(mail.key)"])
        }
    }
}
