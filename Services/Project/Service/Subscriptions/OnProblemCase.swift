import AppealContracts
import Domain
import Foundation
import Messaging
import Postgres
import ProjectDomain
import ServiceRuntime
import SwiftProtobuf

/// What appeal tells about problem cases that are tied to a project: each one appears there and drives its light
/// (PRJ-11).
///
/// Every event of a case carries the case as it is afterwards, so any of them brings the replica up to date.
struct OnProblemCase: Sendable {
    let store: ProjectStore
    let keeper: ProjectKeeper
    let clock: BusinessClock
    let outbox: Outbox

    /// Takes the case of an event.
    func callAsFunction(_ facts: Zhitongche_Appeal_V1_CaseFacts, at end: Instant?, in tx: Transaction) throws {
        guard facts.kind == .problem, !facts.projectID.isEmpty else { return }
        guard let caseID = UUID(uuidString: facts.caseID) else { throw EventRejection("case_id is not a UUID") }
        guard let project = UUID(uuidString: facts.projectID) else { throw EventRejection("project_id is not a UUID") }
        guard facts.hasSubmittedAt else { throw EventRejection("the case has no time of submission") }
        let state: ProblemState
        switch facts.state {
        case .submitted, .accepted, .assigned, .inHandling, .waitingForApplicant, .waitingForHigherLevel, .replied:
            state = .open
        // A reply may be rated before the problem is solved.
        case .rated: state = facts.hasResolvedAt ? .solved : .open
        case .resolved, .writtenOff: state = .solved
        case .refused, .withdrawn: state = .withdrawn
        case .unspecified, .UNRECOGNIZED: throw EventRejection("the case has no known state")
        }
        // Before the reply its limit binds; afterwards, that of the solution. A clock that stands still has none.
        let dueAt =
            facts.hasRepliedAt
            ? (facts.hasSolutionDueAt ? Instant(facts.solutionDueAt) : nil)
            : (facts.hasReplyDueAt ? Instant(facts.replyDueAt) : nil)
        let resolvedAt = facts.hasResolvedAt ? Instant(facts.resolvedAt) : nil
        let now = try clock.now(tx)
        try store.problems.save(
            ProjectProblem(
                caseID: caseID, project: ProjectID(project), unit: facts.unitID, state: state,
                openedAt: BusinessTime(Instant(facts.submittedAt)), dueAt: dueAt.map { BusinessTime($0) },
                endedAt: state == .open ? nil : BusinessTime(resolvedAt ?? end ?? now)), in: tx)
        try outbox.append(contentsOf: try keeper.refresh(ProjectID(project), at: now, in: tx), in: tx)
    }

    /// The subscription to the cases of appeal. Complaints have a topic of their own, which is not read here.
    var subscription: Subscription {
        var subscription = Subscription(.events("appeal", "case"))
        subscription.on(Zhitongche_Appeal_V1_CaseSubmitted.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseAccepted.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseRefused.self) { try self($0.case, at: Instant($0.at), in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseAssigned.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseReturned.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseTakenUp.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CasePaused.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseResumed.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseEscalated.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseDecided.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CasePromised.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseExtended.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseReplied.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseResolved.self) { try self($0.case, at: Instant($0.at), in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseRated.self) { try self($0.case, at: Instant($0.at), in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseReopened.self) { try self($0.case, at: nil, in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseWrittenOff.self) { try self($0.case, at: Instant($0.at), in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseWithdrawn.self) { try self($0.case, at: Instant($0.at), in: $2) }
        subscription.on(Zhitongche_Appeal_V1_CaseOverdue.self) { try self($0.case, at: nil, in: $2) }
        subscription.ignore(Zhitongche_Appeal_V1_CaseExtensionRequested.self)
        subscription.ignore(Zhitongche_Appeal_V1_CaseExtensionRejected.self)
        subscription.ignore(Zhitongche_Appeal_V1_ReminderDue.self)
        subscription.ignore(Zhitongche_Appeal_V1_SupervisionIssued.self)
        subscription.ignore(Zhitongche_Appeal_V1_SupervisionListed.self)
        subscription.ignore(Zhitongche_Appeal_V1_SupervisionReferred.self)
        subscription.ignore(Zhitongche_Appeal_V1_SupervisionAnswered.self)
        subscription.ignore(Zhitongche_Appeal_V1_SupervisionReturned.self)
        subscription.ignore(Zhitongche_Appeal_V1_SupervisionClosed.self)
        subscription.ignore(Zhitongche_Appeal_V1_RectificationOpened.self)
        subscription.ignore(Zhitongche_Appeal_V1_RectificationAnswered.self)
        subscription.ignore(Zhitongche_Appeal_V1_RectificationReturned.self)
        subscription.ignore(Zhitongche_Appeal_V1_RectificationClosed.self)
        return subscription
    }
}
