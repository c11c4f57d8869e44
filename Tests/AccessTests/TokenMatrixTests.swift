import DirectoryContracts
import GRPCCore
import Postgres
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite("Tokens and roles against every call (XCT-10)", .serialized)
struct TokenMatrixTests {
    @Test(
        "XCT-10, rule 18: what is no valid token is refused by every call, also where none is needed, and audited",
        arguments: Installation.allCases)
    func tokens(_ service: Installation) async throws {
        try await service.run { stage in
            try await stage.revoke(ForgedToken.revokedAccount)
            #expect(!stage.contract.methods.isEmpty)
            var refused = 0
            for forged in ForgedToken.allCases {
                let metadata = stage.metadata(try await forged.headers(stage.directory))
                for method in stage.contract.methods {
                    let code = try await stage.call(method, metadata)?.code
                    #expect(code == .unauthenticated, "\(method.name) with \(forged)")
                    refused += 1
                }
            }
            for method in stage.contract.methods where stage.rule(of: method) != .anonymous {
                #expect(
                    try await stage.call(method, stage.metadata([]))?.code == .unauthenticated, "\(method.name) alone")
                refused += 1
            }
            try await stage.expectAudited(refused)
        }
    }

    @Test(
        "XCT-10: every role gets with every call exactly as far as the table says, and what is denied is audited",
        arguments: Installation.allCases)
    func roles(_ service: Installation) async throws {
        try await service.run { stage in
            let account = "019a0000-0000-7000-8000-000000000001"
            let enterprise = "019a0000-0000-7000-8000-0000000000e1"
            var callers: [(name: String, claims: TokenClaims, role: AccessReport.Role?)] = stage.roles.map { role in
                let claims =
                    role.kind == .enterprise
                    ? stage.directory.enterpriseUser(account, enterprise: enterprise, roles: [role.id])
                    : stage.directory.staff(account, roles: [role.id])
                return (role.id, claims, role)
            }
            callers.append(("staff without a role", stage.directory.staff(account, roles: []), nil))
            callers.append(("staff with an unknown role", stage.directory.staff(account, roles: ["no-such-role"]), nil))
            callers.append(
                ("enterprise without a role", stage.directory.enterpriseUser(account, enterprise: nil, roles: []), nil))
            for name in ["directory", "policy", "nobody-knows"] {
                callers.append(("service \(name)", stage.directory.service(name), nil))
            }
            var denied = 0
            for (name, claims, role) in callers {
                let metadata = try await stage.metadata(claims)
                for method in stage.contract.methods {
                    let rule = try #require(stage.rule(of: method))
                    let kind = try #require(Caller.Kind(rawValue: claims.kind))
                    let admission = AccessReport.admission(
                        rule, kind: kind, permissions: role?.permissions ?? [], service: claims.service)
                    let error = try await stage.call(method, metadata)
                    if admission == .denied {
                        #expect(error?.code == .permissionDenied, "\(method.name) as \(name)")
                    } else {
                        #expect(error?.code != .permissionDenied, "\(method.name) as \(name): \(error?.message ?? "")")
                    }
                    if error?.code == .permissionDenied || error?.code == .unauthenticated { denied += 1 }
                }
            }
            try await stage.expectAudited(denied)
        }
    }
}

extension Stage {
    fileprivate func call(_ method: ServedContract.Method, _ metadata: Metadata) async throws -> RPCError? {
        try await call(method, [], metadata)
    }

    /// Lets the directory revoke the tokens that an account has, and waits until the service knows.
    fileprivate func revoke(_ account: String) async throws {
        try await publish(
            .with {
                $0.accountID = account
                $0.kind = .staff
                $0.status = .active
                // The tokens are made while the calls go on, which takes as long as the machine needs.
                $0.notBefore = Google_Protobuf_Timestamp(.now + .seconds(3_600))
            })
        try await eventually {
            handle.runtime.trust.isRevoked(account: account, issuedAt: .now)
        } is: {
            $0
        }
    }

    /// Expects the audit to tell of exactly as many refusals: a row for each, and numbers for those beyond the rate.
    func expectAudited(_ refused: Int) async throws {
        try await eventually(within: .seconds(60)) {
            try await auditedDenials()
        } is: {
            $0 == refused
        }
    }
}
