import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Changes the caller's own password (DIR-5). Every session of the account ends, and its tokens are refused.
    func changePassword(_ request: Zhitongche_Directory_V1_ChangePasswordRequest) async throws
        -> Zhitongche_Directory_V1_ChangePasswordResponse
    {
        let proof = try await OwnPassword(request.oldPassword, self)
        let id = proof.account
        let known = try await read { tx, _ in try AccountRepository.find(id, tx) }
        var names = [known?.account.login?.text].compactMap(\.self)
        if let sealed = known?.phoneSealed {
            names.append(String(decoding: try vault.open(sealed, for: .phone, row: id), as: UTF8.self))
        }
        try passwordRules.check(request.newPassword, field: "new_password", names: names)
        guard request.newPassword != request.oldPassword else {
            throw Problem.invalid("new_password", "must differ from the old one")
        }
        let hash = try await hasher.hash(request.newPassword)
        try await perform { work -> Verdict<Void> in
            let now = RealTime.now
            switch try proof.confirm(work, at: now) {
            case .refused(let problem): return .refused(problem)
            case .granted(let record):
                var account = record.account
                try account.revokeTokens(at: now)
                account = try AccountRepository.save(account, work.tx)
                try AccountRepository.setPassword(hash, of: id, work.tx)
                try SessionRepository.endAll(of: id, by: .password, at: now, work.tx)
                try work.emit([try DirectoryEvents.state(account, at: work.now)])
                try work.audit(.done, object: "account:\(id)", detail: "password")
                return .granted(())
            }
        }.get()
        return Zhitongche_Directory_V1_ChangePasswordResponse()
    }
}
