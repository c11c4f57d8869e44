import DirectoryContracts
import DirectoryDomain
import Postgres
import ServiceRuntime
import SwiftProtobuf

extension DirectoryParts {
    /// Opens a pending account and sends a one-time code to the phone (ENT-2).
    ///
    /// A phone that has an account already is answered alike; only who holds the phone learns it, when confirming. A
    /// repeated request sends the same code again, so that a failed hand-over can be repeated.
    func startRegistration(_ request: Zhitongche_Directory_V1_StartRegistrationRequest) async throws
        -> Zhitongche_Directory_V1_StartRegistrationResponse
    {
        let phone = try Phone(request.phone)
        try passwordRules.check(request.password, field: "password", names: [phone.digits])
        let id = newID()
        let account = try Account.register(id: id, displayName: try plain(request.displayName, "display_name"))
        let passwordHash = try await hasher.hash(request.password)
        let index = vault.index(of: phone)
        let sealed = try vault.seal(Array(phone.digits.utf8), for: .phone, row: id)
        let codeHash = vault.hash(ofCode: vault.oneTimeCode(of: id), identifier: id)
        var hashed = request
        hashed.password = vault.standIn(for: request.password)
        let answer = try await runtime.commands.run(
            hashed, id: request.requestID, object: "account:\(id)"
        ) { command -> Zhitongche_Directory_V1_StartRegistrationResponse in
            let now = RealTime.now
            let address = try checkAllowance(phoneIndex: index, at: now, command)
            guard
                try AccountRepository.insert(
                    account, phone: (index: index, sealed: sealed), passwordHash: passwordHash, command.tx)
            else { throw Problem.alreadyExists("the registration") }
            let code = OneTimeCode.issue(at: now)
            try OneTimeCodeRepository.insert(
                id: id, .registration, phoneIndex: index, addressIndex: address, account: id, hash: codeHash,
                code: code, at: now, command.tx)
            return .with {
                $0.registrationID = id
                $0.codeExpiresAt = Google_Protobuf_Timestamp(code.expiresAt.instant)
            }
        }
        let expiry = RealTime(Instant(answer.codeExpiresAt))
        if RealTime.now < expiry {
            try await codeSender.send(CodeSender.Delivery(id: answer.registrationID, phone: phone, expiresAt: expiry))
        }
        return answer
    }
}
