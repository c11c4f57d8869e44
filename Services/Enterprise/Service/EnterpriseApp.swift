import EnterpriseContracts
import Foundation
import Messaging
import ServiceRuntime

/// The enterprise service's parts, put together in one way for production and tests.
public enum EnterpriseApp: ServiceApp {
    /// Name, port, schema, topics, access and contract.
    public static let definition = ServiceDefinition(
        name: "enterprise", defaultPort: 7403, migrations: Migrations.all,
        topics: [EnterpriseTopics.state, EnterpriseTopics.claims, EnterpriseTopics.audience],
        reads: [.events("policy", "point")],
        access: AccessTable(
            [
                "LoadEnterprises": .action("enterprise.load"),
                "ListLoadErrors": .action("enterprise.load"),
                "GetEnterprise": .action("enterprise.read"),
                "ListEnterprises": .action("enterprise.read"),
                "GetAttributes": .action("enterprise.read"),
                "RecordAttributes": .action("enterprise.attributes.write"),
                "SetListMembership": .action("enterprise.list.write"),
                "ChooseTags": .action("enterprise.tags.choose"),
                "SubmitClaim": .kinds([.enterprise]),
                "ExplainPoint": .action("enterprise.match.read"),
                "ListMatches": .action("enterprise.match.read"),
                "PreviewAudience": .action("enterprise.audience.preview"),
                "GetAudience": .action("enterprise.audience.read"),
                "ListAudienceMembers": .action("enterprise.audience.read"),
            ],
            // A million rows take as long as they take; the client ends the stream.
            streams: ["LoadEnterprises"]),
        descriptors: EnterpriseDescriptors.files,
        settings: [
            ConfigurationKey(
                "data.key", .base64(bytes: 32), isRequired: true, isSecret: true,
                "Seals representatives' names at rest and compares them by keyed hash.")
        ])

    /// Makes the parts.
    public static func build(_ runtime: Runtime) throws -> ServiceComponents {
        guard let key = Data(base64Encoded: runtime.configuration.string("data.key") ?? ""), key.count == 32 else {
            throw Problem.invalid("data.key", "must be base64 of 32 bytes")
        }
        let index = MatchIndex(database: runtime.database, clock: runtime.clock, logger: runtime.logger)
        let catalogue = PointCatalogue()
        let regions = RegionNames()
        let parts = EnterpriseParts(
            runtime: runtime, vault: Vault(key: [UInt8](key)), index: index, catalogue: catalogue, regions: regions)
        let matcher = Matcher(runtime: runtime, index: index, catalogue: catalogue)
        var points = Subscription(.events("policy", "point"))
        OnPointPublished(parts: parts).register(&points)
        OnPointWithdrawn(parts: parts).register(&points)
        OnPointExpired(parts: parts).register(&points)
        return ServiceComponents(
            rpcs: [EnterpriseRPC(parts: parts)], subscriptions: [points],
            workers: [
                Worker(name: MatchIndex.workerName, leader: false) { try await index.follow($0) },
                Worker(name: Matcher.workerName, leader: true) { try await matcher.run($0) },
                Worker(name: "regions", leader: false) { try await regions.follow(runtime, $0) },
            ],
            states: [EnterpriseStates.source(parts)])
    }
}
