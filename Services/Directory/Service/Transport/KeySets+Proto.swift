import DirectoryContracts
import DirectoryDomain
import Foundation
import ServiceRuntime
import SwiftProtobuf

/// Key sets between their stored and their published form.
enum KeySetForms {
    /// Signs the set of the public keys, newest first; the signature covers the bytes that are stored and published.
    static func signed(_ keys: [SigningKeyRecord], serial: Int64, rootKey: RootKey) throws -> KeySetRecord {
        let set = Zhitongche_Directory_V1_KeySet.with {
            $0.serial = serial
            $0.keys = keys.map { key in
                .with {
                    $0.keyID = key.plan.id
                    $0.algorithm = "EdDSA"
                    $0.publicKey = Data(key.publicKey)
                    $0.notBefore = Google_Protobuf_Timestamp(key.plan.createdAt.instant)
                    if let end = key.plan.acceptedUntil { $0.notAfter = Google_Protobuf_Timestamp(end.instant) }
                }
            }
        }
        let signed = try Zhitongche_Directory_V1_SignedKeySet.signed(set, by: rootKey.key, rootKeyID: rootKey.id)
        return KeySetRecord(
            serial: serial, keySet: [UInt8](signed.keySet), signature: [UInt8](signed.signature),
            rootKeyID: rootKey.id)
    }
}

extension KeySetRecord {
    var wire: Zhitongche_Directory_V1_SignedKeySet {
        .with {
            $0.keySet = Data(keySet)
            $0.signature = Data(signature)
            $0.rootKeyID = rootKeyID
        }
    }
}
