import DirectoryDomain
import Testing

private let now = RealTime(microseconds: 1_587_340_800_000_000)

/// An account in a state, and a command.
struct AccountCase: Sendable, CustomTestStringConvertible {
    enum Command: String, CaseIterable, Sendable { case confirm, disable, enable, setRoles, bind, revokeTokens }

    let kind: Account.Kind
    let state: Account.State
    let command: Command

    var testDescription: String { "\(command.rawValue) on \(state.rawValue) \(kind.rawValue)" }

    static let all = Account.Kind.allCases.flatMap { kind in
        Account.State.allCases.filter { $0 != .pending || kind == .enterprise }.flatMap { state in
            Command.allCases.map { AccountCase(kind: kind, state: state, command: $0) }
        }
    }

    func account() throws -> Account {
        try Account(
            id: "0190a5b0-0000-7000-8000-000000000001", kind: kind,
            login: kind == .enterprise ? nil : try LoginName("wang"), displayName: "综合科", unit: nil, state: state,
            roles: kind == .staff ? [.administrator] : [], version: 1)
    }

    /// The expected error; nil for legal pairs.
    var refusal: AccountError? {
        switch (command, kind, state) {
        case (.confirm, _, .pending): nil
        case (.confirm, _, .active): .alreadyActive
        case (.confirm, _, .disabled): .disabled
        case (.disable, _, .pending), (.enable, _, .pending): .pending
        case (.disable, _, .active): nil
        case (.disable, _, .disabled): .disabled
        case (.enable, _, .active): .alreadyActive
        case (.enable, _, .disabled): nil
        case (.setRoles, .service, _): .wrongKind(.service)
        case (.setRoles, .staff, .pending), (.setRoles, .enterprise, .pending): .pending
        case (.setRoles, .staff, _), (.setRoles, .enterprise, _): nil
        case (.bind, .staff, _): .wrongKind(.staff)
        case (.bind, .service, _): .wrongKind(.service)
        case (.bind, .enterprise, .pending): .pending
        case (.bind, .enterprise, _): nil
        case (.revokeTokens, .service, _): .wrongKind(.service)
        case (.revokeTokens, _, .pending): .pending
        case (.revokeTokens, _, .active): nil
        case (.revokeTokens, _, .disabled): .disabled
        }
    }
}

@Suite("DIR-5 accounts")
struct AccountTests {
    private static let enterprise = "0190a5b0-0000-7000-8000-00000000000e"

    @Test("DIR-5: every command in every state of every kind", arguments: AccountCase.all)
    func commandInState(_ example: AccountCase) throws {
        var account = try example.account()
        let before = account
        do {
            switch example.command {
            case .confirm:
                try account.confirm()
                #expect(account.state == .active && account.roles == [.enterpriseUser])
            case .disable:
                try account.disable(at: now)
                #expect(account.state == .disabled && account.notBefore == now)
            case .enable:
                try account.enable()
                #expect(account.state == .active)
            case .setRoles:
                try account.setRoles([.enterpriseUser], at: now)
                #expect(account.roles == [.enterpriseUser] && account.notBefore == now)
            case .bind:
                let isNew = try account.bind(enterprise: Self.enterprise)
                #expect(isNew)
                #expect(account.enterprises == [Self.enterprise])
                let isNewAgain = try account.bind(enterprise: Self.enterprise)
                #expect(!isNewAgain, "a second binding changes nothing")
            case .revokeTokens:
                try account.revokeTokens(at: now)
                #expect(account.notBefore == now)
            }
            #expect(example.refusal == nil, "the command must be refused")
        } catch {
            let cause: AccountError? =
                switch error {
                case let error as AccountError: error
                case Account.RoleChangeError.account(let error): error
                case _: nil
                }
            #expect(cause == example.refusal)
            #expect(cause != nil, "unexpected error: \(error)")
            #expect(account == before, "a refused command changes nothing")
        }
    }

    @Test("DIR-5: roles are at least one, each once")
    func roles() throws {
        var account = try AccountCase(kind: .staff, state: .active, command: .setRoles).account()
        #expect(throws: Account.RoleChangeError.self) { try account.setRoles([], at: now) }
        #expect(throws: Account.RoleChangeError.self) {
            try account.setRoles([.administrator, .administrator], at: now)
        }
        #expect(account.notBefore == nil)
    }

    @Test("DIR-6: the enterprise of a session")
    func enterprises() throws {
        var account = try AccountCase(kind: .enterprise, state: .active, command: .bind).account()
        #expect(try account.enterprise(wanted: "") == nil)
        _ = try account.bind(enterprise: "first")
        #expect(try account.enterprise(wanted: "") == "first")
        _ = try account.bind(enterprise: "second")
        #expect(try account.enterprise(wanted: "") == nil, "of several none is guessed")
        #expect(try account.enterprise(wanted: "", present: "second") == "second")
        #expect(try account.enterprise(wanted: "first", present: "second") == "first")
        #expect(try account.enterprise(wanted: "", present: "gone") == nil)
        #expect(throws: FieldProblem.self) { try account.enterprise(wanted: "other") }
    }

    @Test("DIR-5: the fifth failure locks for fifteen minutes; success clears the count")
    func locking() {
        var guarding = LoginGuard()
        for _ in 0..<4 { guarding.fail(at: now) }
        #expect(!guarding.isLocked(at: now))
        guarding.succeed()
        for _ in 0..<4 { guarding.fail(at: now) }
        #expect(!guarding.isLocked(at: now))
        guarding.fail(at: now)
        #expect(guarding.isLocked(at: now))
        let end = now.adding(seconds: 900)
        guarding.fail(at: now.adding(seconds: 800))
        #expect(guarding.isLocked(at: RealTime(microseconds: end.microseconds - 1)))
        #expect(!guarding.isLocked(at: end), "failures while locked do not prolong the lock")
        guarding.fail(at: end)
        #expect(!guarding.isLocked(at: end) && guarding.failures == 1)
    }

    @Test("DIR-5: a step of the second factor counts once, and none before it")
    func steps() {
        var factor = TimeStepFactor()
        let step = now.seconds / 30
        #expect(Set(factor.acceptableSteps(at: now)) == [step - 1, step, step + 1])
        let verdicts = [step + 2, step - 2, step, step, step - 1, step + 1].map { factor.accept(step: $0, at: now) }
        #expect(verdicts == [false, false, true, false, false, true])
        #expect(factor.lastStep == step + 1)
    }

    @Test(
        "DIR-5: password rules",
        arguments: [
            ("Short1!", false), ("longenoughbutplain", false), ("Longenough12", true), ("longenough12!", true),
            ("LONGENOUGH12!", true), ("Wang.Li12345", true), ("xWANGx12345", false), ("Aa1Aa1Aa1Aa1", false),
            ("密码Abc12345", true), (String(repeating: "Ab1cdefg", count: 33), false),
        ])
    func passwords(_ password: String, _ good: Bool) {
        // Only the examples with the name in capitals are told that it is the login name.
        let names = password.contains("WANG") ? ["wang"] : ["li"]
        #expect(accepts { try PasswordRules().check(password, field: "password", names: names) } == good)
    }

    @Test(
        "DIR-5: phones",
        arguments: [
            ("13805380000", true), ("12805380000", false), ("1380538000", false), ("138053800001", false),
            ("1380538000a", false), ("１３８０５３８００００", false), ("23805380000", false),
        ])
    func phones(_ text: String, _ valid: Bool) {
        #expect(accepts { _ = try Phone(text) } == valid)
    }

    @Test("XCT-11: a phone never shows in descriptions and dumps")
    func maskedPhone() throws {
        let phone = try Phone("13805380123")
        var dumped = ""
        dump(phone, to: &dumped)
        #expect(phone.masked == "*******0123")
        #expect(!"\(phone) \(String(reflecting: phone)) \(dumped)".contains("1380538"))
    }

    @Test(
        "DIR-4: actions of permissions",
        arguments: [
            ("policy.point.read", true), ("policy.*", true), ("*", false), ("policy.*.read", false),
            ("policy..read", false),
            ("Policy.read", false), ("policy.", false), ("policy", true),
        ])
    func actions(_ action: String, _ valid: Bool) {
        #expect(accepts { _ = try Grant(action: action, scope: .all) } == valid)
    }

    @Test("DIR-4: a role names each permission once")
    func role() throws {
        let grant = try Grant(action: "policy.point.read", scope: .all)
        #expect(throws: FieldProblem.self) {
            try Role(id: .administrator, name: "管理员", grants: [grant, grant], needsSecondFactor: true)
        }
        #expect(throws: FieldProblem.self) {
            try Role(id: .administrator, name: "", grants: [grant], needsSecondFactor: true)
        }
    }
}
