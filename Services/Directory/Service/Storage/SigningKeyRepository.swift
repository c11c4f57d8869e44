import DirectoryDomain
import Postgres

/// A signing key with its plan; the private key is encrypted.
struct SigningKeyRecord: Sendable {
    var plan: SigningKeyPlan
    let publicKey: [UInt8]
    let privateKeySealed: [UInt8]
}

/// A key set as it was signed, byte for byte.
struct KeySetRecord: Sendable {
    let serial: Int64
    let keySet: [UInt8]
    let signature: [UInt8]
    let rootKeyID: String
}

/// Signing keys and the signed sets of their public parts (DIR-6).
enum SigningKeyRepository {
    /// Keeps other rotations out until the transaction ends.
    static func lockRotation(_ tx: Transaction) throws {
        try tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('directory.signing_key', 0))")
    }

    /// Keys that are accepted at a time, newest first.
    static func published(at now: RealTime, _ tx: Transaction) throws -> [SigningKeyRecord] {
        try tx.query(
            """
            SELECT id, public_key, private_key_sealed, created_at, signs_from, accepted_until
            FROM directory.signing_key WHERE accepted_until IS NULL OR accepted_until > \(now.instant)
            ORDER BY signs_from DESC, id DESC
            """
        ) { row in
            SigningKeyRecord(
                plan: SigningKeyPlan(
                    id: try row.get("id"), createdAt: RealTime(try row.get("created_at", as: Instant.self)),
                    signsFrom: RealTime(try row.get("signs_from", as: Instant.self)),
                    acceptedUntil: try row.get("accepted_until", as: Instant?.self).map { RealTime($0) }),
                publicKey: try row.get("public_key"), privateKeySealed: try row.get("private_key_sealed"))
        }
    }

    static func insert(_ key: SigningKeyRecord, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO directory.signing_key (id, public_key, private_key_sealed, created_at, signs_from)
            VALUES (\(key.plan.id), \(key.publicKey), \(key.privateKeySealed), \(key.plan.createdAt.instant),
                \(key.plan.signsFrom.instant))
            """, expecting: 1)
    }

    static func retire(_ plan: SigningKeyPlan, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.signing_key SET accepted_until = \(plan.acceptedUntil?.instant)
            WHERE id = \(plan.id) AND accepted_until IS NULL
            """, expecting: 1)
    }

    /// Deletes keys whose last token expired long ago.
    static func forget(acceptedBefore limit: Instant, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM directory.signing_key WHERE accepted_until < \(limit)")
    }

    static func newestSet(_ tx: Transaction) throws -> KeySetRecord? {
        try tx.first(
            "SELECT serial, key_set, signature, root_key_id FROM directory.key_set ORDER BY serial DESC LIMIT 1"
        ).map { row in
            KeySetRecord(
                serial: try row.get("serial"), keySet: try row.get("key_set"), signature: try row.get("signature"),
                rootKeyID: try row.get("root_key_id"))
        }
    }

    static func insert(_ set: KeySetRecord, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO directory.key_set (serial, key_set, signature, root_key_id)
            VALUES (\(set.serial), \(set.keySet), \(set.signature), \(set.rootKeyID))
            """, expecting: 1)
    }
}
