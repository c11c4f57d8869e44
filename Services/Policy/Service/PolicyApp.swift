import GRPCCore
import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime

/// The policy library: documents, points, search (POL-1 to POL-6, POL-9).
public enum PolicyApp: ServiceApp {
    static let name = "policy"

    /// Facts about documents.
    static let documentEvents = Topic.events(name, "document")
    /// Facts about points.
    static let pointEvents = Topic.events(name, "point")
    /// The version of every point that is or was last in force.
    static let pointState = Topic.state(name, "point")

    /// Name, port, schema, topics, access and contract.
    public static let definition = ServiceDefinition(
        name: name, defaultPort: 7402, migrations: PolicyMigrations.all,
        topics: [documentEvents, pointEvents, pointState], access: access, descriptors: PolicyDescriptors.files)

    /// Who may make which call; the handlers narrow staff to their units.
    static let access: AccessTable = [
        "CreateDocument": .action(Action.writeDocument),
        "GetDocument": .authenticated,
        "ListDocuments": .authenticated,
        "DraftPoint": .action(Action.draftPoint),
        "EditPoint": .action(Action.draftPoint),
        "SubmitPoint": .action(Action.draftPoint),
        "ReturnPoint": .action(Action.reviewPoint),
        "PublishPoint": .action(Action.publishPoint),
        "RevisePoint": .action(Action.draftPoint),
        "WithdrawPoint": .action(Action.publishPoint),
        "GetPoint": .authenticated,
        "ListPoints": .authenticated,
        "ListPointVersions": .action(Action.readPoint),
        "SearchPoints": .authenticated,
        "ListTags": .authenticated,
    ]

    /// Puts the parts together.
    public static func build(_ runtime: Runtime) throws -> ServiceComponents {
        let store = PolicyStore(coding: .wire)
        let expiry = ExpirePoints(
            store: store, database: runtime.database, clock: runtime.clock, outbox: runtime.outbox)
        return ServiceComponents(
            rpcs: [PolicyRPC(store: store, database: runtime.database, commands: runtime.commands)],
            workers: [
                ExpiryWorker.make(expiry, isDevelopment: runtime.configuration.developmentMode),
                IndexWorker.make(RenewIndex(store: store, database: runtime.database)),
            ],
            states: [PointStates.source(store)])
    }
}
