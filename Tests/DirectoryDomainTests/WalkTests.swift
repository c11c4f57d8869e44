import DirectoryDomain
import Domain
import Testing

private let start = RealTime(microseconds: 1_587_340_800_000_000)

@Suite("DIR-5, DIR-6 random walks")
struct WalkTests {
    @Test(
        "DIR-5: no account without roles is in use, bindings only grow, revocation never goes back",
        arguments: [1, 2, 3] as [UInt64])
    func accounts(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "directory.account.walk")
        let roles = [RoleID.enterpriseUser, .administrator]
        for _ in 0..<100 {
            let isStaff = Bool.random(using: &random)
            var account =
                isStaff
                ? try Account.openStaff(
                    id: "0190a5b0-0000-7000-8000-000000000001", login: try LoginName("wang"), displayName: "综合科",
                    unit: nil, roles: [.administrator])
                : try Account.register(id: "0190a5b0-0000-7000-8000-000000000001", displayName: "李经理")
            var now = start
            for _ in 0..<40 {
                now = now.adding(seconds: Int64.random(in: 0...5, using: &random))
                let before = account
                do {
                    switch try #require(AccountCase.Command.allCases.randomElement(using: &random)) {
                    case .confirm: try account.confirm()
                    case .disable: try account.disable(at: now)
                    case .enable: try account.enable()
                    case .setRoles:
                        try account.setRoles(Array(roles.prefix(Int.random(in: 0...2, using: &random))), at: now)
                    case .bind:
                        let enterprise = "0190a5b0-0000-7000-8000-00000000000\(Int.random(in: 0..<4, using: &random))"
                        #expect(try account.bind(enterprise: enterprise) == !before.enterprises.contains(enterprise))
                    case .revokeTokens: try account.revokeTokens(at: now)
                    }
                } catch is AccountError {
                    #expect(account == before)
                } catch is Account.RoleChangeError {
                    #expect(account == before)
                }
                if account.state == .active { #expect(!account.roles.isEmpty) }
                if before.state != .pending { #expect(account.state != .pending) }
                #expect(account.enterprises.starts(with: before.enterprises))
                #expect(Set(account.enterprises).count == account.enterprises.count)
                #expect(!isStaff || account.enterprises.isEmpty)
                if let earlier = before.notBefore { #expect(try #require(account.notBefore) >= earlier) }
                if before.state == .active, account.state == .disabled { #expect(account.notBefore == now) }
                if account.roles != before.roles, before.state != .pending { #expect(account.notBefore == now) }
            }
        }
    }

    @Test(
        "ENT-2: a code is accepted once at most, within its time, and never after five wrong attempts",
        arguments: [1, 2, 3] as [UInt64])
    func codes(seed: UInt64) {
        var random = SeededRandom(seed: seed, stream: "directory.code.walk")
        for _ in 0..<300 {
            var code = OneTimeCode.issue(at: start)
            var now = start
            var (wrong, accepted) = (0, 0)
            for _ in 0..<12 {
                now = now.adding(seconds: Int64.random(in: 0...40, using: &random))
                let before = code
                switch code.attempt(matches: Int.random(in: 0..<4, using: &random) == 0, at: now) {
                case .accepted:
                    accepted += 1
                    #expect(now < code.expiresAt)
                case .wrong:
                    wrong += 1
                    #expect(now < code.expiresAt)
                case .invalid: #expect(code == before)
                }
            }
            #expect(accepted <= 1 && wrong <= OneTimeCode.attemptLimit)
            #expect((code.state == .used) == (accepted == 1))
            #expect((code.state == .exhausted) == (wrong == OneTimeCode.attemptLimit))
        }
    }

    @Test(
        "DIR-6: a refresh token is exchanged once at most; a lock opens by time or success and never lengthens",
        arguments: [1, 2, 3] as [UInt64])
    func sessions(seed: UInt64) {
        var random = SeededRandom(seed: seed, stream: "directory.session.walk")
        for _ in 0..<200 {
            var token = RefreshToken(
                state: .fresh, expiresAt: start.adding(seconds: 100),
                sessionHasEnded: Int.random(in: 0..<5, using: &random) == 0)
            var (now, rotations) = (start, 0)
            for _ in 0..<6 {
                now = now.adding(seconds: Int64.random(in: 0...40, using: &random))
                let before = token
                switch token.present(at: now) {
                case .rotated:
                    rotations += 1
                    #expect(now < token.expiresAt && !token.sessionHasEnded)
                case .reused: #expect(rotations == 1 && token == before)
                case .refused: #expect(token == before)
                }
            }
            #expect(rotations <= 1)
            var lock = LoginGuard()
            var row = 0
            for _ in 0..<60 {
                now = now.adding(seconds: Int64.random(in: 0...120, using: &random))
                let before = lock
                if Int.random(in: 0..<10, using: &random) == 0 {
                    lock.succeed()
                    row = 0
                    #expect(!lock.isLocked(at: now) && lock.failures == 0)
                    continue
                }
                lock.fail(at: now)
                if before.isLocked(at: now) {
                    #expect(lock == before)
                    continue
                }
                row += 1
                #expect(lock.isLocked(at: now) == (row == LoginGuard.failureLimit))
                if lock.isLocked(at: now) { row = 0 }
                #expect(lock.failures == row)
            }
        }
    }
}
