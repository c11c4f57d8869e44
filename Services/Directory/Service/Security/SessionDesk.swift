import DirectoryDomain
import Domain
import Postgres
import ServiceRuntime

/// What is needed to issue the tokens of a session after its transaction has committed.
struct SessionGrant: Sendable {
    let claims: TokenClaims
    let key: SigningKeys.Material
    let refreshToken: String
    let refreshExpiresAt: RealTime
    let account: AccountRecord
}

/// Opens and renews sessions inside a transaction (DIR-6).
struct SessionDesk: Sendable {
    let keys: SigningKeys

    /// Stores the next refresh token of a session and prepares its access token with the rights of this moment.
    ///
    /// Roles that need a second factor are left out of a session that was opened without one: its holder may enrol one
    /// and log in again, and no more.
    func grant(
        _ session: SessionRecord, _ record: AccountRecord, at now: RealTime, today: CivilDate, _ tx: Transaction
    ) throws -> SessionGrant {
        let account = record.account
        let token = Secret.make()
        let expiry = RefreshToken.expiry(issuedAt: now, sessionOpenedAt: session.openedAt)
        try SessionRepository.insertToken(token, session: session.id, issuedAt: now, expiresAt: expiry, tx)
        let held = try RoleRepository.find(account.roles, tx)
        let allowed = Set(held.filter { session.secondFactor || !$0.needsSecondFactor }.map(\.id))
        let place = try place(of: record, today, tx)
        let key = try keys.current(at: now, tx)
        let claims = TokenClaims(
            account: account.id, kind: account.kind == .staff ? .staff : .enterprise, unit: place.unit,
            region: place.region, roles: account.roles.filter(allowed.contains).map(\.text),
            enterprise: account.kind == .enterprise ? session.enterprise : nil, identifier: newID(), now: now.instant,
            lifetime: key.lifetime(at: now))
        return SessionGrant(
            claims: claims, key: key, refreshToken: token, refreshExpiresAt: expiry,
            account: record)
    }

    /// The unit and region of a token. When the account's unit has ended and one unit follows, the post went there with
    /// its work (DIR-3); after a split an administrator has to say where.
    private func place(of record: AccountRecord, _ today: CivilDate, _ tx: Transaction) throws
        -> (unit: String?, region: String?)
    {
        guard let unit = record.account.unit else { return (nil, record.region) }
        let current = try UnitRepository.current(of: unit, on: today, tx)
        guard current.count == 1, current[0] != unit, let follower = try UnitRepository.find(current[0], tx) else {
            return (unit.text, record.region)
        }
        return (follower.id.text, follower.charter.region.description)
    }
}
