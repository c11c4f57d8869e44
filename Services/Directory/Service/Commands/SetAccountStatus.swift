import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Disables or enables an account (DIR-5). Disabling ends its sessions.
    func setAccountStatus(_ request: Zhitongche_Directory_V1_SetAccountStatusRequest) async throws
        -> Zhitongche_Directory_V1_SetAccountStatusResponse
    {
        let id = try identifier(request.accountID, "account_id")
        let enable: Bool
        switch request.status {
        case .active: enable = true
        case .disabled: enable = false
        case .unspecified, .pending, .UNRECOGNIZED: throw Problem.invalid("status", "must be ACTIVE or DISABLED")
        }
        return try await runtime.commands.run(
            request, id: request.requestID, object: "account:\(id)"
        ) { [vault] command in
            var account = try Self.accountForChange(id, version: request.version, command)
            if enable {
                try account.enable()
            } else {
                let now = RealTime.now
                try account.disable(at: now)
                try SessionRepository.endAll(of: id, by: .status, at: now, command.tx)
            }
            account = try AccountRepository.save(account, command.tx)
            try command.emit(try DirectoryEvents.state(account, at: command.now))
            let stored = try Self.record(id, command.tx)
            return try .with { $0.account = try stored.wire(vault) }
        }
    }
}
