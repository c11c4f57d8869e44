import Foundation
import Messaging
import NotificationDomain
import Postgres
import ServiceRuntime

/// Makes the notices that rules want about a case, a project or a result: replies and questions to the applicant;
/// reminders, orders, lights and standings to the posts of units (NTF-3, NTF-7).
struct OnDirectEvent: Sendable {
    /// The message in the domain's words.
    struct Happening: Sendable {
        let event: NotifiableEvent
        /// What it tells.
        let facts: DirectFacts
        /// Whom it is for.
        let addressees: [Addressee]
    }

    let outbox: Outbox
    let clock: BusinessClock
    /// Called after a commit that made a notice, so that open streams hear of it at once.
    let announce: @Sendable () -> Void

    func callAsFunction(_ happening: Happening, in transaction: Transaction) throws {
        guard !happening.addressees.isEmpty else { return }
        let now = try clock.now(transaction)
        for rule in try RuleRepository.fillingInbox(of: happening.event, in: transaction) {
            for addressee in happening.addressees {
                let stored = StoredDirectNotice(
                    notice: DirectNotice(id: newID(), by: rule, to: addressee, facts: happening.facts), visibleAt: now)
                try DirectNoticeRepository.insert(stored, in: transaction)
                try outbox.append(try NoticeEvents.published(stored, at: now), in: transaction)
                transaction.afterCommit(announce)
            }
        }
    }
}
