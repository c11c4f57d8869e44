import DirectoryContracts
import DirectoryDomain
import Foundation
import ServiceRuntime

/// The directory: units, regions, roles, accounts, sessions and the audit (DIR-1 to DIR-8).
public enum DirectoryApp: ServiceApp {
    /// Name, port, schema, topics, access and settings.
    public static let definition = ServiceDefinition(
        name: "directory", defaultPort: 7401, migrations: Migrations.all, topics: DirectoryEvents.topics,
        reads: [.events("enterprise", "claim")] + OnAuditBatchSealed.topics,
        access: DirectoryAccess.table, descriptors: DirectoryDescriptors.files, settings: settings)

    private static let settings = [
        ConfigurationKey(
            "root.private.key", .base64(bytes: 32), isRequired: true, isSecret: true,
            "Ed25519 key that signs key sets, raw; belongs to root.public.key (DIR-6)."),
        ConfigurationKey(
            "data.key", .base64(bytes: 32), isRequired: true, isSecret: true,
            "Key from which those for personal data and secrets at rest are derived (DIR-5)."),
        ConfigurationKey(
            "bootstrap.administrator.password", .text, isSecret: true,
            "Password of the account `administrator`, created while there is no staff account."),
        ConfigurationKey(
            "bootstrap.administrator.totp", .text, isSecret: true,
            "Base32 secret of that account's second factor; without it the account has to enrol one first."),
        ConfigurationKey(
            "service.secrets", .text, isSecret: true,
            "Secrets of the other services, `policy=…,enterprise=…` or a JSON object; at least 16 characters each."),
        ConfigurationKey(
            "password.minimum", .integer(8...64, unit: "characters"), standard: "10", "Least length of passwords."),
        ConfigurationKey(
            "password.rounds", .integer(10...20, unit: "binary logarithm of scrypt rounds"), standard: "14",
            "Cost of a new password's hash: 14 takes 16 MiB for each of the five passes."),
        ConfigurationKey(
            "code.pause", .integer(0...3600, unit: "seconds"), standard: "60",
            "Shortest pause between two one-time codes to one phone."),
        ConfigurationKey(
            "code.address.limit", .integer(0...1_000_000, unit: "codes"), standard: "60",
            "One-time codes asked for from one address (IPv6: one /64) in an hour; 0 for any number."),
    ]

    /// Makes the directory's parts.
    ///
    /// - Throws: ``FieldProblem`` for settings that do not fit together, ``WrongRootKey``.
    public static func build(_ runtime: Runtime) throws -> ServiceComponents {
        let configuration = runtime.configuration
        let rootKey = try RootKey(bytes(configuration.string("root.private.key")))
        guard [UInt8](rootKey.key.publicKey.rawRepresentation) == configuration.rootPublicKey else {
            throw WrongRootKey()
        }
        let vault = DataVault(key: bytes(configuration.string("data.key")))
        let rules = PasswordRules(minimumLength: configuration.integer("password.minimum") ?? 10)
        let sender = CodeSender(
            runtime: runtime, vault: vault,
            keys: SigningKeys(vault: vault, rootKey: rootKey, trust: runtime.trust))
        let cost = PasswordHasher.Cost(
            logRounds: configuration.integer("password.rounds") ?? 14, blockSize: 8, parallelism: 5)
        let parts = DirectoryParts(
            runtime: runtime, vault: vault, hasher: PasswordHasher(cost: cost), passwordRules: rules,
            serviceSecrets: try ServiceSecrets(configuration.string("service.secrets") ?? ""), rootKey: rootKey,
            codeSender: sender, codePauseSeconds: Int64(configuration.integer("code.pause") ?? 60),
            codesPerAddress: configuration.integer("code.address.limit") ?? 60)
        let upkeep = Upkeep(
            firstStart: FirstStart(parts: parts, administrator: try administrator(configuration, rules)))
        return ServiceComponents(
            rpcs: [DirectoryRPC(parts: parts)],
            subscriptions: [OnClaimVerified.subscription(runtime)]
                + OnAuditBatchSealed(logger: runtime.logger).subscriptions,
            workers: [upkeep.worker, sender.worker], states: DirectoryStates.sources)
    }

    private static func administrator(
        _ configuration: ServiceConfiguration, _ rules: PasswordRules
    ) throws -> FirstStart.Administrator? {
        guard let password = configuration.string("bootstrap.administrator.password") else { return nil }
        try rules.check(
            password, field: "bootstrap.administrator.password", names: [FirstStart.administratorLogin])
        let secret = try configuration.string("bootstrap.administrator.totp").map { text in
            guard let secret = Base32.decode(text), secret.count >= 16 else {
                throw FieldProblem("bootstrap.administrator.totp", "must be base32 of at least 16 bytes")
            }
            return secret
        }
        return FirstStart.Administrator(password: password, totpSecret: secret)
    }

    // Both keys were checked to be base64 of 32 bytes when the settings were read.
    private static func bytes(_ text: String?) -> [UInt8] { [UInt8](Data(base64Encoded: text ?? "") ?? Data()) }
}

/// The private root key does not belong to the public one, so nobody would accept the key sets.
public struct WrongRootKey: Error, CustomStringConvertible {
    /// One line for the operator.
    public var description: String { "root.private.key does not belong to root.public.key" }
}
