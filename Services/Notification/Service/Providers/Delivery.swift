import Logging
import NotificationDomain
import Postgres

/// Hands a message that was written down over to its provider: once, and never blindly a second time (NTF-6, rule 13).
struct Delivery: Sendable {
    /// What became of an attempt.
    enum Ending: Sendable {
        case sent
        case refused(String)
        /// Whether the provider took it is not known; asking again later may tell.
        case unknown
        case expired
    }

    /// How long a handing over may take; after that it is given up and its outcome is unknown.
    static let sendTimeout = Duration.seconds(10)
    /// How long after an attempt's last change its handing over is over for certain, whichever replica does it: time to
    /// write down what became of it is added.
    static let certainty = sendTimeout + .seconds(5)

    let database: Database
    let provider: any MessageProvider
    let logger: Logger

    /// Brings the attempt of a message's key as far as it can be brought now.
    ///
    /// - Parameter deadline: bounds the reading; what the provider did is written down in any case.
    func callAsFunction(_ message: OutgoingMessage, deadline: ContinuousClock.Instant? = nil) async throws -> Ending {
        let (step, found) = try await nextStep(of: message, deadline)
        switch step {
        case .send: return try await ending(handOver(message))
        case .inquire: return try await inquire(message, found, deadline)
        case .done: return .sent
        case .tellRefused(let reason): return .refused(reason)
        case .tellExpired: return .expired
        }
    }

    private func ending(_ outcome: DeliveryAttempt.Outcome) -> Ending {
        switch outcome {
        case .sent: .sent
        case .refused(let reason): .refused(reason)
        case .unknown: .unknown
        }
    }

    /// What a call found when it looked at an attempt under way.
    private struct Found: Sendable {
        let changedAt: Instant
        /// Whether no other call can still be handing it over.
        let isOver: Bool
    }

    /// Claims the attempt, so that of two calls with the same key only one hands the message over.
    private func nextStep(
        of message: OutgoingMessage, _ deadline: ContinuousClock.Instant?
    ) async throws -> (DeliveryAttempt.Step, Found?) {
        try await database.transaction(deadline: deadline) { transaction in
            // Attempts are forgotten after their messages expired, or withdrawn before they were handed over.
            guard var stored = try DeliveryRepository.lock(message.key, in: transaction) else {
                return (.tellExpired, nil)
            }
            let before = stored.attempt
            let step = stored.attempt.proceed(isExpired: stored.expiresAt <= .now)
            // Only a change moves its time, by which a handing over is known to be over.
            if stored.attempt != before {
                try DeliveryRepository.save(stored.attempt, message.key, in: transaction)
            }
            return (step, Found(changedAt: stored.changedAt, isOver: stored.age > Self.certainty))
        }
    }

    private func handOver(_ message: OutgoingMessage) async throws -> DeliveryAttempt.Outcome {
        let outcome: DeliveryAttempt.Outcome
        do {
            outcome = try await send(message)
        } catch {
            logger.warning("a provider's answer was lost", metadata: ["error": "\(error)"])
            outcome = .unknown
        }
        return try await settle(outcome, message.key)
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

    private func settle(_ outcome: DeliveryAttempt.Outcome, _ key: String) async throws -> DeliveryAttempt.Outcome {
        // The caller's deadline does not count here: what the provider did is written down in any case.
        try await database.transaction { transaction in
            guard var stored = try DeliveryRepository.lock(key, in: transaction) else { return }
            let before = stored.attempt
            try stored.attempt.settle(outcome)
            if stored.attempt != before { try DeliveryRepository.save(stored.attempt, key, in: transaction) }
        }
        return outcome
    }

    /// Asks the provider about a message whose fate is not known; only when it never got it is it handed over again.
    ///
    /// That the provider has not got it counts only when it was asked after the handing over was over, and nobody has
    /// begun another one since: else a second message could follow the first.
    private func inquire(
        _ message: OutgoingMessage, _ found: Found?, _ deadline: ContinuousClock.Instant?
    ) async throws -> Ending {
        let known: DeliveryAttempt.Outcome?
        do {
            known = try await provider.outcome(of: message.key)
        } catch {
            logger.warning("a provider could not be asked", metadata: ["error": "\(error)"])
            known = .unknown
        }
        if let known { return ending(try await settle(known, message.key)) }
        let step = try await database.transaction(deadline: deadline) { transaction in
            guard var stored = try DeliveryRepository.lock(message.key, in: transaction) else {
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
            try DeliveryRepository.save(stored.attempt, message.key, in: transaction)
            return step
        }
        switch step {
        case .send: return ending(try await handOver(message))
        case .inquire: return .unknown
        case .done: return .sent
        case .tellRefused(let reason): return .refused(reason)
        case .tellExpired: return .expired
        }
    }
}
