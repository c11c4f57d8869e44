import AppealService
import AssessmentService
import Crypto
import DirectoryContracts
import DirectoryService
import EnterpriseService
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GrpcContracts
import Logging
import Messaging
import NotificationService
import PolicyService
import Postgres
import ProjectService
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import ServiceRuntime

/// Every service of the product; what is tested here is tested with each.
enum Installation: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case directory
    case policy
    case enterprise
    case project
    case notification
    case assessment
    case appeal

    var app: any ServiceApp.Type {
        switch self {
        case .directory: DirectoryApp.self
        case .policy: PolicyApp.self
        case .enterprise: EnterpriseApp.self
        case .project: ProjectApp.self
        case .notification: NotificationApp.self
        case .assessment: AssessmentApp.self
        case .appeal: AppealApp.self
        }
    }

    var testDescription: String { rawValue }

    /// All definitions, in the order of the table.
    static var definitions: [ServiceDefinition] { allCases.map { $0.app.definition } }

    /// The roles that a fresh directory is seeded with, by a migration of its own.
    static func seededRoles() async throws -> [AccessReport.Role] {
        let place = try await PostgresCluster.shared().makeDatabase(prefix: "seeds")
        var logger = Logger(label: "seeds")
        logger.logLevel = .critical
        let administration = Database(configuration: place, logger: logger)
        try await Postgres.Roles.bootstrap(
            admin: administration, services: ["directory"], passwords: { "password-of-\($0)" })
        let migrator = Postgres.Roles.migrator(of: "directory")
        let login = try PostgresConfiguration(
            url: "postgresql://\(migrator):password-of-\(migrator)@\(place.host):\(place.port)/\(place.database)")
        try await RuntimeSchema.migrate(DirectoryApp.definition, on: login, logger: logger)
        return try await administration.transaction { try RoleRegister.read($0) }
    }

    /// The units of a test that asks for no others.
    static let fewUnits = [
        ("office", "", "370900"), ("finance", "office", "370900"), ("science", "office", "370900"),
        ("elsewhere", "", "371302"),
    ]

    /// Runs the service with the seeded roles and one for every action in each scope, around a body.
    func run(
        units: [(id: String, parent: String, region: String)] = Installation.fewUnits,
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        try await Self.run(app, units, body)
    }

    private static func run<App: ServiceApp>(
        _ app: App.Type, _ units: [(id: String, parent: String, region: String)],
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let roles = try await seededRoles()
        var directory = BenchDirectory(units: units)
        directory.keySetSerial = 1_000_000
        directory.roles =
            roles.map { role in
                .with {
                    $0.roleID = role.id
                    $0.name = role.name
                    $0.permissions = role.permissions.map(\.wire)
                    $0.version = 1
                }
            }
            + Scope.allCases.map { scope in
                .with {
                    $0.roleID = Stage.everything(scope)
                    $0.name = $0.roleID
                    $0.permissions = [Permission(action: "*", scope: scope).wire]
                    $0.version = 1
                }
            }
        let key = Data(repeating: 7, count: 32).base64EncodedString()
        let bench = try await ServiceBench.make(
            App.self, directory: directory,
            topics: App.definition.reads + [.state("directory", "region"), .state("enterprise", "enterprise")],
            environment: [
                "ZTC_DIRECTORY_ROOT_PRIVATE_KEY": directory.root.rawRepresentation.base64EncodedString(),
                "ZTC_DIRECTORY_DATA_KEY": key, "ZTC_ENTERPRISE_DATA_KEY": key,
                "ZTC_DIRECTORY_PASSWORD_ROUNDS": "10", "ZTC_DIRECTORY_CODE_PAUSE": "0",
                "ZTC_DIRECTORY_CODE_ADDRESS_LIMIT": "0",
                "ZTC_DIRECTORY_SERVICE_SECRETS": "policy=secret-of-policy-for-tests",
                "ZTC_DIRECTORY_BOOTSTRAP_ADMINISTRATOR_PASSWORD": "First-Start-2020",
            ])
        try await bench.run { handle, client in
            let contract = try await ServedContract.read(client, options: bench.options)
            let stage = Stage(
                definition: App.definition, roles: roles, directory: directory, client: client, handle: handle,
                contract: contract, administration: bench.administration, options: bench.options
            ) {
                try await bench.publish($0, topic: .state("directory", "account"), key: $0.accountID, seq: 1)
            } publishUnit: { unit in
                try await bench.publish(
                    Zhitongche_Directory_V1_UnitState.with { $0.unit = unit }, topic: .state("directory", "unit"),
                    key: unit.unitID, seq: unit.version)
            }
            try await body(stage)
        }
    }
}

extension Permission {
    fileprivate var wire: Zhitongche_Directory_V1_Permission {
        .with {
            $0.action = action
            $0.scope =
                switch scope {
                case .ownEnterprise: .ownEnterprise
                case .ownUnit: .ownUnit
                case .ownUnitAndBelow: .ownUnitAndBelow
                case .region: .region
                case .all: .all
                }
        }
    }
}

/// One running service and what its callers need.
struct Stage: Sendable {
    /// The role that allows every action everywhere.
    static let everything = everything(.all)

    /// The role that allows every action in a scope.
    static func everything(_ scope: Scope) -> String { "everything-\(scope)".lowercased() }

    let definition: ServiceDefinition
    let roles: [AccessReport.Role]
    let directory: BenchDirectory
    let client: GRPCClient<HTTP2ClientTransport.Posix>
    let handle: ServiceHandle
    let contract: ServedContract
    let administration: Database
    let options: CallOptions
    let publish: @Sendable (Zhitongche_Directory_V1_AccountState) async throws -> Void
    /// Publishes the state of a unit as the directory would; its version is the sequence number.
    let publishUnit: @Sendable (Zhitongche_Directory_V1_Unit) async throws -> Void

    /// The rule of a served call, those of development mode included.
    func rule(of method: ServedContract.Method) -> AccessRule? {
        definition.access.rules[method.name] ?? AccessTable.ofEveryService[method.name]
            ?? DevelopmentService.rules[method.name]
    }

    /// Metadata with authorization headers.
    func metadata(_ authorization: [String]) -> Metadata {
        var metadata: Metadata = ["accept-language": "en"]
        for value in authorization { metadata.addString(value, forKey: "authorization") }
        return metadata
    }

    /// Metadata with a token for claims.
    func metadata(_ claims: TokenClaims) async throws -> Metadata {
        metadata(["Bearer \(try await directory.token(claims))"])
    }

    /// Makes a call with a message given as bytes, reads the first message of the answer, and returns how it was
    /// refused; nil when it was not.
    func call(
        _ method: ServedContract.Method, _ message: [UInt8] = [], _ metadata: Metadata
    ) async throws -> RPCError? {
        do {
            _ = try await answer(method, message, metadata)
            return nil
        } catch let error as RPCError {
            return error
        }
    }

    /// Makes a call with a message given as bytes and returns the first message of the answer, empty if there is none.
    func answer(_ method: ServedContract.Method, _ message: [UInt8], _ metadata: Metadata) async throws -> [UInt8] {
        try await client.bidirectionalStreaming(
            request: StreamingClientRequest(metadata: metadata) { try await $0.write(message) },
            descriptor: MethodDescriptor(fullyQualifiedService: method.service, method: method.name),
            serializer: RawBytes(), deserializer: RawBytes(), options: options
        ) { response in
            for try await message in response.messages { return message }
            return []
        }
    }

    /// How many refusals the audit tells of: a row for each, or a number where they were too many.
    func auditedDenials() async throws -> Int {
        let schema = definition.name
        return try await administration.transaction { tx in
            try tx.only(
                """
                SELECT count(*) FILTER (WHERE detail !~ '^[0-9]+ further denials')
                    + coalesce(sum(substring(detail FROM '^([0-9]+) further denials')::bigint), 0)::bigint AS n
                FROM \(identifier: schema).audit_entry WHERE outcome = 'denied'
                """
            ).get("n")
        }
    }
}

/// Bytes as they are.
struct RawBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
    func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> [UInt8] {
        serializedMessageBytes.withUnsafeBytes { [UInt8]($0) }
    }
}
