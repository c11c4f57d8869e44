import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Starts or replaces the second factor of the caller's own account (DIR-5). It counts from the next login on.
    func enrolSecondFactor(_ request: Zhitongche_Directory_V1_EnrolSecondFactorRequest) async throws
        -> Zhitongche_Directory_V1_EnrolSecondFactorResponse
    {
        let proof = try await OwnPassword(request.password, self)
        let secret = TimeStepCodes.makeSecret()
        let sealed = try vault.seal(secret, for: .totp, row: proof.account)
        try await perform { work -> Verdict<Void> in
            switch try proof.confirm(work, at: .now) {
            case .refused(let problem): return .refused(problem)
            case .granted(let record):
                try AccountRepository.setFactor(sealed, of: record.account.id, work.tx)
                try work.audit(.done, object: "account:\(record.account.id)", detail: "second factor")
                return .granted(())
            }
        }.get()
        return .with { $0.totpSecret = Base32.encode(secret) }
    }
}
