import CommonContracts
import GRPCCore
import GrpcContracts
import Logging
import Messaging
import Postgres
import ServiceLifecycle
import UnixSignals

/// A mistake in a service's own code that keeps it from starting.
public struct AssemblyError: Error, CustomStringConvertible {
    /// What is wrong, one line each.
    public let problems: [String]
    /// All problems.
    public var description: String { problems.joined(separator: "\n") }
}

/// Puts a service together: the same parts in production and in tests.
struct Assembly: Sendable {
    let runtime: Runtime
    let server: CallServer
    let operations: OperationsServer
    let health: HealthState
    let gate: Gate

    private let relay: Relay
    private let reader: StateReader
    private let inbox: Inbox
    private let workers: WorkerRunner
    private let certificate: OwnCertificate?
    private let expiry: CertificateExpiry
    private let exporter: SpanExporter?

    init<App: ServiceApp>(_ app: App.Type, _ configuration: ServiceConfiguration, logger: Logger) throws {
        let definition = App.definition
        let schema = definition.name
        // First of all, or counters made below would count nowhere.
        let metrics = MetricsRegistry.shared
        let exporter = SpanExporter.Settings(configuration).map { settings in
            SpanExporter(settings, service: schema, instance: UUIDv7.make(), metrics: metrics, logger: logger)
        }
        let tracer = TraceTracer(logger: logger, exporter: exporter)
        let health = HealthState()
        let database = Database(
            configuration: configuration.database, pool: Self.pool(configuration.databaseConnections), logger: logger)
        let relay = Relay(
            schema: schema, service: schema, database: database, kafka: configuration.kafka, logger: logger)
        let outbox = Outbox(schema: schema) { relay.wake() }
        let trust = Trust(rootPublicKey: configuration.rootPublicKey, isComplete: false) { health.set(.trust, true) }
        let audit = AuditLog(schema: schema)
        let commands = Commands(schema: schema, database: database, outbox: outbox)
        let certificate = try configuration.tls.server.map {
            try OwnCertificate($0, every: configuration.tls.reloadInterval, logger: logger)
        }
        let runtime = Runtime(
            configuration: configuration, database: database, outbox: outbox, clock: BusinessClock(schema: schema),
            commands: commands, trust: trust, audit: audit, logger: logger,
            peers: PeerClients(configuration, certificate: certificate, tracer: tracer, logger: logger),
            wakes: WorkerWakes())
        let components = try App.build(runtime)
        let letters = DeadLetters(
            schema: schema, group: definition.group, subscriptions: components.subscriptions, outbox: outbox,
            limits: configuration.parkingLimits)

        let eventLog = EventLogService(
            definition: definition, runtime: runtime, relay: relay, sources: components.states)
        var rpcs: [any RegistrableRPCService] = components.rpcs + [eventLog]
        var rules = definition.access.rules
        rules.merge(AccessTable.ofEveryService) { own, _ in own }
        rpcs.append(
            DeadLetterService(letters: letters, database: database, commands: commands, audit: audit))
        if configuration.developmentMode {
            rpcs.append(
                DevelopmentService(
                    clock: runtime.clock, database: database, moved: { [wakes = runtime.wakes] in wakes.wakeAll() }))
            rules.merge(DevelopmentService.rules) { own, _ in own }
        }
        let access = AccessTable(rules, streams: definition.access.streams)
        let methods = Self.methods(of: rpcs)
        let read = Set(components.subscriptions.map(\.topic))
        let mismatches =
            access.mismatches(methods: methods.map(\.fullyQualifiedMethod))
            + read.symmetricDifference(definition.reads).map {
                "\($0.name): the definition and the subscriptions disagree on whether it is read"
            }
            + Set(components.states.map(\.topic)).symmetricDifference(definition.topics.filter { $0.kind == .state })
            .map { "\($0.name): the definition and the state sources disagree on whether it is a state topic" }
        guard mismatches.isEmpty else { throw AssemblyError(problems: mismatches) }
        let names = Set(methods.map(\.service.fullyQualifiedService)).sorted()
        let pool = try DescriptorPool(definition.descriptors + CommonDescriptors.files + GrpcDescriptors.files)
        let platform = [
            "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        ]
        let reflection = ReflectionService(pool: pool, services: names + platform)
        rpcs += [
            HealthService(state: health, services: Set(names + [""])), reflection,
            ReflectionAlphaService(current: reflection),
        ]

        let denials = AuditedDenials(database: database, audit: audit, metrics: metrics, logger: logger)
        let interceptors: [any ServerInterceptor] = [
            TelemetryInterceptor(tracer: tracer, metrics: metrics, logger: logger),
            ErrorInterceptor(logger: logger),
            DeadlineInterceptor(
                streams: access.streams, limiter: CallLimiter(limit: configuration.concurrentCalls)),
            AuthenticationInterceptor(
                access: access, isMutualTLS: configuration.tls.clientAuthorities != nil,
                verifier: TokenVerifier(trust: trust), denials: denials),
            AuthorisationInterceptor(access: access, denials: denials),
            TextInterceptor(names: pool.fieldNames),
        ]
        self.exporter = exporter
        self.runtime = runtime
        self.health = health
        self.relay = relay
        server = try CallServer(
            configuration, services: rpcs, interceptors: interceptors, health: health, certificate: certificate)
        self.certificate = certificate
        expiry = CertificateExpiry(files: configuration.certificateFiles, metrics: metrics, logger: logger)
        operations = OperationsServer(
            host: configuration.grpcHost, port: configuration.httpPort, registry: metrics, health: health,
            logger: logger)
        gate = Gate(
            configuration: configuration, definition: definition, database: database, health: health, logger: logger)
        reader = TrustReplica.reader(of: trust, kafka: configuration.kafka, logger: logger)
        inbox = Inbox(
            schema: schema, group: definition.group, database: database, kafka: configuration.kafka,
            subscriptions: components.subscriptions.map { $0.traced(by: tracer) }, outbox: outbox,
            settings: Self.inboxSettings(configuration), logger: logger)
        let digests = DigestWorker(
            definition: definition, database: database, clock: runtime.clock, outbox: outbox)
        let seeds = SeedWorker(
            schema: schema, database: database, clock: runtime.clock, outbox: outbox, sources: components.states)
        let followers =
            configuration.developmentMode ? [ClockFollower.worker(runtime.clock, database, runtime.wakes)] : []
        let gauges = BacklogGauges(schema: schema, database: database, metrics: metrics)
        workers = WorkerRunner(
            schema: schema, database: database,
            workers: components.workers + [
                Self.housekeeping(commands), Self.partitions(database, schema), gauges.worker,
                AuditSealer(schema: schema, database: database, outbox: outbox).worker, denials.worker,
                digests.worker, seeds.worker,
                Self.retention(configuration, database),
                Self.calendar(runtime),
            ] + followers,
            wakes: runtime.wakes, metrics: metrics, logger: logger)
    }

    /// The parts in the order in which they start. They stop in reverse, which is rule 16: health and calls first,
    /// then consumers, workers and relay, then the pool, and telemetry last.
    func group(signals: [UnixSignal]) -> ServiceGroup {
        let ready = gate.schemaReady
        var parts: [any Service] =
            exporter.map { exporter in
                [RunsUntilStopped { try await exporter.run() }]
            } ?? []
        parts += [
            operations,
            RunsUntilStopped { [expiry] in try await expiry.run() },
            RunsUntilStopped { [database = runtime.database] in try await database.run() },
            RunsUntilStopped(after: ready) { [relay] in try await relay.run() },
            runtime.peers,
            // It only holds memory, and its client may be waiting for a broker that is away.
            RunsUntilStopped(patience: .seconds(2)) { [reader] in try await reader.run() },
            RunsUntilStopped(after: ready) { [workers] in await workers.run() },
            RunsUntilStopped(after: ready) { [inbox] in try await inbox.run() },
            server,
            gate,
        ]
        if let certificate { parts.insert(certificate, at: 1) }
        var configuration = ServiceGroupConfiguration(
            services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }, logger: runtime.logger)
        configuration.gracefulShutdownSignals = signals
        configuration.maximumGracefulShutdownDuration = runtime.configuration.stopTime
        return ServiceGroup(configuration: configuration)
    }

    private static func methods(of rpcs: [any RegistrableRPCService]) -> [MethodDescriptor] {
        var router = RPCRouter<CallServer.Transport>()
        for rpc in rpcs { rpc.registerMethods(with: &router) }
        return router.methods
    }

    /// Divides the connections: one each for the relay and health, a third of the rest for consumers.
    private static func pool(_ connections: Int) -> PoolConfiguration {
        let consumers = max(1, (connections - 2) / 3)
        return PoolConfiguration(calls: connections - 2 - consumers, relay: 1, consumers: consumers, health: 1)
    }

    private static func inboxSettings(_ configuration: ServiceConfiguration) -> Inbox.Settings {
        var settings = Inbox.Settings()
        settings.parking = configuration.parkingLimits
        return settings
    }

    /// Makes partitions ahead of need; the function runs with the owner's rights, which this service has not.
    private static func partitions(_ database: Database, _ schema: String) -> Worker {
        Worker(name: "partitions", leader: true) { context in
            while true {
                try await database.transaction(.consumers) { transaction in
                    _ = try transaction.query("SELECT \(identifier: schema).ensure_partitions()")
                }
                try await context.wait(for: .seconds(3_600))
            }
        }
    }

    /// Drops what is past its time, after the partitions ahead have been made.
    private static func retention(_ configuration: ServiceConfiguration, _ database: Database) -> Worker {
        let retention = Retention(
            schema: configuration.name, database: database, journalDays: configuration.journalDays,
            inboxDays: configuration.inboxDays)
        return Worker(name: "retention", leader: true) { context in
            while true {
                let dropped = try await retention.run()
                if !dropped.isEmpty {
                    context.logger.notice(
                        "partitions past their time were dropped",
                        metadata: ["partitions": .array(dropped.map { .string($0) })])
                }
                try await context.wait(for: .seconds(3_600))
            }
        }
    }

    /// Tells the replica of trust what day it is, so that units end on their day. Every replica of the service does;
    /// the development call that moves the clock wakes it.
    private static func calendar(_ runtime: Runtime) -> Worker {
        Worker(name: "calendar", leader: false) { context in
            while true {
                runtime.trust.note(
                    today: try await runtime.database.transaction(.consumers, readOnly: true) {
                        try runtime.clock.today($0)
                    })
                try await context.wait(for: .seconds(30))
            }
        }
    }

    private static func housekeeping(_ commands: Commands) -> Worker {
        Worker(name: "request-identifiers", leader: true) { context in
            while true {
                while try await commands.forgetOldAnswers() > 0 {}
                try await context.wait(for: .seconds(3_600))
            }
        }
    }
}
