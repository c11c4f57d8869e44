import AppealService
import AssessmentService
import DirectoryService
import EnterpriseService
import Foundation
import GRPCNIOTransportHTTP2
import Kafka
import Logging
import Messaging
import NotificationService
import PolicyService
import Postgres
import ProjectService
import ServiceRuntime

/// The running installation: which services there are and where everything is.
struct Stack: Sendable {
    /// Every service with its definition.
    static let services: [ServiceDefinition] = [
        DirectoryApp.definition, PolicyApp.definition, EnterpriseApp.definition, ProjectApp.definition,
        NotificationApp.definition, AssessmentApp.definition,
        AppealApp.definition,
    ]

    /// All topics: what the services write, what they read of others that this installation may lack, and the dead
    /// letters of those who read.
    static var topics: [Topic] {
        let written = services.flatMap(\.topics)
        var missing: [Topic] = []
        for topic in services.flatMap(\.reads) where !(written + missing).contains(topic) { missing.append(topic) }
        return written + missing + services.flatMap(\.deadLetterTopics)
    }

    /// Whether calls that find their service away are repeated until their deadline.
    var repeatsCalls = false

    private let values: [String: String]

    /// Reads the environment, and `.run/env` for what it lacks.
    init() {
        let folder = ProcessInfo.processInfo.environment["ZTC_RUN"] ?? ".run"
        var values = Self.file("\(folder)/env")
        for (name, value) in ProcessInfo.processInfo.environment { values[name] = value }
        self.values = values
    }

    /// A value that must be set.
    func require(_ name: String) throws -> String {
        guard let value = values[name], !value.isEmpty else {
            throw Refusal("\(name) is not set: run deploy/up first, or set it in the environment")
        }
        return value
    }

    /// A value that may be missing.
    func optional(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// Host and port at which a service answers calls.
    func address(of service: String) throws -> (host: String, port: Int) {
        let text =
            optional("\(service.uppercased())_GRPC")
            ?? ConfigurationKeys.defaultPorts[service].map { "127.0.0.1:\($0)" } ?? ""
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            throw Refusal("\(service.uppercased())_GRPC is not host:port but \(text)")
        }
        return (String(text[..<colon]), port)
    }

    /// What stands in the file that a value names, without the line break at its end.
    private func content(ofFileNamedBy name: String) throws -> String {
        let path = try require(name)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Refusal("\(path), named by \(name), cannot be read")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// Whether the services are called over TLS.
    var isEncrypted: Bool { optional("ZTC_TLS_CA") != nil }

    /// TLS with the authority of `ZTC_TLS_CA`, and with the client certificate of `ZTC_TLS_CERTIFICATE` and `ZTC_TLS_KEY`.
    var transportSecurity: HTTP2ClientTransport.Posix.TransportSecurity {
        guard let authorities = optional("ZTC_TLS_CA") else { return .plaintext }
        let roots = TLSConfig.TrustRootsSource.certificates([.file(path: authorities, format: .pem)])
        guard let certificate = optional("ZTC_TLS_CERTIFICATE"), let key = optional("ZTC_TLS_KEY") else {
            return .tls { $0.trustRoots = roots }
        }
        return .mTLS(
            certificateChain: [.file(path: certificate, format: .pem)], privateKey: .file(path: key, format: .pem)
        ) { $0.trustRoots = roots }
    }

    /// The broker, with short waits where it is the development broker.
    func kafka() async throws -> KafkaConfiguration {
        var configuration = KafkaConfiguration(
            bootstrapServers: try require("KAFKA_BOOTSTRAP_SERVERS"), clientID: "ztc")
        if let authorities = optional("KAFKA_TLS_CA") {
            configuration.tls = KafkaTLS(
                caFile: authorities, certificateFile: optional("KAFKA_TLS_CERTIFICATE"),
                keyFile: optional("KAFKA_TLS_KEY"))
        }
        if let word = optional("KAFKA_SASL_MECHANISM") {
            guard let mechanism = KafkaSASL.Mechanism(rawValue: word) else {
                throw Refusal("KAFKA_SASL_MECHANISM is \(word), which is none of those supported")
            }
            configuration.sasl = KafkaSASL(
                mechanism: mechanism, username: try require("KAFKA_SASL_USERNAME"),
                password: try content(ofFileNamedBy: "KAFKA_SASL_PASSWORD_FILE"))
        }
        if try await KafkaCatalogue(configuration: configuration).isDevelopmentBroker() {
            configuration.overrides = KafkaConfiguration.developmentOverrides
        }
        return configuration
    }

    /// The database with an administrative login.
    func database() throws -> Database {
        var pool = PoolConfiguration()
        pool.waitLimit = .seconds(5)
        return Database(
            configuration: try PostgresConfiguration(url: require("DATABASE_URL")), pool: pool, logger: Self.logger)
    }

    /// Where deploy/up keeps what only this installation knows.
    var secretsFolder: URL { URL(filePath: optional("ZTC_SECRETS") ?? "\(optional("ZTC_RUN") ?? ".run")/secrets") }

    /// Only what an operator must see.
    static let logger: Logger = {
        var logger = Logger(label: "ztc")
        logger.logLevel = .error
        return logger
    }()

    private static func file(_ path: String) -> [String: String] {
        guard let text = FileManager.default.contents(atPath: path).map({ String(decoding: $0, as: UTF8.self) })
        else { return [:] }
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let name = line[..<equals].replacing("export ", with: "")
            values[String(name)] = line[line.index(after: equals)...].trimmingCharacters(in: ["'", "\""])
        }
        return values
    }
}
