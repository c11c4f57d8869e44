import DirectoryContracts
import DirectoryDomain
import ServiceRuntime
import SwiftProtobuf

extension DirectoryParts {
    /// Sends a one-time code for login by phone (DIR-5). An unknown phone gets a code too, which is sent to nobody: the
    /// answer, its limits and its time do not tell the difference.
    func sendLoginCode(_ request: Zhitongche_Directory_V1_SendLoginCodeRequest) async throws
        -> Zhitongche_Directory_V1_SendLoginCodeResponse
    {
        let phone = try Phone(request.phone)
        let id = newID()
        let index = vault.index(of: phone)
        let codeHash = vault.hash(ofCode: vault.oneTimeCode(of: id), identifier: id)
        var hashed = request
        hashed.phone = vault.standIn(for: request.phone)
        return try await runtime.commands.run(
            hashed, id: request.requestID, object: "login-code:\(id)"
        ) { [codeSender] command in
            let now = RealTime.now
            let address = try checkAllowance(phoneIndex: index, at: now, command)
            let code = OneTimeCode.issue(at: now)
            let account = try AccountRepository.find(phoneIndex: index, command.tx)?.account
            try OneTimeCodeRepository.insert(
                id: id, .login, phoneIndex: index, addressIndex: address, account: account?.id, hash: codeHash,
                code: code, at: now, command.tx
            )
            if account?.state == .active {
                let delivery = CodeSender.Delivery(id: id, phone: phone, expiresAt: code.expiresAt)
                command.tx.afterCommit { codeSender.sendLater(delivery) }
            }
            return .with { $0.codeExpiresAt = Google_Protobuf_Timestamp(code.expiresAt.instant) }
        }
    }
}
