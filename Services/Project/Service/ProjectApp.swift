import Domain
import Messaging
import ProjectContracts
import ServiceRuntime

/// Projects from lead to production: information, leads, library, pre-assessment, progress, lights, rates (PRJ-1 to PRJ-5,
/// PRJ-9 to PRJ-11, PRJ-18).
public enum ProjectApp: ServiceApp {
    static let name = "project"

    /// Facts about information.
    static let informationEvents = Topic.events(name, "information")
    /// Facts about leads.
    static let leadEvents = Topic.events(name, "lead")
    /// Facts about projects.
    static let projectEvents = Topic.events(name, "project")
    /// Every project as it is.
    static let projectState = Topic.state(name, "project")
    /// Facts about pre-assessments.
    static let assessmentEvents = Topic.events(name, "preassessment")

    /// Name, port, schema, topics, access, contract and settings.
    public static let definition = ServiceDefinition(
        name: name, defaultPort: 7405, migrations: ProjectMigrations.all,
        topics: [informationEvents, leadEvents, projectEvents, projectState, assessmentEvents],
        reads: [.events("appeal", "case")], access: access, descriptors: ProjectDescriptors.files,
        settings: [
            ConfigurationKey(
                "opinion.days", .integer(1...30, unit: "working days"), standard: "2",
                "Working days in which a bureau gives its opinion in a pre-assessment."),
            ConfigurationKey(
                "report.days", .integer(0...30, unit: "working days"), standard: "3",
                "Working days after a period in which its progress report is in time."),
        ])

    /// Who may make which call; the handlers narrow staff to their units.
    static let access: AccessTable = [
        "FileInformation": .action(Action.fileInformation),
        "SortInformation": .action(Action.sortInformation),
        "DisposeInformation": .action(Action.handleInformation),
        "FeedBackInformation": .action(Action.sortInformation),
        "GetInformation": .action(Action.readInformation),
        "ListInformation": .action(Action.readInformation),
        "ReportLead": .action(Action.reportLead),
        "RecommendLead": .action(Action.disposeLead),
        "TakeLead": .action(Action.placeLead),
        "ProposePlacement": .action(Action.placeLead),
        "MoveLead": .action(Action.disposeLead),
        "MergeLeads": .action(Action.disposeLead),
        "CloseLead": .action(Action.disposeLead),
        "GetLead": .action(Action.readLead),
        "ListLeads": .action(Action.readLead),
        "CreateProject": .action(Action.write),
        "EditProject": .action(Action.write),
        "AdvanceProject": .action(Action.write),
        "SuspendProject": .action(Action.write),
        "ResumeProject": .action(Action.write),
        "TerminateProject": .action(Action.write),
        "AdmitProject": .action(Action.admit),
        "ExceptProject": .action(Action.except),
        "RemoveProject": .action(Action.admit),
        "GetProject": .action(Action.read),
        "ListProjects": .action(Action.read),
        "ListStageEntries": .action(Action.read),
        "RequestPreAssessment": .action(Action.requestAssessment),
        "GiveOpinion": .action(Action.giveOpinion),
        "DrawExperts": .action(Action.combine),
        "RecordExpertOpinion": .action(Action.combine),
        "CombinePreAssessment": .action(Action.combine),
        "WithdrawPreAssessment": .action(Action.requestAssessment),
        "GetPreAssessment": .action(Action.readAssessment),
        "ListPreAssessments": .action(Action.readAssessment),
        "SetOpinionBureau": .action(Action.writeBureaus),
        "ListOpinionBureaus": .action(Action.readAssessment),
        "SetExpert": .action(Action.writeExperts),
        "ListExperts": .action(Action.writeExperts),
        "SetPlan": .action(Action.plan),
        "ReachMilestone": .action(Action.plan),
        "SubmitReport": .action(Action.report),
        "ListReports": .action(Action.read),
        "EnterStatistics": .action(Action.write),
        "SetLightRules": .action(Action.writeRules),
        "ListLightRules": .authenticated,
        "ListLightChanges": .action(Action.read),
        "ListProblems": .action(Action.read),
        "GetRate": .action(Action.readRates),
    ]

    /// Puts the parts together.
    public static func build(_ runtime: Runtime) throws -> ServiceComponents {
        let store = ProjectStore()
        let (timers, calendar) = (Timers(runtime), try WorkingCalendar.stateCouncil())
        let keeper = ProjectKeeper(
            store: store, timers: timers, calendar: calendar,
            reportDays: runtime.configuration.integer("report.days") ?? 3)
        let desk = PreAssessmentDesk(
            store: store, timers: timers, calendar: calendar,
            opinionDays: runtime.configuration.integer("opinion.days") ?? 2)
        let onProblem = OnProblemCase(store: store, keeper: keeper, clock: runtime.clock, outbox: runtime.outbox)
        return ServiceComponents(
            rpcs: [
                ProjectRPC(
                    store: store, keeper: keeper, desk: desk, database: runtime.database, clock: runtime.clock,
                    commands: runtime.commands)
            ],
            subscriptions: [onProblem.subscription],
            workers: [
                TimerWorker.make(runtime, ProjectTimers.handlers(keeper, desk, outbox: runtime.outbox))
            ],
            states: [ProjectStates.source(store)])
    }
}
