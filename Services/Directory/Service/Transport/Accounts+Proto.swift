import DirectoryContracts
import DirectoryDomain
import Foundation
import ServiceRuntime
import SwiftProtobuf

typealias WireAccount = Zhitongche_Directory_V1_Account

extension Account.Kind {
    var wire: Zhitongche_Directory_V1_AccountKind {
        switch self {
        case .staff: .staff
        case .enterprise: .enterprise
        case .service: .service
        }
    }
}

extension Account.State {
    var wire: Zhitongche_Directory_V1_AccountStatus {
        switch self {
        case .pending: .pending
        case .active: .active
        case .disabled: .disabled
        }
    }
}

extension AccountRecord {
    /// The account without its secrets, its phone masked.
    func wire(_ vault: DataVault) throws -> WireAccount {
        let phone = try phoneSealed.map { sealed in
            let digits = String(decoding: try vault.open(sealed, for: .phone, row: account.id), as: UTF8.self)
            return try restoring("account") { try Phone(digits) }
        }
        return .with {
            $0.accountID = account.id
            $0.kind = account.kind.wire
            $0.status = account.state.wire
            $0.login = account.login?.text ?? ""
            $0.displayName = account.displayName
            $0.unitID = account.unit?.text ?? ""
            $0.region = region ?? ""
            $0.roleIds = account.roles.map(\.text)
            $0.enterpriseIds = account.enterprises
            $0.maskedPhone = phone?.masked ?? ""
            $0.secondFactorEnrolled = totpSealed != nil
            $0.version = account.version
        }
    }
}

extension Account {
    /// What other services need to know; no name and no phone (rule 22).
    var stateOnTheWire: Zhitongche_Directory_V1_AccountState {
        .with {
            $0.accountID = id
            $0.kind = kind.wire
            $0.status = state.wire
            $0.unitID = unit?.text ?? ""
            $0.roleIds = roles.map(\.text)
            $0.enterpriseIds = enterprises
            if let notBefore { $0.notBefore = Google_Protobuf_Timestamp(notBefore.instant) }
        }
    }
}

extension SessionGrant {
    /// The session with its signed access token.
    func wire(_ keys: SigningKeys) async throws -> Zhitongche_Directory_V1_Session {
        let token = try await keys.sign(claims, by: key)
        return .with {
            $0.accessToken = token
            $0.accessExpiresAt = Google_Protobuf_Timestamp(seconds: claims.exp, nanos: 0)
            $0.refreshToken = refreshToken
            $0.refreshExpiresAt = Google_Protobuf_Timestamp(refreshExpiresAt.instant)
        }
    }
}
