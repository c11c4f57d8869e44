import Foundation
import Testing

@testable import ServiceRuntime

@Suite("Configuration (XCT-14)")
struct ConfigurationTests {
    private static let definition = ServiceDefinition(
        name: "probe", defaultPort: 7499, migrations: [], topics: [], access: [:], descriptors: [],
        settings: [ConfigurationKey("probe.limit", .integer(1...9, unit: "apples"), standard: "3", "A limit.")])

    private static let good = [
        "ZTC_PROBE_DATABASE_URL": "postgresql://ztc_probe_app:hush@db.example:5433/zhitongche?sslmode=disable",
        "ZTC_ROOT_PUBLIC_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
    ]

    private func problems(_ changes: [String: String]) -> [String] {
        do {
            _ = try ServiceConfiguration(Self.definition, environment: Self.good.merging(changes) { $1 })
            return []
        } catch let error as ConfigurationError {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("probe-\(UUID()).json")
        try Data(text.utf8).write(to: path)
        return path.path
    }

    @Test("defaults hold where nothing is set") func defaults() throws {
        let configuration = try ServiceConfiguration(Self.definition, environment: Self.good)
        #expect(configuration.grpcPort == 7499)
        #expect(configuration.httpPort == 7599)
        #expect(configuration.database.host == "db.example")
        #expect(configuration.integer("probe.limit") == 3)
        #expect(configuration.string("directory.grpc") == "127.0.0.1:7401")
        #expect(!configuration.developmentMode)
        #expect(configuration.migrator == nil)
    }

    @Test("every problem is named at once, with key, unit and bounds") func allProblems() {
        let found = problems([
            "ZTC_PROBE_GRPC_PORT": "70000", "ZTC_PROBE_PROBE_LIMIT": "ten", "ZTC_PROBE_DEVELOPMENT": "yes",
            "ZTC_ROOT_PUBLIC_KEY": "c2hvcnQ=", "ZTC_PROBE_TLS_KEY": "/nowhere/key.pem",
            "ZTC_PROBE_POLICY_GRPC": "no-port",
        ])
        #expect(found.contains("grpc.port: \"70000\" is not of the form: integer, 0 to 65535 TCP port"))
        #expect(found.contains("probe.limit: \"ten\" is not of the form: integer, 1 to 9 apples"))
        #expect(found.contains("development: \"yes\" is not of the form: true or false"))
        #expect(found.contains { $0.hasPrefix("root.public.key:") && $0.contains("32 bytes") })
        #expect(found.contains { $0.hasPrefix("tls.key:") })
        #expect(found.contains("tls.certificate: certificate and key go together"))
        #expect(found.contains { $0.hasPrefix("policy.grpc:") })
    }

    @Test("a required key that is missing is named") func missing() {
        let error = #expect(throws: ConfigurationError.self) {
            try ServiceConfiguration(Self.definition, environment: [:])
        }
        #expect(error?.problems.map(\.key) == ["database.url", "root.public.key"])
    }

    @Test("the environment wins over the file, the file over the default") func precedence() throws {
        let path = try file(#"{"grpc": {"port": 1111, "host": "0.0.0.0"}, "probe": {"limit": 5}, "devlopment": true}"#)
        let environment = Self.good.merging(["ZTC_PROBE_CONFIG": path, "ZTC_PROBE_GRPC_PORT": "2222"]) { $1 }
        let configuration = try ServiceConfiguration(Self.definition, environment: environment)
        #expect(configuration.grpcPort == 2222)
        #expect(configuration.grpcHost == "0.0.0.0")
        #expect(configuration.integer("probe.limit") == 5)
        #expect(configuration.unknownKeys == ["devlopment"])
    }

    @Test("a file that is no JSON object is refused by its path") func brokenFile() throws {
        let path = try file("{ not json")
        #expect(problems(["ZTC_PROBE_CONFIG": path]).first?.contains(path) == true)
    }

    @Test("a service's own variable wins over the one shared by all") func sharedVariable() throws {
        let both = Self.good.merging(
            ["KAFKA_BOOTSTRAP_SERVERS": "shared:1", "ZTC_PROBE_KAFKA_BOOTSTRAP_SERVERS": "own:2"]) { $1 }
        #expect(try ServiceConfiguration(Self.definition, environment: both).kafka.bootstrapServers == "own:2")
    }

    @Test("secrets come from files and show nowhere (XCT-11)") func secrets() throws {
        let path = try file("hush-hush\n")
        let environment = [
            "ZTC_PROBE_DATABASE_URL": "postgresql://ztc_probe_app@db.example/zhitongche",
            "ZTC_PROBE_DATABASE_PASSWORD_FILE": path, "ZTC_ROOT_PUBLIC_KEY": Self.good["ZTC_ROOT_PUBLIC_KEY"] ?? "",
            "ZTC_PROBE_SERVICE_SECRET": "top-secret",
        ]
        let configuration = try ServiceConfiguration(Self.definition, environment: environment)
        #expect(configuration.database.password == "hush-hush")
        var dumped = ""
        dump(configuration, to: &dumped)
        for shown in [configuration.description, dumped, "\(configuration)", String(reflecting: configuration)] {
            #expect(!shown.contains("hush-hush"))
            #expect(!shown.contains("top-secret"))
        }
        #expect(configuration.description.contains("service.secret = ***"))
        #expect(
            problems(["ZTC_PROBE_DATABASE_URL": "mysql://u:swordfish@h/d"]).allSatisfy { !$0.contains("swordfish") })
    }

    @Test("--help lists every key with its variable") func help() {
        let keys = ConfigurationKeys.all(service: "probe", defaultPort: 1)
        let table = ConfigurationKeys.table(of: keys, service: "probe")
        for key in keys { #expect(table.contains(key.variable(of: "probe"))) }
    }
}
