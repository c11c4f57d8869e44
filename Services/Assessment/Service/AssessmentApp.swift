import AssessmentContracts
import Messaging
import Postgres
import ServiceRuntime

/// Targets, values, scores and awards of the units that are assessed (ASM-1 to ASM-3, ASM-7, ASM-8, ASM-10, ASM-15).
public enum AssessmentApp: ServiceApp {
    static let name = "assessment"

    /// Facts about targets.
    static let targetEvents = Topic.events(name, "targets")
    /// Facts about values.
    static let valueEvents = Topic.events(name, "value")
    /// Facts about schemes.
    static let schemeEvents = Topic.events(name, "scheme")
    /// Facts about results and their awards.
    static let resultEvents = Topic.events(name, "result")

    /// Name, port, schema, topics, access and contract.
    public static let definition = ServiceDefinition(
        name: name, defaultPort: 7406, migrations: AssessmentMigrations.all,
        topics: [targetEvents, valueEvents, schemeEvents, resultEvents], reads: Evidence.topics, access: access,
        descriptors: AssessmentDescriptors.files)

    /// Who may make which call; the handlers narrow staff to their units.
    static let access: AccessTable = [
        "ChangeTier": .action(Action.writeTier),
        "ListTierUnits": .kinds([.staff, .service]),
        "SetIndicator": .action(Action.writeIndicator),
        "ListIndicators": .kinds([.staff, .service]),
        "DraftTargets": .action(Action.draftTargets),
        "EditTargets": .action(Action.draftTargets),
        "AcknowledgeMismatches": .action(Action.draftTargets),
        "SubmitTargets": .action(Action.draftTargets),
        "ReviewTargets": .action(Action.reviewTargets),
        "ReturnTargets": .anyAction([Action.reviewTargets, Action.approveTargets]),
        "ApproveTargets": .action(Action.approveTargets),
        "ReviseTargets": .action(Action.draftTargets),
        "GetTargets": .kinds([.staff, .service]),
        "ListTargets": .kinds([.staff, .service]),
        "ListTargetHistory": .kinds([.staff, .service]),
        "ReportValue": .action(Action.reportValue),
        "ReviseValue": .action(Action.reportValue),
        "VerifyValue": .action(Action.verifyValue),
        "ReopenValue": .action(Action.verifyValue),
        "GetValue": .action(Action.readValue),
        "ListValues": .action(Action.readValue),
        "GetDerivedValue": .action(Action.readValue),
        "DraftScheme": .action(Action.writeScheme),
        "EditScheme": .action(Action.writeScheme),
        "PublishScheme": .action(Action.publishScheme),
        "ReviseScheme": .action(Action.writeScheme),
        "GetScheme": .kinds([.staff, .service]),
        "ListSchemes": .kinds([.staff, .service]),
        "TryScheme": .action(Action.computeResult),
        "ComputeResult": .action(Action.computeResult),
        "PublishResult": .action(Action.publishResult),
        "DiscardResult": .action(Action.computeResult),
        "GetResult": .kinds([.staff, .service]),
        "ListResults": .kinds([.staff, .service]),
        "ListScores": .kinds([.staff, .service]),
        "RecomputeResult": .action(Action.computeResult),
        "TraceScore": .action(Action.traceResult),
        "GetConsumedEvent": .action(Action.traceResult),
        "SetAwardRules": .action(Action.writeAwards),
        "GetAwardRules": .kinds([.staff, .service]),
        "ProposeAwards": .action(Action.writeAwards),
        "ListAwards": .action(Action.readAwards),
    ]

    /// Puts the parts together.
    public static func build(_ runtime: Runtime) throws -> ServiceComponents {
        let store = AssessmentStore(coding: .wire)
        let onEvidence = OnEvidence(events: store.events, changes: Evidence.changes)
        return ServiceComponents(
            rpcs: [
                AssessmentRPC(
                    store: store, database: runtime.database, commands: runtime.commands, clock: runtime.clock)
            ],
            subscriptions: Evidence.subscriptions(onEvidence))
    }
}
