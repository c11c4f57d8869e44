import Crypto
import DirectoryContracts
import Foundation
import Messaging
import Postgres
import ServiceRuntime
import SwiftProtobuf

/// What a service sees of the directory in a test: a root key, a signing key, roles and a small tree of units.
public struct BenchDirectory: Sendable {
    /// The topics that every service reads.
    public static let topics: [Topic] = ["keyset", "role", "account", "unit"].map { .state("directory", $0) }

    /// The key that signs key sets; a directory under test is configured with it.
    public let root = Curve25519.Signing.PrivateKey()
    /// The key that signs tokens, `bench-1` in the key set.
    public let signing = Curve25519.Signing.PrivateKey()
    /// A key that was rotated out: `bench-0` in the key set, whose time is over.
    public let retired = Curve25519.Signing.PrivateKey()
    /// The key set's serial; a great one outlives the sets of a directory under test.
    public var keySetSerial: Int64 = 1
    /// Roles with their permissions.
    public var roles: [Zhitongche_Directory_V1_Role]
    /// Units; by default the office with two bureaus below it, and one elsewhere.
    public var units: [Zhitongche_Directory_V1_Unit]

    /// A directory with the given roles: identifier → pairs of action and scope.
    public init(
        roles: [String: [(String, Zhitongche_Directory_V1_Scope)]] = [:],
        units: [(id: String, parent: String, region: String)] = [
            ("office", "", "370900"), ("finance", "office", "370900"), ("science", "office", "370900"),
            ("elsewhere", "", "371302"),
        ]
    ) {
        self.roles = roles.map { id, permissions in
            .with {
                $0.roleID = id
                $0.name = id
                $0.version = 1
                $0.permissions = permissions.map { action, scope in
                    .with {
                        $0.action = action
                        $0.scope = scope
                    }
                }
            }
        }
        self.units = units.map { unit in
            .with {
                $0.unitID = unit.id
                $0.name = unit.id
                $0.parentID = unit.parent
                $0.region = unit.region
                $0.version = 1
            }
        }
    }

    /// The root's public key as services are configured with it.
    public var rootPublicKey: String { root.publicKey.rawRepresentation.base64EncodedString() }

    /// The signed key set with the one signing key.
    public func keySet() throws -> Zhitongche_Directory_V1_KeySetState {
        let keySet = Zhitongche_Directory_V1_KeySet.with {
            $0.serial = keySetSerial
            $0.keys = [
                .with {
                    $0.keyID = "bench-1"
                    $0.algorithm = "EdDSA"
                    $0.publicKey = signing.publicKey.rawRepresentation
                },
                .with {
                    $0.keyID = "bench-0"
                    $0.algorithm = "EdDSA"
                    $0.publicKey = retired.publicKey.rawRepresentation
                    $0.notAfter = Google_Protobuf_Timestamp(.now + .seconds(-60))
                },
            ]
        }
        let signed = try Zhitongche_Directory_V1_SignedKeySet.signed(keySet, by: root, rootKeyID: "bench-root")
        return .with { $0.keySet = signed }
    }

    /// A token for claims.
    public func token(_ claims: TokenClaims) async throws -> String {
        try await TokenIssuer(keyID: "bench-1", key: signing).sign(claims)
    }

    /// Claims of a post in a unit.
    public func staff(_ account: String, unit: String = "office", region: String = "370900", roles: [String])
        -> TokenClaims
    {
        TokenClaims(
            account: account, kind: .staff, unit: unit, region: region, roles: roles, identifier: UUIDv7.make(),
            now: .now, lifetime: .seconds(600))
    }

    /// Claims of a user of an enterprise.
    public func enterpriseUser(_ account: String, enterprise: String?, roles: [String] = ["enterprise-user"])
        -> TokenClaims
    {
        TokenClaims(
            account: account, kind: .enterprise, roles: roles, enterprise: enterprise, identifier: UUIDv7.make(),
            now: .now, lifetime: .seconds(600))
    }

    /// Claims of another service.
    public func service(_ name: String) -> TokenClaims {
        TokenClaims(
            account: "service-\(name)", kind: .service, service: name, identifier: UUIDv7.make(), now: .now,
            lifetime: .seconds(600))
    }
}
