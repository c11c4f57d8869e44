import AppealContracts
import AppealDomain
import Domain
import GRPCCore
import Messaging
import ServiceRuntime

/// Cases of enterprises and units, their deadlines, supervision and ratings (APL-1 to APL-5, APL-9).
public enum AppealApp: ServiceApp {
    static let name = "appeal"

    /// Facts about appeals, enquiries and problems.
    static let caseEvents = Topic.events(name, "case")
    /// Facts about complaints, with readers of their own (APL-1).
    static let complaintEvents = Topic.events(name, "complaint")

    /// Name, port, schema, topics, access and contract.
    public static let definition = ServiceDefinition(
        name: name, defaultPort: 7404, migrations: AppealMigrations.all, topics: [caseEvents, complaintEvents],
        access: access, topicActions: [complaintEvents.name: Action.readComplaintEvents],
        descriptors: AppealDescriptors.files,
        settings: [
            ConfigurationKey(
                "reminders.share.numerator", .integer(0...100, unit: "parts"), standard: "2",
                "Upper part of the share of a limit after which the handler is reminded; 0 never reminds."),
            ConfigurationKey(
                "reminders.share.denominator", .integer(1...100, unit: "parts"), standard: "3",
                "Lower part of that share."),
            ConfigurationKey(
                "reminders.before", .integer(0...30, unit: "working days"), standard: "1",
                "How long before the last day handler and leader are reminded; 0 never reminds."),
            ConfigurationKey(
                "reminders.after", .integer(0...30, unit: "working days"), standard: "1",
                "How long after the last day leader and office are reminded; 0 never reminds."),
        ])

    /// Any of the actions by which somebody can have to do with a case.
    private static let anyPart = [
        Action.read, Action.readComplaint, Action.dispatch, Action.dispatchComplaint, Action.office,
        Action.officeComplaint,
    ]
    /// Whoever raises something: enterprises and units, and those who speak for a bank.
    private static let applicants = [Action.submit, Action.submitForBank]
    private static let offices = [Action.office, Action.officeComplaint]
    private static let dispatchers = [Action.dispatch, Action.dispatchComplaint]

    /// Who may make which call; the handlers narrow by case, unit and region.
    static let access: AccessTable = [
        "SubmitCase": .anyAction(applicants),
        "EditCase": .anyAction(applicants),
        "AddComment": .anyAction(anyPart),
        "AcceptCase": .anyAction(dispatchers),
        "RefuseCase": .anyAction(dispatchers),
        "AssignCase": .anyAction(dispatchers + offices),
        "TransferCase": .anyAction(dispatchers + [Action.handle]),
        "ReturnCase": .action(Action.handle),
        "TakeUpCase": .action(Action.handle),
        "AskApplicant": .action(Action.handle),
        "SupplyInformation": .anyAction(applicants),
        "EscalateCase": .action(Action.handle),
        "DecideCase": .anyAction(offices),
        "PromiseReply": .action(Action.handle),
        "RequestExtension": .action(Action.handle),
        "DecideExtension": .anyAction(offices),
        "ReplyCase": .action(Action.handle),
        "ResolveCase": .action(Action.handle),
        "RateCase": .anyAction(applicants),
        "ReopenCase": .anyAction(applicants),
        "WriteOffCase": .anyAction(dispatchers),
        "WithdrawCase": .anyAction(applicants),
        "GetCase": .anyAction(anyPart),
        "ListCases": .anyAction(anyPart),
        "ListTrail": .anyAction(anyPart),
        "ExplainDeadlines": .anyAction(anyPart),
        "IssueSupervision": .anyAction(offices),
        "PutOnSupervisionList": .anyAction(offices),
        "ReferToAccountability": .anyAction(offices),
        "AnswerSupervision": .action(Action.handle),
        "ReturnSupervisionAnswer": .anyAction(offices),
        "CloseSupervision": .anyAction(offices),
        "ListSupervisions": .action(Action.readSupervision),
        "AnswerRectification": .action(Action.handle),
        "DecideRectification": .anyAction(offices),
        "ListRectifications": .action(Action.readRatings),
        "GetUnitRatings": .action(Action.readRatings),
        "ListRatings": .action(Action.readRatings),
        "ListDeadlineRules": .authenticated,
        "SetDeadlineRule": .action(Action.writeRules),
    ]

    /// Puts the parts together.
    public static func build(_ runtime: Runtime) throws -> ServiceComponents {
        let configuration = runtime.configuration
        func setting(_ key: String) -> Int { configuration.integer(key) ?? 0 }
        let plan = try ReminderPlan(
            share: (setting("reminders.share.numerator"), setting("reminders.share.denominator")),
            workingDaysBefore: setting("reminders.before"), workingDaysAfter: setting("reminders.after"))
        let appeals = Appeals(
            sight: CaseSight(units: runtime.trust), trust: runtime.trust, timers: Timers(runtime), plan: plan,
            calendar: try .stateCouncil(), outbox: runtime.outbox)
        return ServiceComponents(
            rpcs: [AppealRPC(appeals: appeals, database: runtime.database, commands: runtime.commands)],
            workers: [TimerWorker.make(runtime, appeals.handlers())])
    }
}
