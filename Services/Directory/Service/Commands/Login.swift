import DirectoryContracts
import DirectoryDomain
import Domain
import Postgres
import ServiceRuntime

extension DirectoryParts {
    /// Opens a session by login name or phone with a password, or by phone with a one-time code (DIR-5, DIR-6).
    ///
    /// Whether a login exists cannot be told from outside: the same error, the same counting and locking, and the same
    /// work for unknown ones. What failed is counted in the transaction, hence the verdict: a wrong password by the
    /// login, a wrong one-time code by the code and the phone that it was sent to.
    ///
    /// Anybody may call this, so a failure leaves no more than its counter bounds. A row of the audit that names the
    /// account is written where a failure of a known account counts; every refusal is audited at a limited rate anyway.
    func login(_ request: Zhitongche_Directory_V1_LoginRequest) async throws -> Zhitongche_Directory_V1_LoginResponse {
        guard (1...64).contains(request.login.unicodeScalars.count) else {
            throw Problem.invalid("login", "must have 1 to 64 characters")
        }
        if !request.totp.isEmpty { try Self.checkForm(ofCode: request.totp, "totp") }
        let identity = LoginIdentity(request.login, vault)
        let found = try await read { tx, _ in try identity.account(tx) }
        let proof: LoginProof
        switch request.proof {
        case .password(let password):
            guard (1...PasswordRules.maximumBytes).contains(password.utf8.count) else {
                throw Problem.invalid("password", "must have 1 to \(PasswordRules.maximumBytes) bytes")
            }
            let isRight = try await hasher.verify(password, against: found?.passwordHash)
            proof = .password(isRight: isRight, hash: found?.passwordHash)
        case .code(let code):
            try Self.checkForm(ofCode: code, "code")
            proof = .code(code)
        case nil: throw Problem.invalid("proof", "a password or a code is required")
        }
        let attempt = LoginAttempt(
            identity: identity, account: found?.account.id, proof: proof, totp: request.totp,
            enterprise: request.enterpriseID, vault: vault, desk: SessionDesk(keys: keys))
        let grant = try await perform { work in try attempt.run(work) }.get()
        let session = try await grant.wire(keys)
        return try .with {
            $0.session = session
            $0.account = try grant.account.wire(vault)
        }
    }

    /// The keys that sign tokens.
    var keys: SigningKeys { SigningKeys(vault: vault, rootKey: rootKey, trust: runtime.trust) }
}

/// What a login names: an account's login name, or a phone.
private struct LoginIdentity: Sendable {
    let text: String
    let phoneIndex: [UInt8]?

    init(_ text: String, _ vault: DataVault) {
        self.text = text
        do throws(FieldProblem) {
            phoneIndex = vault.index(of: try Phone(text))
        } catch {
            // Not a phone, hence a login name.
            phoneIndex = nil
        }
    }

    func account(_ tx: Transaction) throws -> AccountRecord? {
        if let phoneIndex { return try AccountRepository.find(phoneIndex: phoneIndex, tx) }
        return try AccountRepository.find(login: text, tx)
    }
}

/// What a login proves itself by. A password was checked before, since that takes too long for a transaction; the hash
/// tells whether it was changed meanwhile.
private enum LoginProof: Sendable {
    case password(isRight: Bool, hash: String?)
    case code(String)
}

/// The part of a login that runs in its transaction.
private struct LoginAttempt: Sendable {
    let identity: LoginIdentity
    let account: String?
    let proof: LoginProof
    let totp: String
    let enterprise: String
    let vault: DataVault
    let desk: SessionDesk

    /// Rows are locked in the order of code, counter and account, as everywhere, so that calls do not wait for each
    /// other in a ring.
    func run(_ work: Work) throws -> Verdict<SessionGrant> {
        let now = RealTime.now
        let subject = vault.guardSubject(account.map { "account \($0)" } ?? "login \(identity.text)")
        var usedCode: OneTimeCodeRecord?
        if case .code(let text) = proof {
            // Nothing is stored for a phone to which no code was sent, or calls with made-up phones would fill the
            // table of counters: unlike a wrong password, a wrong code costs its sender no time.
            guard try !LoginGuardRepository.find(subject, work.tx).isLocked(at: now) else { return .refused(.locked) }
            switch try check(code: text, at: now, work.tx) {
            case .right(let code): usedCode = code
            case .counted:
                try auditFailure(.wrongCredentials, work)
                return .refused(.wrongCredentials)
            case .worthless: return .refused(.wrongCredentials)
            }
        }
        var guarding = try LoginGuardRepository.lock(subject, work.tx)
        func countFailure() throws -> Verdict<SessionGrant> {
            guarding.fail(at: now)
            try LoginGuardRepository.save(guarding, subject, work.tx)
            try auditFailure(.wrongCredentials, work)
            return .refused(.wrongCredentials)
        }

        guard !guarding.isLocked(at: now) else { return .refused(.locked) }
        let record = try account.flatMap { try AccountRepository.find($0, lock: true, work.tx) }
        let isRight =
            switch proof {
            case .password(let isRight, let hash): isRight && record?.passwordHash == hash
            case .code: usedCode != nil
            }
        guard isRight, let record, record.account.state == .active, record.account.kind != .service else {
            return try countFailure()
        }
        let roles = try RoleRepository.find(record.account.roles, work.tx)
        var factorShown = false
        if let sealed = record.totpSealed, !totp.isEmpty || roles.contains(where: \.needsSecondFactor) {
            guard !totp.isEmpty else { return .refused(.secondFactorRequired) }
            let secret = try vault.open(sealed, for: .totp, row: record.account.id)
            var factor = record.factor
            guard let step = TimeStepCodes.step(of: totp, secret: secret, factor: factor, at: now),
                factor.accept(step: step, at: now)
            else { return try countFailure() }
            try AccountRepository.setLastStep(step, of: record.account.id, work.tx)
            factorShown = true
        }
        let acting: String?
        do throws(FieldProblem) {
            acting = try record.account.enterprise(wanted: enterprise)
        } catch {
            return .refused(.denied("the account may not act for this enterprise", reason: .scopeDenied))
        }
        if let code = usedCode { try OneTimeCodeRepository.save(code, at: now, work.tx) }
        guarding.succeed()
        try LoginGuardRepository.save(guarding, subject, work.tx)
        let session = SessionRecord(
            id: newID(), account: record.account.id, enterprise: acting, secondFactor: factorShown, openedAt: now)
        try SessionRepository.insert(session, work.tx)
        try work.audit(.done, object: "account:\(record.account.id)", detail: "login")
        return .granted(
            try desk.grant(session, record, at: now, today: try BusinessClock.date(of: work.now), work.tx))
    }

    /// Audits a failure that was counted, and is thereby bounded, if the account is known.
    private func auditFailure(_ problem: Problem, _ work: Work) throws {
        guard let account else { return }
        try work.audit(.denied(problem.reasonName), object: "account:\(account)", detail: "login")
    }

    /// What a one-time code proves.
    private enum CodeEvidence {
        /// It is the account's; it is to be used up if the login succeeds.
        case right(OneTimeCodeRecord)
        /// It is wrong, and that was counted.
        case counted
        /// There is no code to compare it with, or too many were wrong.
        case worthless
    }

    private func check(code text: String, at now: RealTime, _ tx: Transaction) throws -> CodeEvidence {
        guard let index = identity.phoneIndex else { return .worthless }
        let allowance = try OneTimeCodeRepository.allowance(phoneIndex: index, pauseSeconds: 0, at: now, tx)
        guard allowance.allowsAttempts,
            var code = try OneTimeCodeRepository.lockNewest(.login, phoneIndex: index, tx)
        else { return .worthless }
        let hash = vault.hash(ofCode: text, identifier: code.id)
        switch code.code.attempt(matches: Secret.equal(code.hash, hash), at: now) {
        case .accepted: return account != nil && code.account == account ? .right(code) : .worthless
        case .wrong:
            try OneTimeCodeRepository.save(code, at: now, tx)
            return .counted
        case .invalid: return .worthless
        }
    }
}
