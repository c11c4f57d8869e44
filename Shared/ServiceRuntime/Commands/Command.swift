import Domain
import Messaging
import Postgres

/// What a command's body works with: one transaction, one caller, one point in business time.
public struct Command {
    /// The transaction; state, events, audit and the kept answer commit together.
    public let tx: Transaction
    /// Who commands.
    public let caller: Caller
    /// Business time of the command.
    public let now: Instant
    /// The date of `now` in Asia/Shanghai.
    public let today: CivilDate

    /// The account of who commands.
    public var account: AccountID { AccountID(caller.accountID) }
    /// `now` as the domain takes it.
    public var time: BusinessTime { BusinessTime(now) }

    let outbox: Outbox
    let audit: AuditLog
    let call: CallContext.Values

    /// Publishes an event when the transaction commits.
    public func emit(_ event: OutgoingEvent) throws { try outbox.append(event, in: tx) }

    /// Publishes many events when the transaction commits.
    public func emit(contentsOf events: [OutgoingEvent]) throws { try outbox.append(contentsOf: events, in: tx) }

    /// Adds an audit row besides the command's own, for each further object that it touches. No personal data.
    public func audit(object: String, detail: String = "") {
        audit.append(
            call: call, outcome: .done, object: object, detail: detail, businessTime: now, in: tx)
    }
}
