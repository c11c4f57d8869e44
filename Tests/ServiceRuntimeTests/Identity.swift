import Crypto
import DirectoryContracts
import Postgres

@testable import ServiceRuntime

/// A directory's keys and data for tests: a root key, a signing key in force, and a trust replica fed with them.
struct Identity {
    let root = Curve25519.Signing.PrivateKey()
    let signing = Curve25519.Signing.PrivateKey()
    let keyID = "key-1"
    let now: Instant
    let trust: Trust

    init(now: Instant = .now) throws {
        self.now = now
        trust = Trust(rootPublicKey: [UInt8](root.publicKey.rawRepresentation))
        try apply(to: trust)
    }

    func signedKeySet(serial: Int64 = 1) throws -> Zhitongche_Directory_V1_SignedKeySet {
        let keySet = Zhitongche_Directory_V1_KeySet.with {
            $0.serial = serial
            $0.keys = [
                .with {
                    $0.keyID = keyID
                    $0.algorithm = "EdDSA"
                    $0.publicKey = signing.publicKey.rawRepresentation
                }
            ]
        }
        return try .signed(keySet, by: root, rootKeyID: "root")
    }

    /// Brings keys, one role per scope and a small tree of units into a replica.
    func apply(to trust: Trust) throws {
        // In place of the reader, which would say so at the end of the directory's topics.
        trust.noteComplete()
        try trust.apply(signedKeySet())
        for (id, scope) in Self.roles {
            trust.apply(
                Zhitongche_Directory_V1_Role.with {
                    $0.roleID = id
                    $0.permissions = [
                        .with {
                            $0.action = "probe.*"
                            $0.scope = scope
                        }
                    ]
                })
        }
        for (id, parent, region) in [
            ("office", "", "320500"), ("bureau", "office", "320583"), ("desk", "bureau", "320583"),
            ("elsewhere", "", "310000"),
        ] {
            trust.apply(
                Zhitongche_Directory_V1_Unit.with {
                    $0.unitID = id
                    $0.parentID = parent
                    $0.region = region
                })
        }
    }

    static let roles: [(String, Zhitongche_Directory_V1_Scope)] = [
        ("own", .ownUnit), ("below", .ownUnitAndBelow), ("region", .region), ("all", .all),
        ("enterprise", .ownEnterprise), ("none", .unspecified),
    ]

    func claims(
        roles: [String] = ["all"], account: String = "account-1", kind: Caller.Kind = .staff, unit: String? = "bureau",
        region: String? = "320583", enterprise: String? = nil, service: String? = nil
    ) -> TokenClaims {
        TokenClaims(
            account: account, kind: kind, unit: unit, region: region, roles: roles, enterprise: enterprise,
            service: service, identifier: "token-1", now: now, lifetime: .seconds(600))
    }

    func token(_ claims: TokenClaims? = nil) async throws -> String {
        try await TokenIssuer(keyID: keyID, key: signing).sign(claims ?? self.claims())
    }
}
