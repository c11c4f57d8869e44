import Crypto
import DirectoryContracts
import Foundation
import Postgres
import SwiftProtobuf

/// A public key that the root vouches for.
struct TrustedKey: Sendable {
    let keyID: String
    let bytes: [UInt8]
    let notBefore: Instant?
    let notAfter: Instant?

    func isInForce(at now: Instant, skew: Duration) -> Bool {
        if let notBefore, now + skew < notBefore { return false }
        if let notAfter, now >= notAfter { return false }
        return true
    }
}

/// Why a key set is refused; the set in force stays.
public enum KeySetError: Error, Equatable, CustomStringConvertible {
    /// The root key did not sign these bytes.
    case badSignature
    /// The bytes are no key set, or a key in it is none.
    case malformed
    /// An older set than the one in force.
    case outdated(serial: Int64, current: Int64)

    /// One line for the log.
    public var description: String {
        switch self {
        case .badSignature: "the key set is not signed by the configured root key"
        case .malformed: "the key set is malformed"
        case .outdated(let serial, let current): "the key set's serial \(serial) is below \(current)"
        }
    }
}

/// The keys in force, read from a signed set.
struct TrustedKeySet: Sendable {
    let keys: [String: TrustedKey]
    let serial: Int64

    /// Checks the root's signature first and decodes nothing before that.
    init(_ signed: Zhitongche_Directory_V1_SignedKeySet, rootPublicKey: [UInt8]) throws {
        let root = try Curve25519.Signing.PublicKey(rawRepresentation: rootPublicKey)
        guard root.isValidSignature(signed.signature, for: signed.keySet) else { throw KeySetError.badSignature }
        guard let set = try? Zhitongche_Directory_V1_KeySet(serializedBytes: signed.keySet) else {
            throw KeySetError.malformed
        }
        var keys: [String: TrustedKey] = [:]
        for key in set.keys {
            // A key of an algorithm unknown here is left out: only EdDSA is ever accepted.
            guard key.algorithm == "EdDSA" else { continue }
            guard key.publicKey.count == 32, !key.keyID.isEmpty else { throw KeySetError.malformed }
            keys[key.keyID] = TrustedKey(
                keyID: key.keyID, bytes: [UInt8](key.publicKey),
                notBefore: key.hasNotBefore ? Instant(key.notBefore) : nil,
                notAfter: key.hasNotAfter ? Instant(key.notAfter) : nil)
        }
        self.keys = keys
        serial = set.serial
    }
}
