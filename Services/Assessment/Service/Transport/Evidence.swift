import AppealContracts
import AssessmentDomain
import CommonContracts
import Domain
import Messaging
import PolicyContracts
import Postgres
import ProjectContracts
import ServiceRuntime
import SwiftProtobuf
import Wire

/// What events of other services mean for indicators (ASM-2). The same function reads them when they arrive and when a
/// result is computed again from the kept bytes (ASM-15), so by rules of one number it always makes the same of an event.
enum Evidence {
    /// Topics that are read. Complaints have readers of their own and count for nothing here.
    static let topics: [Topic] = [
        .events("appeal", "case"), .events("project", "project"), .events("policy", "point"),
    ]

    /// The subscriptions: evidence is kept, everything else on the topics is taken note of.
    static func subscriptions(_ evidence: OnEvidence) -> [Subscription] {
        var cases = Subscription(topics[0])
        keep(
            [
                Zhitongche_Appeal_V1_CaseAssigned.self, Zhitongche_Appeal_V1_CaseReplied.self,
                Zhitongche_Appeal_V1_CaseOverdue.self, Zhitongche_Appeal_V1_CaseRated.self,
                Zhitongche_Appeal_V1_CaseReopened.self, Zhitongche_Appeal_V1_CaseWrittenOff.self,
                Zhitongche_Appeal_V1_CaseWithdrawn.self,
            ], evidence, &cases)
        ignore(
            [
                Zhitongche_Appeal_V1_CaseSubmitted.self, Zhitongche_Appeal_V1_CaseAccepted.self,
                Zhitongche_Appeal_V1_CaseRefused.self, Zhitongche_Appeal_V1_CaseReturned.self,
                Zhitongche_Appeal_V1_CaseTakenUp.self, Zhitongche_Appeal_V1_CasePaused.self,
                Zhitongche_Appeal_V1_CaseResumed.self, Zhitongche_Appeal_V1_CaseEscalated.self,
                Zhitongche_Appeal_V1_CaseDecided.self, Zhitongche_Appeal_V1_CasePromised.self,
                Zhitongche_Appeal_V1_CaseExtensionRequested.self, Zhitongche_Appeal_V1_CaseExtended.self,
                Zhitongche_Appeal_V1_CaseExtensionRejected.self, Zhitongche_Appeal_V1_CaseResolved.self,
                Zhitongche_Appeal_V1_ReminderDue.self, Zhitongche_Appeal_V1_SupervisionIssued.self,
                Zhitongche_Appeal_V1_SupervisionListed.self, Zhitongche_Appeal_V1_SupervisionReferred.self,
                Zhitongche_Appeal_V1_SupervisionAnswered.self, Zhitongche_Appeal_V1_SupervisionReturned.self,
                Zhitongche_Appeal_V1_SupervisionClosed.self, Zhitongche_Appeal_V1_RectificationOpened.self,
                Zhitongche_Appeal_V1_RectificationAnswered.self, Zhitongche_Appeal_V1_RectificationReturned.self,
                Zhitongche_Appeal_V1_RectificationClosed.self,
            ], &cases)
        var projects = Subscription(topics[1])
        keep(
            [
                Zhitongche_Project_V1_ProjectRegistered.self, Zhitongche_Project_V1_StageEntered.self,
                Zhitongche_Project_V1_LibraryStandingChanged.self, Zhitongche_Project_V1_ProgressReported.self,
            ], evidence, &projects)
        ignore(
            [
                Zhitongche_Project_V1_ProjectChanged.self, Zhitongche_Project_V1_ProjectStatusChanged.self,
                Zhitongche_Project_V1_PlanSet.self, Zhitongche_Project_V1_MilestoneReached.self,
                Zhitongche_Project_V1_ReportMissed.self, Zhitongche_Project_V1_LightChanged.self,
                Zhitongche_Project_V1_ProjectReferredToSupervision.self,
                Zhitongche_Project_V1_StatisticsEntered.self,
            ], &projects)
        var points = Subscription(topics[2])
        keep([Zhitongche_Policy_V1_PointPublished.self], evidence, &points)
        ignore([Zhitongche_Policy_V1_PointWithdrawn.self, Zhitongche_Policy_V1_PointExpired.self], &points)
        return [cases, projects, points]
    }

    private static func keep(
        _ types: [any Message.Type], _ evidence: OnEvidence, _ subscription: inout Subscription
    ) {
        for type in types {
            subscription.on(type: type.protoMessageName) { event, tx in try evidence.apply(event, in: tx) }
        }
    }

    private static func ignore(_ types: [any Message.Type], _ subscription: inout Subscription) {
        for type in types { subscription.ignore(type: type.protoMessageName) }
    }

    /// What an event does to the contributions.
    ///
    /// - Throws: `UndecodableEvent` when the bytes are not the message, `EventRejection` when it breaks the contract.
    @Sendable static func changes(
        of type: String, _ payload: [UInt8], by reading: EvidenceReading
    ) throws -> [ContributionChange] {
        do {
            if type.hasPrefix("zhitongche.appeal.") { return try CaseEvidence.changes(of: type, payload, by: reading) }
            if type.hasPrefix("zhitongche.project.") {
                return try ProjectEvidence.changes(of: type, payload, by: reading)
            }
            return try PointEvidence.changes(of: type, payload)
        } catch let error as BinaryDecodingError {
            throw UndecodableEvent("\(type): \(error)")
        } catch let error as DomainError {
            throw EventRejection(error.description)
        }
    }
}

/// Points: how fresh a policy is when it is published.
private enum PointEvidence {
    /// Days from the document's issue within which a publication is fresh.
    private static let freshDays = 30

    static func changes(of type: String, _ payload: [UInt8]) throws -> [ContributionChange] {
        guard type == Zhitongche_Policy_V1_PointPublished.protoMessageName else { return [] }
        let event = try Zhitongche_Policy_V1_PointPublished(serializedBytes: payload)
        // A later version of a point says nothing about how soon the document was worked up.
        guard event.revision == 1, event.hasDocumentIssuedOn else { return [] }
        let day = try Evidence.day(event.hasPublishedAt ? event.publishedAt : nil, "published_at")
        let issued = try CivilDate(event.documentIssuedOn, field: "document_issued_on")
        let isFresh = day.dayNumber - issued.dayNumber <= freshDays
        return [
            .put(
                ContributionPlace(.policyFreshness, event.pointID, "first"),
                Contribution(
                    unit: try UnitID(event.content.responsibleUnitID, field: "content.responsible_unit_id"), on: day,
                    numerator: isFresh ? 1 : 0, denominator: 1))
        ]
    }
}

extension Evidence {
    /// The date in Asia/Shanghai of a point in time.
    static func day(_ timestamp: Google_Protobuf_Timestamp?, _ field: String) throws -> CivilDate {
        guard let timestamp else { throw DomainError(field, .empty) }
        return try BusinessClock.date(of: Instant(timestamp))
    }
}
