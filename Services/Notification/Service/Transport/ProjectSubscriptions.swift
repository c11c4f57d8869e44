import Domain
import Messaging
import NotificationDomain
import ProjectContracts
import ServiceRuntime
import Wire

/// What notification hears of projects and pre-assessments, for the staff of the unit that answers for them, and for the
/// leading-group office where it supervises (NTF-7).
struct ProjectSubscriptions: Sendable {
    let onEvent: OnDirectEvent
    /// Knows the offices that serve a region.
    let trust: Trust

    /// The subscriptions to both topics.
    var all: [Subscription] { [projects, preAssessments] }

    private var projects: Subscription {
        var subscription = Subscription(.events("project", "project"))
        subscription.on(Zhitongche_Project_V1_LightChanged.self) { [onEvent] message, _, transaction in
            guard let light = try Self.news(from: message.from, to: message.to) else { return }
            try onEvent(
                try Self.toUnit(
                    .lightChanged, message.project, DirectFacts(number: message.project.number, light: light)),
                in: transaction)
        }
        subscription.on(Zhitongche_Project_V1_ReportMissed.self) { [onEvent] message, _, transaction in
            let dueOn = try EventValues.valid { try CivilDate(message.dueOn, field: "due_on") }
            try onEvent(
                try Self.toUnit(
                    .reportMissed, message.project, DirectFacts(number: message.project.number, dueOn: dueOn)),
                in: transaction)
        }
        subscription.on(Zhitongche_Project_V1_ProjectReferredToSupervision.self) {
            [onEvent, trust] message, _, transaction in
            guard trust.isLoaded else { throw NotYetKnown("the units of the directory") }
            try onEvent(
                OnDirectEvent.Happening(
                    event: .projectReferred, facts: DirectFacts(number: message.project.number),
                    addressees: try Self.supervision(
                        of: message.project.unitID, by: trust.offices(serving: message.project.region))),
                in: transaction)
        }
        for type in Self.ignoredOfProjects { subscription.ignore(type: type) }
        return subscription
    }

    private var preAssessments: Subscription {
        var subscription = Subscription(.events("project", "preassessment"))
        subscription.on(Zhitongche_Project_V1_OpinionOverdue.self) { [onEvent] message, _, transaction in
            try onEvent(
                OnDirectEvent.Happening(
                    event: .opinionOverdue, facts: DirectFacts(dueOn: try EventValues.lastDay(message.dueAt)),
                    addressees: [try EventValues.staff(of: message.bureauUnitID)]), in: transaction)
        }
        subscription.on(Zhitongche_Project_V1_PreAssessmentCombined.self) { [onEvent] message, _, transaction in
            try onEvent(
                OnDirectEvent.Happening(
                    event: .preAssessmentCombined, facts: DirectFacts(result: try Self.shown(message.result)),
                    addressees: [try EventValues.staff(of: message.applicantUnitID)]), in: transaction)
        }
        for type in Self.ignoredOfPreAssessments { subscription.ignore(type: type) }
        return subscription
    }

    /// Steps of which nobody is told.
    private static let ignoredOfProjects: [String] = [
        Zhitongche_Project_V1_ProjectRegistered.protoMessageName, Zhitongche_Project_V1_ProjectChanged.protoMessageName,
        Zhitongche_Project_V1_StageEntered.protoMessageName,
        Zhitongche_Project_V1_ProjectStatusChanged.protoMessageName,
        Zhitongche_Project_V1_LibraryStandingChanged.protoMessageName, Zhitongche_Project_V1_PlanSet.protoMessageName,
        Zhitongche_Project_V1_MilestoneReached.protoMessageName,
        Zhitongche_Project_V1_ProgressReported.protoMessageName,
        Zhitongche_Project_V1_StatisticsEntered.protoMessageName,
    ]
    private static let ignoredOfPreAssessments: [String] = [
        Zhitongche_Project_V1_PreAssessmentRequested.protoMessageName,
        Zhitongche_Project_V1_OpinionGiven.protoMessageName, Zhitongche_Project_V1_ExpertsDrawn.protoMessageName,
        Zhitongche_Project_V1_PreAssessmentWithdrawn.protoMessageName,
    ]

    /// The light that a change tells of. A light that goes out, and the first green of a new plan, are no news.
    private static func news(from: Zhitongche_Project_V1_Light, to: Zhitongche_Project_V1_Light) throws -> ShownLight? {
        switch to {
        case .unspecified: nil
        case .green: from == .unspecified ? nil : .green
        case .yellow: .yellow
        case .red: .red
        case .UNRECOGNIZED: throw EventRejection("the light is unknown")
        }
    }

    private static func shown(_ result: Zhitongche_Project_V1_PreAssessmentResult) throws -> ShownResult {
        switch result {
        case .passed: .passed
        case .conditional: .conditional
        case .refused: .refused
        case .vetoed: .vetoed
        case .unspecified, .UNRECOGNIZED: throw EventRejection("the result is unknown")
        }
    }

    /// The unit's staff and those who supervise in the offices of the region, one addressee a unit: an office that
    /// answers for a project itself is told once.
    private static func supervision(of unit: String, by offices: [String]) throws -> [Addressee] {
        var posts: [String: Set<Post>] = [try EventValues.named(unit): [.handler, .unitLeader]]
        for office in offices { posts[office, default: []].insert(.supervisor) }
        return posts.sorted { $0.key < $1.key }.map { .posts(unit: $0.key, $0.value) }
    }

    private static func toUnit(
        _ event: NotifiableEvent, _ project: Zhitongche_Project_V1_ProjectKey, _ facts: DirectFacts
    ) throws -> OnDirectEvent.Happening {
        OnDirectEvent.Happening(event: event, facts: facts, addressees: [try EventValues.staff(of: project.unitID)])
    }
}
