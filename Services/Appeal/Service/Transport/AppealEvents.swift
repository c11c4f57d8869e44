import AppealContracts
import AppealDomain
import Domain
import Messaging
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

/// Every event of the service tells of one case.
protocol AboutCase: Message {
    var `case`: Zhitongche_Appeal_V1_CaseFacts { get set }
    var at: Google_Protobuf_Timestamp { get set }
}

/// The messages about orders.
protocol AboutSupervision: AboutCase {
    var supervisionID: String { get set }
    var unitID: String { get set }
    var level: Zhitongche_Appeal_V1_SupervisionLevel { get set }
    var ground: Zhitongche_Appeal_V1_SupervisionGround { get set }
    var dueAt: Google_Protobuf_Timestamp { get set }
}

/// The messages about rectifications.
protocol AboutRectification: AboutCase {
    var rectificationID: String { get set }
    var unitID: String { get set }
    var mark: Int32 { get set }
    var dueAt: Google_Protobuf_Timestamp { get set }
}

extension Zhitongche_Appeal_V1_CaseSubmitted: AboutCase {}
extension Zhitongche_Appeal_V1_CaseAccepted: AboutCase {}
extension Zhitongche_Appeal_V1_CaseRefused: AboutCase {}
extension Zhitongche_Appeal_V1_CaseAssigned: AboutCase {}
extension Zhitongche_Appeal_V1_CaseReturned: AboutCase {}
extension Zhitongche_Appeal_V1_CaseTakenUp: AboutCase {}
extension Zhitongche_Appeal_V1_CasePaused: AboutCase {}
extension Zhitongche_Appeal_V1_CaseResumed: AboutCase {}
extension Zhitongche_Appeal_V1_CaseEscalated: AboutCase {}
extension Zhitongche_Appeal_V1_CaseDecided: AboutCase {}
extension Zhitongche_Appeal_V1_CasePromised: AboutCase {}
extension Zhitongche_Appeal_V1_CaseExtensionRequested: AboutCase {}
extension Zhitongche_Appeal_V1_CaseExtended: AboutCase {}
extension Zhitongche_Appeal_V1_CaseExtensionRejected: AboutCase {}
extension Zhitongche_Appeal_V1_CaseReplied: AboutCase {}
extension Zhitongche_Appeal_V1_CaseResolved: AboutCase {}
extension Zhitongche_Appeal_V1_CaseRated: AboutCase {}
extension Zhitongche_Appeal_V1_CaseReopened: AboutCase {}
extension Zhitongche_Appeal_V1_CaseWrittenOff: AboutCase {}
extension Zhitongche_Appeal_V1_CaseWithdrawn: AboutCase {}
extension Zhitongche_Appeal_V1_CaseOverdue: AboutCase {}
extension Zhitongche_Appeal_V1_ReminderDue: AboutCase {}
extension Zhitongche_Appeal_V1_SupervisionIssued: AboutSupervision {}
extension Zhitongche_Appeal_V1_SupervisionListed: AboutSupervision {}
extension Zhitongche_Appeal_V1_SupervisionReferred: AboutSupervision {}
extension Zhitongche_Appeal_V1_SupervisionAnswered: AboutSupervision {}
extension Zhitongche_Appeal_V1_SupervisionReturned: AboutSupervision {}
extension Zhitongche_Appeal_V1_SupervisionClosed: AboutSupervision {}
extension Zhitongche_Appeal_V1_RectificationOpened: AboutRectification {}
extension Zhitongche_Appeal_V1_RectificationAnswered: AboutRectification {}
extension Zhitongche_Appeal_V1_RectificationReturned: AboutRectification {}
extension Zhitongche_Appeal_V1_RectificationClosed: AboutRectification {}

/// An event before it has its place: what it says beside the facts of its case.
struct CaseEvent: Sendable {
    private let outgoing: @Sendable (StoredCase, Int64, Instant) throws -> OutgoingEvent

    init<M: AboutCase>(_ type: M.Type = M.self, _ fill: @escaping @Sendable (inout M) -> Void = { _ in }) {
        outgoing = { stored, seq, now in
            var message = M()
            message.case = stored.facts
            message.at = Google_Protobuf_Timestamp(now)
            fill(&message)
            // Complaints travel apart, so that their topic can have readers of its own (APL-1).
            let topic = stored.one.submission.kind == .complaint ? AppealApp.complaintEvents : AppealApp.caseEvents
            return try OutgoingEvent(topic, key: stored.one.id.description, seq: seq, time: now, message)
        }
    }

    /// The event at its place.
    func event(of stored: StoredCase, seq: Int64, at now: Instant) throws -> OutgoingEvent {
        try outgoing(stored, seq, now)
    }
}

extension CaseEvent {
    /// What others hear of a change.
    init(_ fact: CaseFact) {
        switch fact {
        case .submitted: self.init(Zhitongche_Appeal_V1_CaseSubmitted.self)
        case .accepted: self.init(Zhitongche_Appeal_V1_CaseAccepted.self)
        case .refused: self.init(Zhitongche_Appeal_V1_CaseRefused.self)
        case .assigned(let from, let isBinding):
            self.init(Zhitongche_Appeal_V1_CaseAssigned.self) {
                $0.fromUnitID = from?.text ?? ""
                $0.binding = isBinding
            }
        case .returned(let from, let returns):
            self.init(Zhitongche_Appeal_V1_CaseReturned.self) {
                $0.fromUnitID = from.text
                $0.returns = Int32(returns)
            }
        case .takenUp: self.init(Zhitongche_Appeal_V1_CaseTakenUp.self)
        case .paused(let line): self.init(Zhitongche_Appeal_V1_CasePaused.self) { $0.line = Int32(line) }
        case .resumed(let line): self.init(Zhitongche_Appeal_V1_CaseResumed.self) { $0.line = Int32(line) }
        case .escalated: self.init(Zhitongche_Appeal_V1_CaseEscalated.self)
        case .decided: self.init(Zhitongche_Appeal_V1_CaseDecided.self)
        case .promised(let day): self.init(Zhitongche_Appeal_V1_CasePromised.self) { $0.promisedOn = day.wire }
        case .extensionRequested(let days):
            self.init(Zhitongche_Appeal_V1_CaseExtensionRequested.self) { $0.days = Int32(days) }
        case .extended(let days): self.init(Zhitongche_Appeal_V1_CaseExtended.self) { $0.days = Int32(days) }
        case .extensionRejected: self.init(Zhitongche_Appeal_V1_CaseExtensionRejected.self)
        case .replied: self.init(Zhitongche_Appeal_V1_CaseReplied.self)
        case .resolved: self.init(Zhitongche_Appeal_V1_CaseResolved.self)
        case .rated(let mark): self.init(Zhitongche_Appeal_V1_CaseRated.self) { $0.mark = Int32(mark) }
        case .reopened: self.init(Zhitongche_Appeal_V1_CaseReopened.self)
        case .writtenOff(let mark):
            self.init(Zhitongche_Appeal_V1_CaseWrittenOff.self) { $0.mark = Int32(mark ?? 0) }
        case .withdrawn: self.init(Zhitongche_Appeal_V1_CaseWithdrawn.self)
        case .overdue(let clock):
            self.init(Zhitongche_Appeal_V1_CaseOverdue.self) { $0.subject = clock == .solution ? .solution : .reply }
        }
    }

    /// What others hear of an order.
    static func supervision<M: AboutSupervision>(_ type: M.Type, _ order: Supervision) -> CaseEvent {
        CaseEvent(type) {
            $0.supervisionID = order.id.description
            $0.unitID = order.unit.text
            $0.level = order.level.wire
            $0.ground = order.ground.wire
            $0.dueAt = Google_Protobuf_Timestamp(order.dueOn.end)
        }
    }

    /// What others hear of a rectification.
    static func rectification<M: AboutRectification>(_ type: M.Type, _ one: Rectification) -> CaseEvent {
        CaseEvent(type) {
            $0.rectificationID = one.id.description
            $0.unitID = one.unit.text
            $0.mark = Int32(one.mark)
            $0.dueAt = Google_Protobuf_Timestamp(one.dueOn.end)
        }
    }

    /// A reminder that fell due.
    static func reminder(
        _ kind: ReminderKind, _ subject: ReminderSubject, dueOn: CivilDate, object: String,
        recipients: [(unit: String, role: RecipientRole)]
    ) -> CaseEvent {
        CaseEvent(Zhitongche_Appeal_V1_ReminderDue.self) {
            $0.kind = kind.wire
            $0.subject = subject.wire
            $0.dueAt = Google_Protobuf_Timestamp(dueOn.end)
            $0.objectID = object
            $0.recipients = recipients.map { recipient in
                .with {
                    $0.unitID = recipient.unit
                    $0.role = recipient.role.wire
                }
            }
        }
    }
}

extension StoredCase {
    /// What every event tells of its case.
    fileprivate var facts: Zhitongche_Appeal_V1_CaseFacts {
        let submission = one.submission
        return .with {
            $0.caseID = one.id.description
            $0.number = one.number
            $0.kind = submission.kind.wire
            $0.category = one.category
            $0.route = one.clocks.route.wire
            $0.state = one.state.name.wire
            $0.enterpriseID = submission.applicant.enterprise?.uuidString.lowercased() ?? ""
            $0.submittedByAccountID = submission.account
            $0.applicantUnitID = submission.applicant.unit?.text ?? ""
            $0.unitID = one.state.assignment?.unit.text ?? ""
            $0.regionCode = submission.region.description
            $0.industryCode = submission.industry?.description ?? ""
            $0.projectID = submission.project?.uuidString.lowercased() ?? ""
            $0.round = Int32(one.clocks.round)
            $0.submittedAt = Google_Protobuf_Timestamp(submission.at.instant)
            if let day = replyDueOn { $0.replyDueAt = Google_Protobuf_Timestamp(day.end) }
            if let day = solutionDueOn { $0.solutionDueAt = Google_Protobuf_Timestamp(day.end) }
            if let reply = one.state.reply {
                $0.repliedAt = Google_Protobuf_Timestamp(reply.at.instant)
                $0.onTime = reply.isOnTime
            }
            if let at = one.state.resolvedAt { $0.resolvedAt = Google_Protobuf_Timestamp(at.instant) }
        }
    }
}

extension CivilDate {
    /// The moment at which the day ends in local time; the last day of the calendar has none later than its start.
    var end: Instant { BusinessClock.start(of: self) + .seconds(86_400) }
}
