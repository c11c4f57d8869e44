import CommonContracts
import Crypto
import DirectoryContracts
import DirectoryDomain
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Kafka
import Logging
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import DirectoryService

typealias DirectoryClient = Zhitongche_Directory_V1_DirectoryService.Client<HTTP2ClientTransport.Posix>

/// The directory as production builds it, over real PostgreSQL and the broker, with a post office that keeps codes.
struct DirectoryBench: Sendable {
    static let administratorPassword = "First-Start-2020"
    static let policySecret = "policy-secret-for-tests"

    let handle: ServiceHandle
    let configuration: ServiceConfiguration
    /// The settings that the configuration was read from.
    let environment: [String: String]
    let administration: Database
    let broker: DevelopmentBroker
    let postOffice: PostOffice
    let client: DirectoryClient
    let development: Zhitongche_Common_V1_DevelopmentService.Client<HTTP2ClientTransport.Posix>
    let raw: GRPCClient<HTTP2ClientTransport.Posix>
    let rootPublicKey: [UInt8]
    let totpSecret: [UInt8]

    /// Runs the directory around a body and stops it cleanly.
    static func run(
        _ settings: [String: String] = [:], _ body: (DirectoryBench) async throws -> Void
    ) async throws {
        let logger = Logger.bench("directory")
        let administrative = try await PostgresCluster.shared().makeDatabase(prefix: "directory")
        let administration = Database(configuration: administrative, logger: logger)
        try await Roles.bootstrap(admin: administration, services: ["directory"], passwords: { "password-of-\($0)" })
        let definition = DirectoryApp.definition
        let topics = Set(definition.topics + definition.reads + definition.deadLetterTopics)
        let broker = try await DevelopmentBroker.start(topics: topics.map { ($0.name, Topic.partitions) })
        func url(_ role: String) -> String {
            "postgresql://\(role):password-of-\(role)@\(administrative.host):\(administrative.port)/\(administrative.database)"
        }
        let root = Curve25519.Signing.PrivateKey()
        let totp = TimeStepCodes.makeSecret()
        let postOffice = PostOffice()
        try await postOffice.run { postPort in
            let environment = [
                "ZTC_DIRECTORY_GRPC_PORT": "0", "ZTC_DIRECTORY_HTTP_PORT": "0",
                "ZTC_DIRECTORY_DATABASE_URL": url(Postgres.Roles.app(of: "directory")),
                "ZTC_DIRECTORY_MIGRATOR_URL": url(Postgres.Roles.migrator(of: "directory")),
                "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers,
                "ZTC_ROOT_PUBLIC_KEY": root.publicKey.rawRepresentation.base64EncodedString(),
                "ZTC_DIRECTORY_ROOT_PRIVATE_KEY": root.rawRepresentation.base64EncodedString(),
                "ZTC_DIRECTORY_DATA_KEY": Data(Secret.random(count: 32)).base64EncodedString(),
                "ZTC_DIRECTORY_BOOTSTRAP_ADMINISTRATOR_PASSWORD": administratorPassword,
                "ZTC_DIRECTORY_BOOTSTRAP_ADMINISTRATOR_TOTP": Base32.encode(totp),
                "ZTC_DIRECTORY_SERVICE_SECRETS": "policy=\(policySecret),enterprise=enterprise-secret-for-tests",
                "ZTC_DIRECTORY_PASSWORD_ROUNDS": "10", "ZTC_DIRECTORY_CODE_PAUSE": "0",
                "ZTC_DIRECTORY_NOTIFICATION_GRPC": "127.0.0.1:\(postPort)",
                "ZTC_DEVELOPMENT": broker.isExternal ? "false" : "true",
            ].merging(settings) { _, own in own }
            let configuration = try ServiceConfiguration(DirectoryApp.definition, environment: environment)
            let handle = try await ServiceHandle.start(DirectoryApp.self, configuration, logger: logger)
            let raw = GRPCClient(
                transport: try HTTP2ClientTransport.Posix(
                    target: .ipv4(address: "127.0.0.1", port: handle.grpcPort), transportSecurity: .plaintext))
            let connections = Task { try await raw.runConnections() }
            let bench = DirectoryBench(
                handle: handle, configuration: configuration, environment: environment,
                administration: administration, broker: broker, postOffice: postOffice,
                client: DirectoryClient(wrapping: raw),
                development: Zhitongche_Common_V1_DevelopmentService.Client(wrapping: raw), raw: raw,
                rootPublicKey: [UInt8](root.publicKey.rawRepresentation), totpSecret: totp)
            let result: Result<Void, any Error>
            do {
                // The administrator is the last thing that the first start makes.
                try await eventually(within: .seconds(60)) {
                    handle.isServing && handle.runtime.trust.isLoaded
                        ? try await bench.count(
                            "SELECT count(*) AS n FROM directory.account WHERE login = 'administrator'") : 0
                } is: {
                    $0 == 1
                }
                result = .success(try await body(bench))
            } catch {
                result = .failure(error)
            }
            raw.beginGracefulShutdown()
            try await connections.value
            try await handle.stop()
            try result.get()
        }
    }

    /// Options of a call: every call has a deadline.
    var options: CallOptions { .ofTests }

    /// Metadata with a token.
    func bearer(_ token: String) -> Metadata { ["authorization": "Bearer \(token)", "accept-language": "en"] }

    /// A step's code of the administrator, counted from the present step.
    func totp(_ offset: Int64 = 0, secret: [UInt8]? = nil) -> String {
        TimeStepCodes.code(secret: secret ?? totpSecret, step: RealTime.now.seconds / 30 + offset)
    }

    func login(
        _ login: String, _ password: String, totp: String = "", enterprise: String = ""
    ) async throws -> Zhitongche_Directory_V1_LoginResponse {
        try await client.login(
            .with {
                $0.login = login
                $0.password = password
                $0.totp = totp
                $0.enterpriseID = enterprise
            }, options: options)
    }

    /// The administrator's metadata, once the replica knows the roles.
    func administrator() async throws -> Metadata {
        let session = try await login("administrator", Self.administratorPassword, totp: totp()).session
        try await eventually {
            handle.runtime.trust.permissions(of: ["administrator"]).count
        } is: {
            $0 > 0
        }
        return bearer(session.accessToken)
    }

    /// Makes the regions of a city and a bureau in it.
    func makePlaces(_ admin: Metadata) async throws {
        for (code, name, parent) in [
            ("370000", "山东省", ""), ("370900", "泰安市", "370000"), ("370902", "泰山区", "370900"),
        ] {
            _ = try await client.setRegion(
                .with {
                    $0.requestID = "region-\(code)"
                    $0.region = .with {
                        $0.code = code
                        $0.name = name
                        $0.parent = parent
                    }
                }, metadata: admin, options: options)
        }
        _ = try await makeUnit("economy-bureau", name: "市经信局", admin)
    }

    @discardableResult
    func makeUnit(
        _ id: String, name: String, parent: String = "", region: String = "370900", _ admin: Metadata
    ) async throws -> Zhitongche_Directory_V1_Unit {
        try await client.createUnit(
            .with {
                $0.requestID = newID()
                $0.unit = .with {
                    $0.unitID = id
                    $0.name = name
                    $0.kind = .bureau
                    $0.parentID = parent
                    $0.region = region
                    $0.active = .with { $0.start = date(2018, 1, 1) }
                }
            }, metadata: admin, options: options
        ).unit
    }

    func makeStaff(
        _ login: String, roles: [String], unit: String = "economy-bureau", password: String = "Staff-Pass-2020",
        _ admin: Metadata
    ) async throws -> Zhitongche_Directory_V1_CreateStaffAccountResponse {
        try await client.createStaffAccount(
            .with {
                $0.requestID = newID()
                $0.login = login
                $0.password = password
                $0.displayName = "综合科"
                $0.unitID = unit
                $0.roleIds = roles
            }, metadata: admin, options: options)
    }

    /// Moves business time.
    func moveClock(to instant: String) async throws { try await raw.moveClock(to: instant) }

    /// One number from the database, read with all rights.
    func count(_ sql: SQL) async throws -> Int {
        try await administration.transaction { try $0.only(sql).get("n") }
    }

    /// Changes the database behind the service's back, such as to let time pass.
    func change(_ sql: SQL) async throws -> Int { try await administration.transaction { try $0.execute(sql) } }

    /// The payloads of one message type on a topic, in the order of each partition.
    func published<M: Message>(_ type: M.Type, on topic: Topic) async throws -> [(seq: Int64, message: M)] {
        try await broker.events(on: topic).filter { $0.type == M.protoMessageName }.map {
            ($0.seq, try M(serializedBytes: $0.payload))
        }
    }

    /// Publishes a message as its owner would.
    func publish<M: Message>(_ message: M, topic: Topic, key: String, seq: Int64, id: String = newID()) async throws {
        try await broker.publish(
            bytes: try message.serializedBytes(), topic: topic, key: key, seq: seq, id: id, type: M.protoMessageName)
    }
}

func date(_ year: Int32, _ month: Int32, _ day: Int32) -> Zhitongche_Common_V1_Date {
    .with {
        $0.year = year
        $0.month = month
        $0.day = day
    }
}
