import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Opens a staff account (DIR-5). The second factor's secret is in the first answer only, so answers are not kept.
    func createStaffAccount(_ request: Zhitongche_Directory_V1_CreateStaffAccountRequest) async throws
        -> Zhitongche_Directory_V1_CreateStaffAccountResponse
    {
        let phone = request.phone.isEmpty ? nil : try Phone(request.phone)
        let unitID = try UnitID(request.unitID)
        let account = try Account.openStaff(
            id: newID(), login: try LoginName(request.login),
            displayName: try plain(request.displayName, "display_name"), unit: unitID,
            roles: try roleIDs(request.roleIds))
        try passwordRules.check(
            request.password, field: "password", names: [request.login, request.phone].filter { !$0.isEmpty })
        let passwordHash = try await hasher.hash(request.password)
        let sealedPhone = try phone.map { phone in
            (
                index: vault.index(of: phone),
                sealed: try vault.seal(Array(phone.digits.utf8), for: .phone, row: account.id)
            )
        }
        let secret = TimeStepCodes.makeSecret()
        let sealedSecret = try vault.seal(secret, for: .totp, row: account.id)
        var hashed = request
        hashed.password = vault.standIn(for: request.password)
        return try await runtime.commands.run(
            hashed, id: request.requestID, object: "account:\(account.id)", keepAnswer: false
        ) { [vault] command in
            try command.caller.require("directory.account.write", unit: unitID.text)
            guard let unit = try UnitRepository.find(unitID, command.tx), unit.exists(on: command.today) else {
                throw Problem.invalid("unit_id", "must be a unit that exists today")
            }
            let roles = try Self.grantableRoles(account.roles, command)
            let needsFactor = roles.contains(where: \.needsSecondFactor)
            guard
                try AccountRepository.insert(
                    account, phone: sealedPhone, passwordHash: passwordHash,
                    totpSealed: needsFactor ? sealedSecret : nil, command.tx)
            else { throw Problem.alreadyExists("an account with this login name or phone") }
            try command.emit(try DirectoryEvents.state(account, at: command.now))
            let stored = try Self.record(account.id, command.tx)
            return try .with {
                $0.account = try stored.wire(vault)
                $0.totpSecret = needsFactor ? Base32.encode(secret) : ""
            }
        }
    }
}
