import DirectoryDomain
import Logging
import Postgres
import ServiceRuntime

/// Makes what must exist before anybody can log in: the states of the seeded roles, the first signing key, the accounts
/// of services and, while there is no staff, the administrator. Repeating it changes nothing.
struct FirstStart: Sendable {
    /// The account that is created while there is none.
    struct Administrator: Sendable {
        let password: String
        let totpSecret: [UInt8]?
    }

    static let administratorLogin = "administrator"

    let parts: DirectoryParts
    let administrator: Administrator?

    func run(_ logger: Logger) async throws {
        try await announceRoles()
        try await makeKeySet()
        try await makeServiceAccounts()
        try await makeAdministrator(logger)
    }

    private func announceRoles() async throws {
        try await parts.runtime.database.transaction(.consumers) { [runtime = parts.runtime] tx in
            let roles = try RoleRepository.unannounced(tx)
            guard !roles.isEmpty else { return }
            let now = try runtime.clock.now(tx)
            try runtime.outbox.append(contentsOf: try roles.map { try DirectoryEvents.state($0, at: now) }, in: tx)
            try RoleRepository.markAnnounced(roles, tx)
        }
    }

    /// The first key, or the present keys signed anew when the root key was replaced.
    private func makeKeySet() async throws {
        try await parts.runtime.database.transaction(.consumers) { [runtime = parts.runtime, keys = parts.keys] tx in
            let now = RealTime.now
            let set = try SigningKeyRepository.newestSet(tx)
            let hasKey = try !SigningKeyRepository.published(at: now, tx).isEmpty
            guard !hasKey || set?.rootKeyID != keys.rootKey.id else { return }
            let businessTime = try runtime.clock.now(tx)
            let event =
                hasKey
                ? try keys.publish(at: now, businessTime: businessTime, tx)
                : try keys.rotate(at: now, businessTime: businessTime, tx).event
            try runtime.outbox.append(event, in: tx)
        }
    }

    private func makeServiceAccounts() async throws {
        let names = Set(parts.serviceSecrets.names + ["directory"]).sorted()
        try await parts.runtime.database.transaction(.consumers) { [runtime = parts.runtime] tx in
            let now = try runtime.clock.now(tx)
            for name in names {
                let account = try Account.openService(id: newID(), name: name)
                guard try AccountRepository.insert(account, tx) else { continue }
                try runtime.outbox.append(try DirectoryEvents.state(account, at: now), in: tx)
            }
        }
    }

    private func makeAdministrator(_ logger: Logger) async throws {
        let exists = try await parts.runtime.database.transaction(.consumers, readOnly: true) { tx in
            try AccountRepository.hasStaff(tx)
        }
        guard !exists else { return }
        guard let administrator else {
            logger.notice("there is no staff account, and no password for the first one is configured")
            return
        }
        let account = try Account.openStaff(
            id: newID(), login: try LoginName(Self.administratorLogin), displayName: "系统管理员", unit: nil,
            roles: [.administrator])
        let hash = try await parts.hasher.hash(administrator.password)
        let sealed = try administrator.totpSecret.map { try parts.vault.seal($0, for: .totp, row: account.id) }
        try await parts.runtime.database.transaction(.consumers) { [runtime = parts.runtime] tx in
            guard try !AccountRepository.hasStaff(tx),
                try AccountRepository.insert(account, passwordHash: hash, totpSealed: sealed, tx)
            else { return }
            try runtime.outbox.append(
                try DirectoryEvents.state(account, at: try runtime.clock.now(tx)), in: tx)
        }
        logger.notice("the first administrator was created")
    }
}
