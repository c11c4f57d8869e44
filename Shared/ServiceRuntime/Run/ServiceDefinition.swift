import GRPCCore
import Messaging
import Postgres

/// What is fixed about a service: name, port, schema, topics, access and contract.
public struct ServiceDefinition: Sendable {
    /// Name of the service and of its schema, lower case, e.g. "policy".
    public let name: String
    /// Default gRPC port; HTTP is one hundred higher.
    public let defaultPort: Int
    /// The service's own migrations, after those of messaging and runtime; their numbers only give the order.
    public let migrations: [Migration]
    /// Topics that it writes, those of its audit and its daily digests among them; they exist before it starts.
    public let topics: [Topic]
    /// Topics that its consumer group reads; each has a topic of dead letters beside it.
    public let reads: [Topic]
    /// Who may make which call.
    public let access: AccessTable
    /// Actions that reading the history of a topic needs besides `events.read`, by the topic's name: for topics with an
    /// access list of their own.
    public let topicActions: [String: String]
    /// Serialised `FileDescriptorProto`s of its contract, for reflection.
    public let descriptors: [[UInt8]]
    /// Settings of its own.
    public let settings: [ConfigurationKey]

    /// Defines a service.
    public init(
        name: String, defaultPort: Int, migrations: [Migration], topics: [Topic], reads: [Topic] = [],
        access: AccessTable, topicActions: [String: String] = [:], descriptors: [[UInt8]],
        settings: [ConfigurationKey] = []
    ) {
        self.name = name
        self.defaultPort = defaultPort
        self.migrations = migrations
        self.topics = topics + [.audit(of: name), .digests(name)]
        self.reads = reads
        self.access = access
        self.topicActions = topicActions
        self.descriptors = descriptors
        self.settings = settings
    }
}

extension ServiceDefinition {
    /// The service's consumer group.
    public var group: String { "ztc.\(name)" }
    /// Where its group puts what it could not handle.
    public var deadLetterTopics: [Topic] { reads.map { $0.deadLetters(of: group) } }
    /// What reading the history of a topic needs besides `events.read`; nil when nothing. Dead letters hold what others
    /// published, so only operators read them, and the audit is for those who read it elsewhere as well.
    func action(for topic: Topic) -> String? {
        if topic.kind == .deadLetters { return EventLogService.readOperations }
        return topic == .audit(of: name) ? "audit.read" : topicActions[topic.name]
    }
}

/// A service: its definition, and how its parts are put together. The same call in production and in tests.
public protocol ServiceApp: SendableMetatype {
    /// What is fixed about it.
    static var definition: ServiceDefinition { get }
    /// Makes its parts; nothing runs yet and neither database nor broker may be asked here.
    static func build(_ runtime: Runtime) throws -> ServiceComponents
}

/// The parts of a service.
public struct ServiceComponents: Sendable {
    /// The calls that it answers.
    public let rpcs: [any RegistrableRPCService]
    /// The events that it listens to.
    public let subscriptions: [Subscription]
    /// What it does in the background.
    public let workers: [Worker]
    /// Where the states of each of its state topics come from.
    public let states: [StateSource]

    /// The parts of a service.
    public init(
        rpcs: [any RegistrableRPCService], subscriptions: [Subscription] = [], workers: [Worker] = [],
        states: [StateSource] = []
    ) {
        self.rpcs = rpcs
        self.subscriptions = subscriptions
        self.workers = workers
        self.states = states
    }
}
