import Domain
import Messaging
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

/// What the service publishes about information (PRJ-1).
enum InformationEvents {
    static func filed(_ item: Information, seq: Int64) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.informationEvents, key: item.id.description, seq: seq, time: item.filedAt.instant,
            Zhitongche_Project_V1_InformationFiled.with {
                $0.informationID = item.id.description
                $0.informationClass = item.informationClass.wire
                $0.collector = item.collector.wire
                $0.unitID = item.filer.unit?.text ?? ""
                $0.filedAt = item.filedAt.wire
                $0.enterpriseID = item.filer.enterprise?.uuidString.lowercased() ?? ""
            })
    }

    static func disposed(_ item: Information, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.informationEvents, key: item.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_InformationDisposed.with {
                $0.informationID = item.id.description
                $0.informationClass = item.informationClass.wire
                if let sorting = item.sorting {
                    $0.unitID = sorting.unit.text
                    $0.sortedAt = sorting.at.wire
                }
                if let disposal = item.disposal { $0.disposedAt = disposal.at.wire }
            })
    }

    static func fedBack(_ item: Information, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.informationEvents, key: item.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_InformationFedBack.with {
                $0.informationID = item.id.description
                $0.unitID = item.filer.unit?.text ?? ""
                $0.filedAt = item.filedAt.wire
                $0.fedBackAt = BusinessTime(now).wire
                $0.enterpriseID = item.filer.enterprise?.uuidString.lowercased() ?? ""
            })
    }
}

/// What the service publishes about leads (PRJ-2): no names, so that the investor stays in the service.
enum LeadEvents {
    static func reported(_ lead: Lead, duplicates: Int) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.leadEvents, key: lead.id.description, seq: 1, time: lead.reportedAt.instant,
            Zhitongche_Project_V1_LeadReported.with {
                $0.leadID = lead.id.description
                $0.source = lead.source.wire
                $0.unitID = lead.unit.text
                $0.industry = lead.content.industry.description
                $0.region = lead.content.region?.description ?? ""
                $0.reportedAt = lead.reportedAt.wire
                $0.duplicates = Int32(duplicates)
            })
    }

    static func placed(_ fact: LeadWasPlaced, of lead: Lead, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.leadEvents, key: lead.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_LeadPlaced.with {
                $0.leadID = lead.id.description
                $0.unitID = fact.unit.text
                $0.elsewhere = fact.elsewhere
                $0.placedAt = BusinessTime(now).wire
            })
    }

    static func ended(_ lead: Lead, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.leadEvents, key: lead.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_LeadEnded.with {
                $0.leadID = lead.id.description
                $0.state = lead.stateName.wire
                $0.endedAt = BusinessTime(now).wire
                switch lead.state {
                case .converted(let project, _): $0.projectID = project.description
                case .merged(let other): $0.mergedIntoLeadID = other.description
                case .reported, .recommended, .proposed, .placed, .closed: break
                }
            })
    }
}

/// What the service publishes about pre-assessments (PRJ-5): opinions, never their texts.
enum PreAssessmentEvents {
    static func requested(_ assessment: PreAssessment) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.assessmentEvents, key: assessment.id.description, seq: 1,
            time: assessment.requestedAt.instant,
            Zhitongche_Project_V1_PreAssessmentRequested.with {
                $0.preAssessmentID = assessment.id.description
                $0.projectID = assessment.project.description
                $0.applicantUnitID = assessment.applicant.text
                $0.bureauUnitIds = assessment.bureaus.map(\.unit.text)
                $0.dueAt = assessment.dueAt.wire
                $0.requestedAt = assessment.requestedAt.wire
            })
    }

    static func given(
        _ statement: BureauOpinion.Statement, by bureau: UnitID, of assessment: PreAssessment, isLate: Bool, seq: Int64
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.assessmentEvents, key: assessment.id.description, seq: seq, time: statement.at.instant,
            Zhitongche_Project_V1_OpinionGiven.with {
                $0.preAssessmentID = assessment.id.description
                $0.bureauUnitID = bureau.text
                $0.opinion = statement.opinion.wire
                $0.veto = statement.veto.wire
                $0.late = isLate
                $0.givenAt = statement.at.wire
            })
    }

    static func overdue(
        _ bureau: UnitID, of assessment: PreAssessment, at now: Instant, seq: Int64
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.assessmentEvents, key: assessment.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_OpinionOverdue.with {
                $0.preAssessmentID = assessment.id.description
                $0.projectID = assessment.project.description
                $0.bureauUnitID = bureau.text
                $0.dueAt = assessment.dueAt.wire
            })
    }

    static func drawn(
        _ draw: ExpertDraw, of assessment: PreAssessment, at now: Instant, seq: Int64
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.assessmentEvents, key: assessment.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_ExpertsDrawn.with {
                $0.preAssessmentID = assessment.id.description
                $0.seed = draw.seed
                $0.candidates = Int32(draw.candidates.count)
                $0.excluded = Int32(draw.excluded.count)
                $0.expertIds = draw.drawn.map(\.description)
                $0.drawnAt = BusinessTime(now).wire
            })
    }

    static func combined(
        _ result: PreAssessmentResult, of assessment: PreAssessment, at now: Instant, seq: Int64
    ) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.assessmentEvents, key: assessment.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_PreAssessmentCombined.with {
                $0.preAssessmentID = assessment.id.description
                $0.projectID = assessment.project.description
                $0.applicantUnitID = assessment.applicant.text
                $0.result = result.wire
                $0.silentUnitIds = assessment.silent.map(\.text)
                $0.combinedAt = BusinessTime(now).wire
            })
    }

    static func withdrawn(_ assessment: PreAssessment, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        try OutgoingEvent(
            ProjectApp.assessmentEvents, key: assessment.id.description, seq: seq, time: now,
            Zhitongche_Project_V1_PreAssessmentWithdrawn.with {
                $0.preAssessmentID = assessment.id.description
                $0.projectID = assessment.project.description
                $0.withdrawnAt = BusinessTime(now).wire
            })
    }
}
