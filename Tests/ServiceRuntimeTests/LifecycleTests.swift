import DirectoryContracts
import GRPCCore
import Messaging
import Postgres
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite("Start and stop (XCT-8, XCT-14, rule 16)")
struct LifecycleTests {
    @Test("keys travel from outbox to trust: before them calls are UNAVAILABLE, after them they pass") func trust()
        async throws
    {
        let topics = ["keyset", "role", "account", "unit"].map { Topic.state("directory", $0) }
        let broker = try await DevelopmentBroker.start(topics: topics.map { ($0.name, Topic.partitions) })
        let stage = try await Stage(kafka: broker.bootstrapServers)
        await stage.handle.waitUntilServing()
        let token = try await stage.identity.token()
        let early = await stage.refusal("Whoami", token: token)
        #expect(early?.code == .unavailable)
        #expect(early?.message.contains("trust not loaded") == true)
        #expect(try await stage.call("Open", "without token") == "without token")

        let state = Zhitongche_Directory_V1_KeySetState.with { $0.keySet = .init() }
        let signed = try stage.identity.signedKeySet()
        let runtime = stage.handle.runtime
        try await runtime.database.transaction { transaction in
            var state = state
            state.keySet = signed
            try runtime.outbox.append(
                OutgoingEvent(
                    .state("directory", "keyset"), key: "keyset", seq: 1, time: try runtime.clock.now(transaction),
                    state),
                in: transaction)
        }
        try await eventually({ runtime.trust.isLoaded }, is: { $0 })
        #expect(try await stage.call("Whoami", token: token) == "account-1")
        try await stage.handle.stop()
        try broker.stop()
    }

    @Test("without a database the service lives, is NOT_SERVING, and opens when it comes") func databaseLater()
        async throws
    {
        let cluster = try await PostgresCluster.launch()
        let admin = try await cluster.makeDatabase(prefix: "later")
        let database = Database(configuration: admin, logger: .init(label: "later"))
        try await Roles.bootstrap(admin: database, services: ["directory"]) { _ in "sample" }
        try await cluster.stop()
        let stage = try await Stage(kafka: "127.0.0.1:1", database: admin)
        try stage.identity.apply(to: stage.handle.runtime.trust)
        #expect(!stage.handle.isServing)
        let token = try await stage.identity.token()
        #expect(await stage.refusal("Count", "r:x", token: token)?.code == .unavailable)
        try await cluster.start()
        try await eventually({ stage.handle.isServing }, is: { $0 })
        #expect(try await stage.call("Count", "r:x", token: token) == "1")
        try await stage.handle.stop()
        try await cluster.stop()
    }

    @Test("stopping lets a call under way end and refuses new ones") func drain() async throws {
        let stage = try await Stage(kafka: "127.0.0.1:1")
        await stage.handle.waitUntilServing()
        let slow = Task { await stage.refusal("Slow", "drain", timeout: .seconds(6)) }
        try await eventually({ ProbeWorker.slowCalls.withLock { $0 } }, is: { $0.contains("drain") })
        let start = ContinuousClock.now
        try await stage.handle.stop()
        #expect(ContinuousClock.now - start < .seconds(25))
        #expect(await slow.value?.code == .deadlineExceeded)
        #expect(!stage.handle.isServing)
    }

    @Test("a service whose calls and access table differ does not start") func mismatch() async throws {
        let admin = try await Stage.makeDatabase()
        let identity = try Identity()
        let configuration = try ServiceConfiguration(
            BareApp.definition, environment: Stage.environment(admin, identity))
        let error = #expect(throws: AssemblyError.self) {
            try Assembly(BareApp.self, configuration, logger: .init(label: "bare"))
        }
        #expect(error?.problems.contains("Count has no access rule") == true)
    }

    @Test("wrong arguments and settings end the process with 2") func commandLine() async {
        #expect(await ServiceMain.run(ProbeApp.self, arguments: ["dance"], environment: [:]) == 2)
        #expect(await ServiceMain.run(ProbeApp.self, arguments: ["check-config"], environment: [:]) == 2)
        #expect(await ServiceMain.run(ProbeApp.self, arguments: ["--help"], environment: [:]) == 0)
    }
}

/// The probe without any access rule.
private enum BareApp: ServiceApp {
    static let definition = ServiceDefinition(
        name: "directory", defaultPort: 0, migrations: [], topics: [], access: [:], descriptors: [])

    static func build(_ runtime: Runtime) throws -> ServiceComponents { try ProbeApp.build(runtime) }
}
