import DirectoryContracts
import DirectoryDomain
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import DirectoryService

@Suite("DIR-5: staff accounts over the wire", .serialized)
struct AccountServiceTests {
    @Test("DIR-5: known and unknown logins answer alike; the fifth failure locks both; a step counts once")
    func login() async throws {
        try await DirectoryBench.run { bench in
            // The account of the first start has a second factor.
            let password = DirectoryBench.administratorPassword
            let missing = try await problem { try await bench.login("administrator", password) }
            #expect(missing?.code == .unauthenticated && missing?.reason == .secondFactorRequired)
            let code = bench.totp()
            let session = try await bench.login("administrator", password, totp: code)
            #expect(session.account.roleIds == ["administrator"] && session.account.secondFactorEnrolled)
            let reused = try await problem { try await bench.login("administrator", password, totp: code) }
            #expect(reused?.reason == .wrongCredentials, "a step of the second factor counts once")
            _ = try await bench.login("administrator", password, totp: bench.totp(1))

            for login in ["administrator", "nobody", "13805380000", "91370900MA3C00000X"] {
                var problems: [Problem?] = []
                for _ in 0..<6 {
                    problems.append(try await problem { try await bench.login(login, "Wrong-Password-1") })
                }
                #expect(problems.prefix(5).allSatisfy { $0 == .wrongCredentialsSeenByClients }, "\(login)")
                #expect(problems[5]?.reason == .accountLocked, "\(login)")
            }
            let locked = try await problem { try await bench.login("administrator", password, totp: bench.totp(1)) }
            #expect(locked?.reason == .accountLocked, "while locked even the right password is refused")
            let denials = try await bench.count(
                """
                SELECT count(*) AS n FROM directory.audit_entry
                WHERE outcome = 'denied' AND detail = 'login' AND reason IN ('WRONG_CREDENTIALS', 'ACCOUNT_LOCKED')
                    AND object = 'account:' || \(session.account.accountID)
                """)
            #expect(denials == 6, "one reused step, five failures; what comes while locked is not written without end")
            // Every refusal leaves one row at a limited rate, and no other about logins that nobody has.
            let unnamed = try await bench.count(
                """
                SELECT count(*) AS n FROM directory.audit_entry
                WHERE outcome = 'denied' AND method LIKE '%/Login' AND object = 'account:unknown'
                """)
            #expect(unnamed == 0)
            let refused = try await bench.count(
                """
                SELECT count(*) AS n FROM directory.audit_entry
                WHERE outcome = 'denied' AND method LIKE '%/Login' AND object = '' AND reason = 'WRONG_CREDENTIALS'
                """)
            #expect(refused > 0)

            // Fifteen minutes later.
            _ = try await bench.change(
                "UPDATE directory.login_guard SET locked_until = locked_until - interval '15 minutes'")
            let opened = try await problem { try await bench.login("administrator", password) }
            #expect(opened?.reason == .secondFactorRequired)
        }
    }

    @Test("DIR-5: opening accounts, changing roles and status; states on the topic; two administrators")
    func accounts() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            let request = Zhitongche_Directory_V1_CreateStaffAccountRequest.with {
                $0.requestID = "open-wang"
                $0.login = "wang"
                $0.password = "Staff-Pass-2020"
                $0.displayName = "综合科"
                $0.unitID = "economy-bureau"
                $0.roleIds = ["handler"]
                $0.phone = "13805380001"
            }
            let account = try await bench.client.createStaffAccount(request, metadata: admin, options: bench.options)
                .account
            #expect(account.region == "370900" && account.maskedPhone == "*******0001" && account.version == 1)
            let repeated = try await problem {
                try await bench.client.createStaffAccount(request, metadata: admin, options: bench.options)
            }
            #expect(repeated?.code == .alreadyExists, "answers that may hold a secret are not kept")
            #expect(try await bench.count("SELECT count(*) AS n FROM directory.account WHERE login = 'wang'") == 1)
            func open(_ change: @escaping @Sendable (inout Zhitongche_Directory_V1_CreateStaffAccountRequest) -> Void)
                async throws -> Problem?
            {
                var other = request
                other.requestID = newID()
                other.login = "li"
                other.phone = ""
                change(&other)
                return try await problem { [other] in
                    try await bench.client.createStaffAccount(other, metadata: admin, options: bench.options)
                }
            }
            #expect(try await open { $0.login = "Wang!" }?.violations.first?.field == "login")
            #expect(try await open { $0.login = "wang" }?.code == .alreadyExists)
            #expect(
                try await open {
                    $0.login = "li4"; $0.phone = "13805380001"
                }?.code == .alreadyExists)
            #expect(
                try await open {
                    $0.login = "li4"; $0.password = "short"
                }?.violations.first?.field == "password")
            #expect(
                try await open {
                    $0.login = "li4"; $0.unitID = "nobody"
                }?.violations.first?.field == "unit_id")
            #expect(
                try await open {
                    $0.login = "li4"; $0.roleIds = ["wizard"]
                }?.violations.first?.field == "role_ids[0]")
            #expect(
                try await open {
                    $0.login = "li4"; $0.roleIds = []
                }?.violations.first?.field == "role_ids")

            // By login name or phone; a token of before a change of roles is refused.
            let session = try await bench.login("13805380001", "Staff-Pass-2020").session
            let mine = bench.bearer(session.accessToken)
            try await eventually {
                try await problem { try await bench.client.whoAmI(.init(), metadata: mine, options: bench.options) }
            } is: {
                $0 == nil
            }
            let who = try await bench.client.whoAmI(.init(), metadata: mine, options: bench.options)
            #expect(who.accountID == account.accountID && who.unitID == "economy-bureau" && who.region == "370900")
            func setRoles(_ roles: [String], version: Int64) async throws -> Zhitongche_Directory_V1_Account {
                try await bench.client.setAccountRoles(
                    .with {
                        $0.requestID = newID()
                        $0.accountID = account.accountID
                        $0.version = version
                        $0.roleIds = roles
                    }, metadata: admin, options: bench.options
                ).account
            }
            #expect(try await setRoles(["reviewer", "handler"], version: 1).version == 2)
            let late = try await problem { try await setRoles(["auditor"], version: 1) }
            #expect(late?.code == .aborted && late?.metadata["current_version"] == "2")
            try await eventually {
                try await problem { try await bench.client.whoAmI(.init(), metadata: mine, options: bench.options) }?
                    .code
            } is: {
                $0 == .unauthenticated
            }
            let refreshed = try await bench.client.refreshSession(
                .with { $0.refreshToken = session.refreshToken }, options: bench.options
            ).session
            let roles = try await bench.client.whoAmI(
                .init(), metadata: bench.bearer(refreshed.accessToken), options: bench.options
            ).roleIds
            #expect(roles == ["reviewer", "handler"])

            // Disabled: no session, no refresh, no token.
            func setStatus(_ status: Zhitongche_Directory_V1_AccountStatus, version: Int64) async throws {
                _ = try await bench.client.setAccountStatus(
                    .with {
                        $0.requestID = newID()
                        $0.accountID = account.accountID
                        $0.version = version
                        $0.status = status
                    }, metadata: admin, options: bench.options)
            }
            try await setStatus(.disabled, version: 2)
            let twice = try await problem { try await setStatus(.disabled, version: 3) }
            #expect(twice?.code == .failedPrecondition)
            let shut = try await problem { try await bench.login("wang", "Staff-Pass-2020") }
            #expect(shut?.reason == .wrongCredentials)
            let ended = try await problem {
                try await bench.client.refreshSession(
                    .with { $0.refreshToken = refreshed.refreshToken }, options: bench.options)
            }
            #expect(ended?.code == .unauthenticated)
            try await eventually {
                try await problem {
                    try await bench.client.whoAmI(
                        .init(), metadata: bench.bearer(refreshed.accessToken), options: bench.options)
                }?.code
            } is: {
                $0 == .unauthenticated
            }
            try await setStatus(.active, version: 3)
            _ = try await bench.login("wang", "Staff-Pass-2020")

            let states = try await eventually {
                try await bench.published(
                    Zhitongche_Directory_V1_AccountState.self, on: DirectoryEvents.accountStates
                ).filter { $0.message.accountID == account.accountID }
            } is: {
                $0.count == 4
            }
            #expect(states.map(\.seq) == [1, 2, 3, 4])
            #expect(states.map(\.message.status) == [.active, .active, .disabled, .active])
            #expect(!states[0].message.hasNotBefore && states[1].message.hasNotBefore)
            let listed = try await bench.client.listAccounts(
                .with { $0.unitID = "economy-bureau" }, metadata: admin, options: bench.options)
            #expect(listed.accounts.map(\.login) == ["wang"])
            let all = try await bench.client.listAccounts(.init(), metadata: admin, options: bench.options)
            #expect(Set(all.accounts.map(\.login)) == ["administrator", "directory", "enterprise", "policy", "wang"])
        }
    }

    @Test("DIR-5: a role that needs a second factor is left out until one is enrolled; own password")
    func secondFactor() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            let publisher = try await bench.makeStaff("publisher-zhao", roles: ["publisher"], admin)
            let given = try #require(Base32.decode(publisher.totpSecret))
            #expect(given.count == 20)
            let refused = try await problem { try await bench.login("publisher-zhao", "Staff-Pass-2020") }
            #expect(refused?.reason == .secondFactorRequired)
            let code = bench.totp(secret: given)
            #expect(
                try await bench.login("publisher-zhao", "Staff-Pass-2020", totp: code).account.login == "publisher-zhao"
            )

            // A handler becomes a publisher later, without a factor.
            let handler = try await bench.makeStaff("handler-qian", roles: ["handler"], admin)
            #expect(handler.totpSecret.isEmpty)
            _ = try await bench.client.setAccountRoles(
                .with {
                    $0.requestID = newID()
                    $0.accountID = handler.account.accountID
                    $0.version = 1
                    $0.roleIds = ["handler", "publisher"]
                }, metadata: admin, options: bench.options)
            let half = try await bench.login("handler-qian", "Staff-Pass-2020").session
            let mine = bench.bearer(half.accessToken)
            #expect(
                try await bench.client.whoAmI(.init(), metadata: mine, options: bench.options).roleIds == ["handler"])
            let wrong = try await problem {
                try await bench.client.enrolSecondFactor(
                    .with { $0.password = "Not-Mine-2020" }, metadata: mine, options: bench.options)
            }
            #expect(wrong?.reason == .wrongCredentials)
            let enrolled = try await bench.client.enrolSecondFactor(
                .with { $0.password = "Staff-Pass-2020" }, metadata: mine, options: bench.options
            ).totpSecret
            let secret = try #require(Base32.decode(enrolled))
            let renewed = try await bench.client.refreshSession(
                .with { $0.refreshToken = half.refreshToken }, options: bench.options
            ).session
            #expect(
                try await bench.client.whoAmI(
                    .init(), metadata: bench.bearer(renewed.accessToken), options: bench.options
                ).roleIds == ["handler"], "a session without second factor stays without")
            let full = try await bench.login("handler-qian", "Staff-Pass-2020", totp: bench.totp(secret: secret))
                .session
            let whole = bench.bearer(full.accessToken)
            #expect(
                try await bench.client.whoAmI(.init(), metadata: whole, options: bench.options).roleIds
                    == ["handler", "publisher"])

            // A new password ends every session.
            func change(_ new: String) async throws -> Problem? {
                try await problem {
                    try await bench.client.changePassword(
                        .with {
                            $0.oldPassword = "Staff-Pass-2020"
                            $0.newPassword = new
                        }, metadata: whole, options: bench.options)
                }
            }
            #expect(try await change("weak")?.violations.first?.field == "new_password")
            #expect(try await change("Handler-Qian-1")?.violations.first?.field == "new_password")
            #expect(try await change("Staff-Pass-2020")?.violations.first?.field == "new_password")
            #expect(try await change("Other-Pass-2021") == nil)
            let ended = try await problem {
                try await bench.client.refreshSession(
                    .with { $0.refreshToken = full.refreshToken }, options: bench.options)
            }
            #expect(ended?.code == .unauthenticated)
            try await eventually {
                try await problem { try await bench.client.whoAmI(.init(), metadata: whole, options: bench.options) }?
                    .code
            } is: {
                $0 == .unauthenticated
            }
            let old = try await problem { try await bench.login("handler-qian", "Staff-Pass-2020") }
            #expect(old?.reason == .wrongCredentials)
            _ = try await bench.login("handler-qian", "Other-Pass-2021", totp: bench.totp(1, secret: secret))
        }
    }

    @Test("DIR-4, XCT-10: roles are data; a narrow scope reaches no further and gives no more than it has")
    func scopes() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            try await bench.makeUnit("economy-office", name: "办公室", parent: "economy-bureau", admin)
            try await bench.makeUnit("finance-bureau", name: "市财政局", admin)
            func setRole(_ version: Int64, _ metadata: Metadata? = nil) async throws -> Zhitongche_Directory_V1_Role {
                try await bench.client.setRole(
                    .with {
                        $0.requestID = newID()
                        $0.role = .with {
                            $0.roleID = "unit-administrator"
                            $0.name = "单位管理员"
                            $0.version = version
                            $0.permissions = [
                                .with {
                                    $0.action = "directory.account.*"
                                    $0.scope = .ownUnitAndBelow
                                },
                                .with {
                                    $0.action = "directory.role.write"
                                    $0.scope = .ownUnitAndBelow
                                },
                                .with {
                                    $0.action = "policy.point.read"
                                    $0.scope = .all
                                },
                            ]
                        }
                    }, metadata: metadata ?? admin, options: bench.options
                ).role
            }
            #expect(try await setRole(0).version == 1)
            #expect(try await problem { try await setRole(0) }?.code == .alreadyExists)
            #expect(try await setRole(1).version == 2)
            #expect(try await problem { try await setRole(1) }?.code == .aborted)
            _ = try await bench.client.setRole(
                .with {
                    $0.requestID = newID()
                    $0.role = .with {
                        $0.roleID = "policy-reader"
                        $0.name = "政策查阅员"
                        $0.permissions = [
                            .with {
                                $0.action = "policy.point.read"
                                $0.scope = .all
                            }
                        ]
                    }
                }, metadata: admin, options: bench.options)
            _ = try await bench.makeStaff("chief", roles: ["unit-administrator"], admin)
            let token = try await bench.login("chief", "Staff-Pass-2020").session.accessToken
            let chief = bench.bearer(token)
            try await eventually {
                let trust = bench.handle.runtime.trust
                return trust.permissions(of: ["unit-administrator"]).count == 3
                    && trust.isUnit("economy-office", within: "economy-bureau")
            } is: {
                $0
            }
            func open(_ login: String, _ unit: String, _ roles: [String]) async throws -> Problem? {
                try await problem { try await bench.makeStaff(login, roles: roles, unit: unit, chief) }
            }
            #expect(try await open("clerk-one", "economy-office", ["policy-reader"]) == nil)
            #expect(try await open("clerk-two", "finance-bureau", ["policy-reader"])?.reason == .scopeDenied)
            #expect(try await open("clerk-three", "economy-office", ["administrator"])?.reason == .scopeDenied)
            #expect(try await problem { try await setRole(2, chief) }?.reason == .scopeDenied)
            let seen = try await bench.client.listAccounts(.init(), metadata: chief, options: bench.options).accounts
            #expect(Set(seen.map(\.login)) == ["chief", "clerk-one"])
            let far = try await problem {
                try await bench.client.listAccounts(
                    .with { $0.unitID = "finance-bureau" }, metadata: chief, options: bench.options)
            }
            #expect(far?.reason == .scopeDenied)
            let administrator = try await bench.client.listAccounts(.init(), metadata: admin, options: bench.options)
                .accounts.first { $0.login == "administrator" }
            let other = try #require(administrator?.accountID)
            let hidden = try await problem {
                try await bench.client.getAccount(
                    .with { $0.accountID = other }, metadata: chief, options: bench.options)
            }
            #expect(hidden?.code == .permissionDenied)
            let audited = try await eventually {
                try await bench.count(
                    "SELECT count(*) AS n FROM directory.audit_entry WHERE outcome = 'denied' AND reason = 'SCOPE_DENIED'"
                )
            } is: {
                $0 >= 5
            }
            #expect(audited == 5)
        }
    }

    @Test("DIR-3, XCT-10: a merged unit's accounts pass to its successor on the day; a renamed one keeps them")
    func merger() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.moveClock(to: "2020-04-20T01:00:00Z")
            try await bench.makePlaces(admin)
            try await bench.makeUnit("industry-bureau", name: "市工信局", admin)
            _ = try await bench.client.setRole(
                .with {
                    $0.requestID = newID()
                    $0.role = .with {
                        $0.roleID = "unit-administrator"
                        $0.name = "单位管理员"
                        $0.permissions = [
                            .with {
                                $0.action = "directory.account.write"
                                $0.scope = .ownUnitAndBelow
                            }
                        ]
                    }
                }, metadata: admin, options: bench.options)
            _ = try await bench.makeStaff("old-chief", roles: ["unit-administrator"], unit: "economy-bureau", admin)
            _ = try await bench.makeStaff("new-chief", roles: ["unit-administrator"], unit: "industry-bureau", admin)
            let role = ["unit-administrator"]
            let clerk = try await bench.makeStaff("clerk", roles: role, unit: "economy-bureau", admin).account
            let colleague = try await bench.makeStaff("colleague", roles: role, unit: "industry-bureau", admin).account
            let trust = bench.handle.runtime.trust
            try await eventually {
                trust.permissions(of: ["unit-administrator"]).count == 1
                    && ["economy-bureau", "industry-bureau"].allSatisfy { trust.name(of: $0) != nil }
            } is: {
                $0
            }
            func change(_ account: String, by login: String) async throws -> Problem? {
                let token = try await bench.login(login, "Staff-Pass-2020").session.accessToken
                let version = try await bench.client.getAccount(
                    .with { $0.accountID = account }, metadata: admin, options: bench.options
                ).account.version
                return try await problem {
                    try await bench.client.setAccountRoles(
                        .with {
                            $0.requestID = newID()
                            $0.accountID = account
                            $0.version = version
                            $0.roleIds = ["unit-administrator"]
                        }, metadata: bench.bearer(token), options: bench.options)
                }
            }
            #expect(try await change(clerk.accountID, by: "old-chief") == nil)
            #expect(try await change(clerk.accountID, by: "new-chief")?.reason == .scopeDenied)

            // A new name changes nothing.
            _ = try await bench.client.renameUnit(
                .with {
                    $0.requestID = newID()
                    $0.unitID = "economy-bureau"
                    $0.version = 1
                    $0.name = "市经济局"
                    $0.from = date(2020, 4, 1)
                }, metadata: admin, options: bench.options)
            try await eventually {
                trust.name(of: "economy-bureau")
            } is: {
                $0 == "市经济局"
            }
            #expect(try await change(clerk.accountID, by: "old-chief") == nil)
            #expect(try await change(clerk.accountID, by: "new-chief")?.reason == .scopeDenied)

            // The end is announced for 1 May: until then nothing changes either.
            _ = try await bench.client.endUnit(
                .with {
                    $0.requestID = newID()
                    $0.unitID = "economy-bureau"
                    $0.version = 2
                    $0.on = date(2020, 5, 1)
                    $0.successorIds = ["industry-bureau"]
                }, metadata: admin, options: bench.options)
            #expect(try await change(clerk.accountID, by: "new-chief")?.reason == .scopeDenied)
            try await bench.moveClock(to: "2020-04-30T16:00:00Z")
            try await eventually {
                trust.heirs(of: "economy-bureau")
            } is: {
                $0 == ["industry-bureau"]
            }
            #expect(try await change(clerk.accountID, by: "new-chief") == nil)
            #expect(try await change(colleague.accountID, by: "new-chief") == nil)
            // The old unit's chief went with it.
            #expect(try await change(clerk.accountID, by: "old-chief") == nil)
            #expect(try await change(colleague.accountID, by: "old-chief") == nil)
        }
    }
}

extension Problem {
    /// The uniform refusal as it is read back from the wire in Chinese.
    static let wrongCredentialsSeenByClients = Problem(
        .unauthenticated, .wrongCredentials, zh: Problem.wrongCredentials.zh, en: Problem.wrongCredentials.en)
}
