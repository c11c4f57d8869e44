import Foundation
import Messaging
import NotificationDomain
import Postgres
import ServiceRuntime

/// What the subscriptions to audiences share: making notices, and telling of them.
struct AudienceNotices: Sendable {
    let outbox: Outbox
    let clock: BusinessClock
    /// Called after a commit that made a notice, so that open streams hear of it, and mails of it go out, at once.
    let announce: @Sendable () -> Void
    /// Turns a notice into the event that tells of it.
    let published: @Sendable (_ notice: StoredNotice, _ seq: Int64, _ time: Instant) throws -> OutgoingEvent
    /// Turns a notice that has ended into the event that tells of it.
    let ended: @Sendable (_ notice: StoredNotice, _ seq: Int64, _ time: Instant) throws -> OutgoingEvent

    /// Adds the notice that a rule makes, for its addressees, and tells of it.
    func publish(
        by rule: Rule, pointID: String, generation: Audience.Generation, addressees: OrdinalSet,
        in transaction: Transaction
    ) throws {
        let now = try clock.now(transaction)
        let stored = StoredNotice(
            notice: Notice(
                id: newID(), by: rule, pointID: pointID, revision: generation.revision, subject: generation.title,
                recipients: Int64(addressees.count)), visibleAt: now)
        try NoticeRepository.insert(stored, addressees: addressees, in: transaction)
        if rule.isMailed { try MailRepository.begin(try UUID(known: stored.notice.id), in: transaction) }
        try outbox.append(try published(stored, 1, now), in: transaction)
        transaction.afterCommit(announce)
    }

    /// Tells how many can read a notice now.
    func refresh(_ stored: StoredNotice, in transaction: Transaction) throws {
        try NoticeRepository.save(stored.notice, in: transaction)
        let seq = try NoticeRepository.nextSeq(of: try UUID(known: stored.notice.id), in: transaction)
        try outbox.append(try published(stored, seq, try clock.now(transaction)), in: transaction)
    }

    /// Ends a notice and tells of it, unless it had ended.
    ///
    /// - Returns: false when it had ended.
    func end(_ stored: StoredNotice, in transaction: Transaction) throws -> Bool {
        var stored = stored
        guard stored.notice.end() else { return false }
        try NoticeRepository.save(stored.notice, in: transaction)
        let seq = try NoticeRepository.nextSeq(of: try UUID(known: stored.notice.id), in: transaction)
        try outbox.append(try ended(stored, seq, try clock.now(transaction)), in: transaction)
        return true
    }
}
