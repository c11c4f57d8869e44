import Crypto
import DirectoryDomain
import Messaging
import Postgres
import ServiceRuntime

/// Makes, rotates and uses the keys that sign access tokens (DIR-6).
struct SigningKeys: Sendable {
    /// A key fit for signing, still encrypted.
    struct Material: Sendable {
        let plan: SigningKeyPlan
        let sealed: [UInt8]

        /// How long a token that it signs now may live: no longer than the key is accepted.
        func lifetime(at now: RealTime) -> Duration { .seconds(plan.tokenSeconds(at: now)) }
    }

    let vault: DataVault
    let rootKey: RootKey
    let trust: Trust

    /// The key that signs now: the newest whose time has come and that verifiers know.
    ///
    /// Verifiers that never heard of a key refuse its tokens. This process hears of keys as they do, so a key counts as
    /// known once it has been known here for the time of the hand-over. While the broker is away the key before signs on,
    /// as long as it is accepted.
    ///
    /// - Throws: ``Problem`` UNAVAILABLE before the first key was made.
    func current(at now: RealTime, _ tx: Transaction) throws -> Material {
        let keys = try SigningKeyRepository.published(at: now, tx)
        let plans = keys.map(\.plan)
        // A process that has just started has known none of them for long, and before it has heard of any it takes what
        // its database says.
        let known = [SigningKeyPlan.leadSeconds, 0].map { seconds in
            plans.filter { trust.hasHeld($0.id, for: .seconds(seconds)) }
        }
        guard let plan = (known + [plans]).lazy.compactMap({ SigningKeyPlan.signing($0, at: now) }).first,
            let key = keys.first(where: { $0.plan.id == plan.id })
        else { throw Problem.unavailable("no signing key has been made yet") }
        return Material(plan: plan, sealed: key.privateKeySealed)
    }

    /// Signs claims.
    func sign(_ claims: TokenClaims, by material: Material) async throws -> String {
        let bytes = try vault.open(material.sealed, for: .signingKey, row: material.plan.id)
        let issuer = try TokenIssuer(
            keyID: material.plan.id, key: Curve25519.Signing.PrivateKey(rawRepresentation: bytes))
        return try await issuer.sign(claims)
    }

    /// Makes a key, hands over to it, and signs and publishes the new set.
    ///
    /// - Returns: The new key's identifier and the event with the set.
    func rotate(at now: RealTime, businessTime: Instant, _ tx: Transaction) throws -> (id: String, event: OutgoingEvent)
    {
        try SigningKeyRepository.lockRotation(tx)
        let id = newID()
        var plan = SigningKeyPlan.first(id: id, at: now)
        for key in try SigningKeyRepository.published(at: now, tx) where key.plan.acceptedUntil == nil {
            var old = key.plan
            guard let next = old.replace(by: id, at: now) else { continue }
            try SigningKeyRepository.retire(old, tx)
            plan = next
        }
        let key = Curve25519.Signing.PrivateKey()
        let sealed = try vault.seal([UInt8](key.rawRepresentation), for: .signingKey, row: id)
        try SigningKeyRepository.insert(
            SigningKeyRecord(
                plan: plan, publicKey: [UInt8](key.publicKey.rawRepresentation), privateKeySealed: sealed), tx)
        return (id, try publish(at: now, businessTime: businessTime, tx))
    }

    /// Signs the set of the keys in force under the next serial.
    ///
    /// - Returns: The event with the set.
    func publish(at now: RealTime, businessTime: Instant, _ tx: Transaction) throws -> OutgoingEvent {
        try SigningKeyRepository.lockRotation(tx)
        let serial = (try SigningKeyRepository.newestSet(tx)?.serial ?? 0) + 1
        let set = try KeySetForms.signed(
            try SigningKeyRepository.published(at: now, tx), serial: serial, rootKey: rootKey)
        try SigningKeyRepository.insert(set, tx)
        return try DirectoryEvents.keySetState(set, at: businessTime)
    }
}
