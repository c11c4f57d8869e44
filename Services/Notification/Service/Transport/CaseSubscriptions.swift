import AppealContracts
import Domain
import Foundation
import Messaging
import NotificationDomain
import Postgres
import ServiceRuntime
import SwiftProtobuf

/// What notification hears of cases, turned into the domain's words. Complaints come on a topic of their own; whom their
/// reminders are for has been decided where the complaint is kept, so both are treated alike.
struct CaseSubscriptions: Sendable {
    let onEvent: OnDirectEvent

    /// The subscriptions to both topics.
    var all: [Subscription] { ["case", "complaint"].map { subscription(to: .events("appeal", $0)) } }

    private func subscription(to topic: Topic) -> Subscription {
        var subscription = Subscription(topic)
        subscription.on(Zhitongche_Appeal_V1_CaseReplied.self) { [onEvent] message, _, transaction in
            try onEvent(try Self.toApplicant(.caseReplied, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_CaseRefused.self) { [onEvent] message, _, transaction in
            try onEvent(try Self.toApplicant(.caseRefused, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_CasePaused.self) { [onEvent] message, _, transaction in
            try onEvent(try Self.toApplicant(.casePaused, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_CaseResolved.self) { [onEvent] message, _, transaction in
            try onEvent(try Self.toApplicant(.caseResolved, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_ReminderDue.self) { [onEvent] message, _, transaction in
            try onEvent(
                OnDirectEvent.Happening(
                    event: .reminderDue,
                    facts: DirectFacts(number: message.case.number, dueOn: try EventValues.lastDay(message.dueAt)),
                    addressees: try Self.addressees(message.recipients)), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_SupervisionIssued.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.supervisionIssued, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_SupervisionListed.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.supervisionListed, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_CaseAssigned.self) { [onEvent] message, _, transaction in
            // A complaint is never assigned to the unit complained about (APL-1), so its unit may be told as well.
            let facts = message.case
            try onEvent(
                OnDirectEvent.Happening(
                    event: .caseAssigned, facts: try Self.shown(facts),
                    addressees: [try EventValues.staff(of: facts.unitID)]), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_SupervisionReferred.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.supervisionReferred, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_SupervisionReturned.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.supervisionReturned, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_RectificationOpened.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.rectificationOpened, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_RectificationReturned.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.rectificationReturned, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_SupervisionClosed.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.supervisionClosed, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_RectificationClosed.self) { [onEvent] message, _, transaction in
            try onEvent(
                try Self.toUnit(.rectificationClosed, message.case, message.unitID, message.dueAt), in: transaction)
        }
        for type in Self.ignored { subscription.ignore(type: type) }
        return subscription
    }

    /// Steps of which nobody is told.
    private static let ignored: [String] = [
        Zhitongche_Appeal_V1_CaseSubmitted.protoMessageName, Zhitongche_Appeal_V1_CaseAccepted.protoMessageName,
        Zhitongche_Appeal_V1_CaseReturned.protoMessageName,
        Zhitongche_Appeal_V1_CaseTakenUp.protoMessageName, Zhitongche_Appeal_V1_CaseResumed.protoMessageName,
        Zhitongche_Appeal_V1_CaseEscalated.protoMessageName, Zhitongche_Appeal_V1_CaseDecided.protoMessageName,
        Zhitongche_Appeal_V1_CasePromised.protoMessageName,
        Zhitongche_Appeal_V1_CaseExtensionRequested.protoMessageName,
        Zhitongche_Appeal_V1_CaseExtended.protoMessageName,
        Zhitongche_Appeal_V1_CaseExtensionRejected.protoMessageName, Zhitongche_Appeal_V1_CaseRated.protoMessageName,
        Zhitongche_Appeal_V1_CaseReopened.protoMessageName, Zhitongche_Appeal_V1_CaseWrittenOff.protoMessageName,
        Zhitongche_Appeal_V1_CaseWithdrawn.protoMessageName, Zhitongche_Appeal_V1_CaseOverdue.protoMessageName,
        Zhitongche_Appeal_V1_SupervisionAnswered.protoMessageName,
        Zhitongche_Appeal_V1_RectificationAnswered.protoMessageName,
    ]

    /// What an applicant is told: every account of an enterprise, or whoever handles cases in the unit that reported, or
    /// speaks for the bank that asked.
    private static func toApplicant(
        _ event: NotifiableEvent, _ facts: Zhitongche_Appeal_V1_CaseFacts
    ) throws -> OnDirectEvent.Happening {
        let addressee: Addressee
        if facts.enterpriseID.isEmpty {
            // Units report problems; whatever else a unit raises comes from a bank.
            let post: Post = facts.kind == .problem ? .handler : .bank
            addressee = .posts(unit: try EventValues.named(facts.applicantUnitID), [post])
        } else {
            guard let id = UUID(uuidString: facts.enterpriseID) else {
                throw EventRejection("enterprise_id is not a UUID")
            }
            addressee = .enterprise(id.text)
        }
        return OnDirectEvent.Happening(event: event, facts: try shown(facts), addressees: [addressee])
    }

    /// The case's number, and the last day for its reply unless the clock stands still.
    private static func shown(_ facts: Zhitongche_Appeal_V1_CaseFacts) throws -> DirectFacts {
        DirectFacts(
            number: facts.number, dueOn: facts.hasReplyDueAt ? try EventValues.lastDay(facts.replyDueAt) : nil)
    }

    private static func toUnit(
        _ event: NotifiableEvent, _ facts: Zhitongche_Appeal_V1_CaseFacts, _ unit: String,
        _ dueAt: Google_Protobuf_Timestamp
    ) throws -> OnDirectEvent.Happening {
        OnDirectEvent.Happening(
            event: event, facts: DirectFacts(number: facts.number, dueOn: try EventValues.lastDay(dueAt)),
            addressees: [try EventValues.staff(of: unit)])
    }

    /// One addressee a unit, so that whoever holds two posts is told once.
    private static func addressees(_ recipients: [Zhitongche_Appeal_V1_ReminderRecipient]) throws -> [Addressee] {
        var posts: [String: Set<Post>] = [:]
        for recipient in recipients {
            let post: Post
            switch recipient.role {
            case .handler: post = .handler
            case .unitLeader: post = .unitLeader
            case .office: post = .supervisor
            case .unspecified, .UNRECOGNIZED: throw EventRejection("a recipient has no known role")
            }
            posts[try EventValues.named(recipient.unitID), default: []].insert(post)
        }
        return posts.sorted { $0.key < $1.key }.map { .posts(unit: $0.key, $0.value) }
    }
}
