import DirectoryDomain
import ServiceRuntime

/// The caller's own password, checked before the transaction that relies on it.
struct OwnPassword: Sendable {
    let account: String
    private let isRight: Bool
    private let hash: String?
    private let subject: [UInt8]

    /// Checks the password of the calling account.
    ///
    /// - Throws: ``Problem`` for callers that have no password.
    init(_ password: String, _ parts: DirectoryParts) async throws {
        let caller = try CallContext.caller
        guard caller.kind == .staff || caller.kind == .enterprise else {
            throw Problem.denied("only people have passwords")
        }
        guard (1...PasswordRules.maximumBytes).contains(password.utf8.count) else { throw Problem.wrongCredentials }
        account = caller.accountID
        let id = caller.accountID
        let record = try await parts.read { tx, _ in try AccountRepository.find(id, tx) }
        hash = record?.passwordHash
        subject = parts.vault.guardSubject("account \(id)")
        isRight = try await parts.hasher.verify(password, against: hash)
    }

    /// The account, locked, if the password is right; a wrong one counts like a failed login.
    func confirm(_ work: Work, at now: RealTime) throws -> Verdict<AccountRecord> {
        var guarding = try LoginGuardRepository.lock(subject, work.tx)
        guard !guarding.isLocked(at: now) else { return .refused(.locked) }
        guard let record = try AccountRepository.find(account, lock: true, work.tx), isRight,
            record.passwordHash == hash, record.account.state == .active
        else {
            guarding.fail(at: now)
            try LoginGuardRepository.save(guarding, subject, work.tx)
            try work.audit(.denied("WRONG_CREDENTIALS"), object: "account:\(account)", detail: "own password")
            return .refused(.wrongCredentials)
        }
        return .granted(record)
    }
}
