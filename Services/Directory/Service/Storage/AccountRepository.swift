import DirectoryDomain
import Foundation
import Postgres

/// An account with what is kept beside it: the sealed phone, the region of its unit, and its secrets.
struct AccountRecord: Sendable {
    var account: Account
    /// The encrypted phone; nil when there is none.
    var phoneSealed: [UInt8]?
    /// Region of the unit; nil without one.
    var region: String?
    /// The text of the password's hash; nil for services.
    var passwordHash: String?
    /// The encrypted secret of the second factor; nil before one is enrolled.
    var totpSealed: [UInt8]?
    /// Which steps of the second factor are used up.
    var factor: TimeStepFactor
}

/// Accounts with their roles and enterprises (DIR-5).
enum AccountRepository {
    private static let columns: SQL = """
        SELECT account.id, account.kind, account.status, account.login, account.display_name, account.unit_id,
            account.phone_sealed, account.password_hash, account.totp_sealed, account.totp_last_step,
            account.not_before, account.seq, unit.region,
            ARRAY(SELECT role_id FROM directory.account_role WHERE account_id = account.id ORDER BY place) AS roles,
            ARRAY(SELECT enterprise_id FROM directory.account_enterprise WHERE account_id = account.id ORDER BY place)
                AS enterprises
        FROM directory.account AS account LEFT JOIN directory.unit AS unit ON unit.id = account.unit_id
        """

    /// One account, locked against other changes until the transaction ends if asked for.
    static func find(_ id: String, lock: Bool = false, _ tx: Transaction) throws -> AccountRecord? {
        guard let uuid = UUID(uuidString: id) else { return nil }
        if lock { try tx.execute("SELECT 1 FROM directory.account WHERE id = \(uuid) FOR UPDATE") }
        return try tx.first("\(columns) WHERE account.id = \(uuid)").map(record)
    }

    /// The account with a login name.
    static func find(login: String, _ tx: Transaction) throws -> AccountRecord? {
        try tx.first("\(columns) WHERE account.login = \(login)").map(record)
    }

    /// The confirmed account with a phone.
    static func find(phoneIndex: [UInt8], _ tx: Transaction) throws -> AccountRecord? {
        try tx.first("\(columns) WHERE account.phone_index = \(phoneIndex) AND account.status <> 'pending'").map(record)
    }

    /// Whether there is any staff account.
    static func hasStaff(_ tx: Transaction) throws -> Bool {
        try tx.only("SELECT EXISTS (SELECT 1 FROM directory.account WHERE kind = 'staff') AS found").get("found")
    }

    /// Accounts in the order of their identifiers; `units` narrows to those units, nil to none.
    static func list(units: [String]?, after: String, limit: Int, _ tx: Transaction) throws -> [AccountRecord] {
        let start = UUID(uuidString: after)
        return try tx.query(
            """
            \(columns)
            WHERE (\(start)::uuid IS NULL OR account.id > \(start))
                AND (\(units)::text[] IS NULL OR account.unit_id = ANY(\(units)))
            ORDER BY account.id LIMIT \(limit)
            """, as: record)
    }

    /// Locks the next accounts behind an identifier, in their order, registrations that nobody confirmed left out.
    static func lock(after id: UUID?, limit: Int, _ tx: Transaction) throws -> [UUID] {
        try tx.query(
            """
            SELECT id FROM directory.account
            WHERE status <> 'pending' AND (\(id)::uuid IS NULL OR id > \(id))
            ORDER BY id LIMIT \(limit) FOR NO KEY UPDATE
            """
        ) { try $0.get("id") }
    }

    /// Accounts by their identifiers, in that order; unknown ones are missing from the answer.
    static func find(_ ids: [UUID], _ tx: Transaction) throws -> [AccountRecord] {
        try tx.query("\(columns) WHERE account.id = ANY(\(ids)) ORDER BY account.id", as: record)
    }

    /// Stores a new account.
    ///
    /// - Returns: False when the login name or the phone belongs to another account.
    static func insert(
        _ account: Account, phone: (index: [UInt8], sealed: [UInt8])? = nil, passwordHash: String? = nil,
        totpSealed: [UInt8]? = nil, _ tx: Transaction
    ) throws -> Bool {
        let inserted = try tx.execute(
            """
            INSERT INTO directory.account (id, kind, status, login, display_name, unit_id, phone_index, phone_sealed,
                password_hash, totp_sealed, not_before, seq)
            VALUES (\(try uuid(account)), \(account.kind.rawValue), \(account.state.rawValue), \(account.login?.text),
                \(account.displayName), \(account.unit?.text), \(phone?.index), \(phone?.sealed), \(passwordHash),
                \(totpSealed), \(account.notBefore?.instant), \(account.version))
            ON CONFLICT DO NOTHING
            """)
        guard inserted == 1 else { return false }
        try insertRoles(of: account, tx)
        return true
    }

    /// Stores a change of the account itself, which makes its version grow by one.
    static func save(_ account: Account, _ tx: Transaction) throws -> Account {
        let id = try uuid(account)
        try tx.execute(
            """
            UPDATE directory.account
            SET status = \(account.state.rawValue), not_before = \(account.notBefore?.instant), seq = seq + 1
            WHERE id = \(id) AND seq = \(account.version)
            """, expecting: 1)
        try tx.execute("DELETE FROM directory.account_role WHERE account_id = \(id)")
        try insertRoles(of: account, tx)
        let enterprises = try account.enterprises.map { try UUID(identifier: $0, field: "enterprise_id") }
        try tx.execute(
            """
            INSERT INTO directory.account_enterprise (account_id, enterprise_id, place)
            SELECT \(id), enterprise, place - 1
            FROM unnest(\(enterprises)) WITH ORDINALITY AS bound (enterprise, place)
            ON CONFLICT DO NOTHING
            """)
        return account.stored()
    }

    static func setPassword(_ hash: String, of id: String, _ tx: Transaction) throws {
        try tx.execute(
            "UPDATE directory.account SET password_hash = \(hash) WHERE id = \(UUID(uuidString: id)) AND kind <> 'service'",
            expecting: 1)
    }

    /// Replaces the second factor; steps of the one before mean nothing for the new one.
    static func setFactor(_ sealed: [UInt8], of id: String, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.account SET totp_sealed = \(sealed), totp_last_step = NULL
            WHERE id = \(UUID(uuidString: id))
            """, expecting: 1)
    }

    static func setLastStep(_ step: Int64, of id: String, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.account SET totp_last_step = \(step)
            WHERE id = \(UUID(uuidString: id)) AND (totp_last_step IS NULL OR totp_last_step < \(step))
            """, expecting: 1)
    }

    /// Deletes registrations that nobody confirmed.
    static func forgetPending(before limit: Instant, _ tx: Transaction) throws {
        try tx.execute(
            """
            DELETE FROM directory.one_time_code WHERE account_id IN (
                SELECT id FROM directory.account WHERE status = 'pending' AND created_at < \(limit))
            """)
        try tx.execute("DELETE FROM directory.account WHERE status = 'pending' AND created_at < \(limit)")
    }

    private static func insertRoles(of account: Account, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO directory.account_role (account_id, role_id, place)
            SELECT \(try uuid(account)), role, place - 1
            FROM unnest(\(account.roles.map(\.text))) WITH ORDINALITY AS held (role, place)
            """, expecting: account.roles.count)
    }

    private static func uuid(_ account: Account) throws -> UUID {
        try UUID(identifier: account.id, field: "account_id")
    }

    private static func record(_ row: Row) throws -> AccountRecord {
        try restoring("account") {
            let account = try Account(
                id: try row.get("id", as: UUID.self).text, kind: try row.get("kind"),
                login: try row.get("login", as: String?.self).map { try LoginName($0) },
                displayName: try row.get("display_name"),
                unit: try row.get("unit_id", as: String?.self).map { try UnitID($0) }, state: try row.get("status"),
                roles: try row.get("roles", as: [String].self).map { try RoleID($0) },
                enterprises: try row.get("enterprises", as: [UUID].self).map(\.text),
                notBefore: try row.get("not_before", as: Instant?.self).map { RealTime($0) },
                version: try row.get("seq"))
            return AccountRecord(
                account: account, phoneSealed: try row.get("phone_sealed"), region: try row.get("region"),
                passwordHash: try row.get("password_hash"), totpSealed: try row.get("totp_sealed"),
                factor: TimeStepFactor(lastStep: try row.get("totp_last_step")))
        }
    }
}

extension Account.Kind: PostgresDecodable {}
extension Account.State: PostgresDecodable {}
