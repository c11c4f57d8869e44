/// An event that rules may be about, with what its templates can show and by which channels it can be told (NTF-3).
public enum NotifiableEvent: String, Hashable, Sendable, CaseIterable {
    case audienceClosed
    case audienceMemberChanged
    case caseReplied
    case caseRefused
    case casePaused
    case caseResolved
    case reminderDue
    case supervisionIssued
    case supervisionListed
    case caseAssigned
    case supervisionReferred
    case supervisionReturned
    case rectificationOpened
    case rectificationReturned
    case supervisionClosed
    case rectificationClosed
    case lightChanged
    case reportMissed
    case projectReferred
    case opinionOverdue
    case preAssessmentCombined
    case resultScores

    /// The event with a full protobuf name; nil when no rule can be about it.
    public init?(typeName: String) {
        guard let event = Self.allCases.first(where: { $0.typeName == typeName }) else { return nil }
        self = event
    }

    /// The full name of the event's protobuf message.
    public var typeName: String {
        switch self {
        case .audienceClosed: "zhitongche.enterprise.v1.AudienceClosed"
        case .audienceMemberChanged: "zhitongche.enterprise.v1.AudienceMemberChanged"
        case .caseReplied: "zhitongche.appeal.v1.CaseReplied"
        case .caseRefused: "zhitongche.appeal.v1.CaseRefused"
        case .casePaused: "zhitongche.appeal.v1.CasePaused"
        case .caseResolved: "zhitongche.appeal.v1.CaseResolved"
        case .reminderDue: "zhitongche.appeal.v1.ReminderDue"
        case .supervisionIssued: "zhitongche.appeal.v1.SupervisionIssued"
        case .supervisionListed: "zhitongche.appeal.v1.SupervisionListed"
        case .caseAssigned: "zhitongche.appeal.v1.CaseAssigned"
        case .supervisionReferred: "zhitongche.appeal.v1.SupervisionReferred"
        case .supervisionReturned: "zhitongche.appeal.v1.SupervisionReturned"
        case .rectificationOpened: "zhitongche.appeal.v1.RectificationOpened"
        case .rectificationReturned: "zhitongche.appeal.v1.RectificationReturned"
        case .supervisionClosed: "zhitongche.appeal.v1.SupervisionClosed"
        case .rectificationClosed: "zhitongche.appeal.v1.RectificationClosed"
        case .lightChanged: "zhitongche.project.v1.LightChanged"
        case .reportMissed: "zhitongche.project.v1.ReportMissed"
        case .projectReferred: "zhitongche.project.v1.ProjectReferredToSupervision"
        case .opinionOverdue: "zhitongche.project.v1.OpinionOverdue"
        case .preAssessmentCombined: "zhitongche.project.v1.PreAssessmentCombined"
        case .resultScores: "zhitongche.assessment.v1.ResultScoresPart"
        }
    }

    /// The variables that the event fills.
    public var variables: Set<TemplateVariable> {
        switch self {
        case .audienceClosed, .audienceMemberChanged: [.title, .verdict, .estimate]
        case .caseReplied, .caseRefused, .casePaused, .caseResolved, .reminderDue, .supervisionIssued,
            .supervisionListed, .caseAssigned, .supervisionReferred, .supervisionReturned, .rectificationOpened,
            .rectificationReturned, .supervisionClosed, .rectificationClosed, .reportMissed:
            [.number, .due]
        case .lightChanged: [.number, .light]
        case .projectReferred: [.number]
        case .opinionOverdue: [.due]
        case .preAssessmentCombined: [.result]
        case .resultScores: [.period, .score, .rank]
        }
    }

    /// The channels that can carry it. Audiences name enterprises; e-mail reaches those of their accounts that confirmed
    /// an address and subscribed. Phones belong to the directory, so text messages do not.
    public var channels: Set<Channel> {
        switch self {
        case .audienceClosed, .audienceMemberChanged: [.inbox, .email]
        case .caseReplied, .caseRefused, .casePaused, .caseResolved, .reminderDue, .supervisionIssued,
            .supervisionListed, .caseAssigned, .supervisionReferred, .supervisionReturned, .rectificationOpened,
            .rectificationReturned, .supervisionClosed, .rectificationClosed, .lightChanged, .reportMissed,
            .projectReferred, .opinionOverdue, .preAssessmentCombined, .resultScores:
            [.inbox]
        }
    }
}
