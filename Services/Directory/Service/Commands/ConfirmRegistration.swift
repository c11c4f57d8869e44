import DirectoryContracts
import DirectoryDomain
import Postgres
import ServiceRuntime

extension DirectoryParts {
    /// Confirms the phone of a registration by its one-time code and puts the account in use (ENT-2).
    func confirmRegistration(_ request: Zhitongche_Directory_V1_ConfirmRegistrationRequest) async throws
        -> Zhitongche_Directory_V1_ConfirmRegistrationResponse
    {
        let id = try identifier(request.registrationID, "registration_id")
        try Self.checkForm(ofCode: request.code, "code")
        let hash = vault.hash(ofCode: request.code, identifier: id)
        try await countWrongAttempt(id, hash)
        var hashed = request
        hashed.code = vault.standIn(for: request.code)
        do {
            return try await runtime.commands.run(
                hashed, id: request.requestID, object: "account:\(id)"
            ) { [vault] command in
                let now = RealTime.now
                guard var record = try OneTimeCodeRepository.lock(id, command.tx), record.purpose == .registration,
                    record.code.attempt(matches: Secret.equal(record.hash, hash), at: now) == .accepted,
                    var account = try AccountRepository.find(id, lock: true, command.tx)?.account
                else { throw Problem.codeInvalid }
                try OneTimeCodeRepository.save(record, at: now, command.tx)
                guard try AccountRepository.find(phoneIndex: record.phoneIndex, command.tx) == nil else {
                    throw Problem.alreadyExists("an account with this phone")
                }
                try account.confirm()
                account = try AccountRepository.save(account, command.tx)
                try command.emit(try DirectoryEvents.state(account, at: command.now))
                let stored = try Self.record(id, command.tx)
                return try .with { $0.account = try stored.wire(vault) }
            }
        } catch let error as PostgresError where error.isUniqueViolation(constraint: "account_phone") {
            // Two registrations of one phone were confirmed at the same moment; this one was the later.
            throw Problem.alreadyExists("an account with this phone")
        }
    }

    /// Counts a wrong attempt in a transaction of its own, so that the refusal does not undo it. A right code, and one
    /// that cannot be right any more, are left to the command, which alone knows whether the request is a repetition.
    private func countWrongAttempt(_ id: String, _ hash: [UInt8]) async throws {
        let verdict = try await perform { [codePauseSeconds] work -> Verdict<Void> in
            let now = RealTime.now
            guard var record = try OneTimeCodeRepository.lock(id, work.tx) else { return .granted(()) }
            let matches = Secret.equal(record.hash, hash)
            let allowance = try OneTimeCodeRepository.allowance(
                phoneIndex: record.phoneIndex, pauseSeconds: codePauseSeconds, at: now, work.tx)
            // Those that made it too many were audited; further ones are not, since nothing bounds their number.
            guard allowance.allowsAttempts else { return .refused(.codeInvalid) }
            switch record.code.attempt(matches: matches, at: now) {
            case .accepted, .invalid: return .granted(())
            case .wrong:
                try OneTimeCodeRepository.save(record, at: now, work.tx)
                try work.audit(.denied("CODE_INVALID"), object: "account:\(id)", detail: "wrong code")
                return .refused(.codeInvalid)
            }
        }
        try verdict.get()
    }

    /// - Throws: ``Problem`` INVALID_ARGUMENT on `field` unless the text has six digits.
    static func checkForm(ofCode text: String, _ field: String) throws {
        guard text.utf8.count == 6, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            throw Problem.invalid(field, "must have six digits")
        }
    }
}
