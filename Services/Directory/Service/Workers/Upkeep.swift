import DirectoryDomain
import Domain
import Postgres
import ServiceRuntime

/// What the directory does by itself: the first start, names whose day has come, and forgetting what is past its use.
/// One replica does it.
struct Upkeep: Sendable {
    private static let interval = Duration.seconds(30)
    private static let forgetInterval = Duration.seconds(3_600)
    /// Units renamed in one transaction.
    private static let batch = 50

    let firstStart: FirstStart

    var worker: Worker {
        Worker(name: "upkeep", leader: true) { context in
            try await firstStart.run(context.logger)
            var lastForgetting: ContinuousClock.Instant?
            while true {
                while try await announceNames() == Self.batch {}
                try await forgetFailures()
                if lastForgetting.map({ ContinuousClock.now - $0 >= Self.forgetInterval }) ?? true {
                    try await forget()
                    lastForgetting = .now
                }
                try await context.wait(for: Self.interval)
            }
        }
    }

    /// Announces planned names that are due by business time (DIR-3).
    ///
    /// - Returns: How many were announced, at most ``batch``.
    private func announceNames() async throws -> Int {
        let runtime = firstStart.parts.runtime
        return try await runtime.database.transaction(.consumers) { tx in
            let now = try runtime.clock.now(tx)
            let today = try BusinessClock.date(of: now)
            let due = try UnitRepository.withDueName(on: today, limit: Self.batch, tx)
            for id in due {
                guard var unit = try UnitRepository.find(id, tx),
                    let previous = unit.announcePlannedName(today: today)
                else { continue }
                unit = try UnitRepository.save(unit, tx)
                try runtime.outbox.append(
                    contentsOf: try DirectoryEvents.renamed(unit, previous: previous, at: now), in: tx)
            }
            return due.count
        }
    }

    /// Deletes counters of failed logins as long after their last failure as a lock stays closed: known and unknown
    /// logins alike, so that the difference cannot be told. Patient guessing gains nothing by it, since the lock itself
    /// lets more attempts pass in that time; and made-up logins leave no more rows than that time has room for hashes
    /// of passwords.
    private func forgetFailures() async throws {
        let limit = Instant.now - .seconds(LoginGuard.lockSeconds)
        try await firstStart.parts.runtime.database.transaction(.consumers) { tx in
            try LoginGuardRepository.forget(before: limit, tx)
        }
    }

    /// Deletes what can have no effect any more. A day of codes is kept, since guesses are counted over it.
    private func forget() async throws {
        let now = Instant.now
        try await firstStart.parts.runtime.database.transaction(.consumers) { tx in
            try AccountRepository.forgetPending(before: now - .seconds(2 * 86_400), tx)
            try OneTimeCodeRepository.forget(before: now - .seconds(2 * 86_400), tx)
            try SessionRepository.forget(
                openedBefore: now - .seconds(RefreshToken.sessionSeconds + RefreshToken.lifetimeSeconds), tx)
            try SigningKeyRepository.forget(acceptedBefore: now - .seconds(86_400), tx)
        }
    }
}
