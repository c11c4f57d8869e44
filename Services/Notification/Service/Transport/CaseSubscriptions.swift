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
    let onCase: OnCaseEvent

    /// The subscriptions to both topics.
    var all: [Subscription] { ["case", "complaint"].map { subscription(to: .events("appeal", $0)) } }

    private func subscription(to topic: Topic) -> Subscription {
        var subscription = Subscription(topic)
        subscription.on(Zhitongche_Appeal_V1_CaseReplied.self) { [onCase] message, _, transaction in
            try onCase(try Self.toApplicant(.caseReplied, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_CaseRefused.self) { [onCase] message, _, transaction in
            try onCase(try Self.toApplicant(.caseRefused, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_CasePaused.self) { [onCase] message, _, transaction in
            try onCase(try Self.toApplicant(.casePaused, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_CaseResolved.self) { [onCase] message, _, transaction in
            try onCase(try Self.toApplicant(.caseResolved, message.case), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_ReminderDue.self) { [onCase] message, _, transaction in
            try onCase(
                OnCaseEvent.Happening(
                    event: .reminderDue, number: message.case.number, dueOn: try Self.lastDay(message.dueAt),
                    addressees: try Self.addressees(message.recipients)), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_SupervisionIssued.self) { [onCase] message, _, transaction in
            try onCase(
                try Self.toUnit(.supervisionIssued, message.case, message.unitID, message.dueAt), in: transaction)
        }
        subscription.on(Zhitongche_Appeal_V1_SupervisionListed.self) { [onCase] message, _, transaction in
            try onCase(
                try Self.toUnit(.supervisionListed, message.case, message.unitID, message.dueAt), in: transaction)
        }
        for type in Self.ignored { subscription.ignore(type: type) }
        return subscription
    }

    /// Steps of which nobody is told.
    private static let ignored: [String] = [
        Zhitongche_Appeal_V1_CaseSubmitted.protoMessageName, Zhitongche_Appeal_V1_CaseAccepted.protoMessageName,
        Zhitongche_Appeal_V1_CaseAssigned.protoMessageName, Zhitongche_Appeal_V1_CaseReturned.protoMessageName,
        Zhitongche_Appeal_V1_CaseTakenUp.protoMessageName, Zhitongche_Appeal_V1_CaseResumed.protoMessageName,
        Zhitongche_Appeal_V1_CaseEscalated.protoMessageName, Zhitongche_Appeal_V1_CaseDecided.protoMessageName,
        Zhitongche_Appeal_V1_CasePromised.protoMessageName,
        Zhitongche_Appeal_V1_CaseExtensionRequested.protoMessageName,
        Zhitongche_Appeal_V1_CaseExtended.protoMessageName,
        Zhitongche_Appeal_V1_CaseExtensionRejected.protoMessageName, Zhitongche_Appeal_V1_CaseRated.protoMessageName,
        Zhitongche_Appeal_V1_CaseReopened.protoMessageName, Zhitongche_Appeal_V1_CaseWrittenOff.protoMessageName,
        Zhitongche_Appeal_V1_CaseWithdrawn.protoMessageName, Zhitongche_Appeal_V1_CaseOverdue.protoMessageName,
        Zhitongche_Appeal_V1_SupervisionReferred.protoMessageName,
        Zhitongche_Appeal_V1_SupervisionAnswered.protoMessageName,
        Zhitongche_Appeal_V1_SupervisionReturned.protoMessageName,
        Zhitongche_Appeal_V1_SupervisionClosed.protoMessageName,
        Zhitongche_Appeal_V1_RectificationOpened.protoMessageName,
        Zhitongche_Appeal_V1_RectificationAnswered.protoMessageName,
        Zhitongche_Appeal_V1_RectificationReturned.protoMessageName,
        Zhitongche_Appeal_V1_RectificationClosed.protoMessageName,
    ]

    /// What an applicant is told: every account of an enterprise, or whoever handles cases in the unit that reported.
    private static func toApplicant(
        _ event: NotifiableEvent, _ facts: Zhitongche_Appeal_V1_CaseFacts
    ) throws -> OnCaseEvent.Happening {
        let addressee: Addressee
        if facts.enterpriseID.isEmpty {
            addressee = .posts(unit: try named(facts.applicantUnitID), [.handler])
        } else {
            guard let id = UUID(uuidString: facts.enterpriseID) else {
                throw EventRejection("enterprise_id is not a UUID")
            }
            addressee = .enterprise(id.text)
        }
        return OnCaseEvent.Happening(
            event: event, number: facts.number, dueOn: facts.hasReplyDueAt ? try lastDay(facts.replyDueAt) : nil,
            addressees: [addressee])
    }

    private static func toUnit(
        _ event: NotifiableEvent, _ facts: Zhitongche_Appeal_V1_CaseFacts, _ unit: String,
        _ dueAt: Google_Protobuf_Timestamp
    ) throws -> OnCaseEvent.Happening {
        OnCaseEvent.Happening(
            event: event, number: facts.number, dueOn: try lastDay(dueAt),
            addressees: [.posts(unit: try named(unit), [.handler, .unitLeader])])
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
            posts[try named(recipient.unitID), default: []].insert(post)
        }
        return posts.sorted { $0.key < $1.key }.map { .posts(unit: $0.key, $0.value) }
    }

    private static func named(_ unit: String) throws -> String {
        guard (1...64).contains(unit.unicodeScalars.count) else { throw EventRejection("a unit has no name") }
        return unit
    }

    /// The day whose end a moment is.
    private static func lastDay(_ end: Google_Protobuf_Timestamp) throws -> CivilDate {
        guard let instant = Instant(end) else { throw EventRejection("due_at is no point in time") }
        do {
            return try BusinessClock.date(of: instant - .microseconds(1))
        } catch let error as DomainError {
            throw EventRejection(error.description)
        }
    }
}
