import DirectoryDomain
import Postgres

/// Roles and their permissions (DIR-4).
enum RoleRepository {
    private static let columns: SQL = """
        SELECT role.id, role.name, role.second_factor, role.seq,
            ARRAY(SELECT action FROM directory.role_permission WHERE role_id = role.id ORDER BY place) AS actions,
            ARRAY(SELECT scope FROM directory.role_permission WHERE role_id = role.id ORDER BY place) AS scopes
        FROM directory.role AS role
        """

    static func find(_ id: RoleID, lock: Bool = false, _ tx: Transaction) throws -> Role? {
        if lock { try tx.execute("SELECT 1 FROM directory.role WHERE id = \(id.text) FOR UPDATE") }
        return try tx.first("\(columns) WHERE role.id = \(id.text)").map(role)
    }

    /// Roles by their slugs, in that order; unknown ones are missing from the answer.
    static func find(_ ids: [RoleID], _ tx: Transaction) throws -> [Role] {
        try tx.query("\(columns) WHERE role.id = ANY(\(ids.map(\.text))) ORDER BY role.id", as: role)
    }

    static func list(after: String, limit: Int, _ tx: Transaction) throws -> [Role] {
        try tx.query("\(columns) WHERE role.id > \(after) ORDER BY role.id LIMIT \(limit)", as: role)
    }

    /// Locks the next roles behind a slug, in their order.
    static func lock(after id: String, limit: Int, _ tx: Transaction) throws -> [RoleID] {
        try tx.query(
            "SELECT id FROM directory.role WHERE id > \(id) ORDER BY id LIMIT \(limit) FOR NO KEY UPDATE"
        ) { row in try restoring("role") { try RoleID(try row.get("id")) } }
    }

    /// Roles that the migration seeded and nobody has announced yet, locked.
    static func unannounced(_ tx: Transaction) throws -> [Role] {
        let ids = try tx.query("SELECT id FROM directory.role WHERE NOT announced ORDER BY id FOR UPDATE") { row in
            try restoring("role") { try RoleID(try row.get("id")) }
        }
        return try find(ids, tx)
    }

    static func markAnnounced(_ roles: [Role], _ tx: Transaction) throws {
        try tx.execute(
            "UPDATE directory.role SET announced = true WHERE id = ANY(\(roles.map(\.id.text))) AND NOT announced",
            expecting: roles.count)
    }

    /// Stores a new role.
    ///
    /// - Returns: False when the slug is taken.
    static func insert(_ role: Role, _ tx: Transaction) throws -> Bool {
        let inserted = try tx.execute(
            """
            INSERT INTO directory.role (id, name, second_factor, announced, seq)
            VALUES (\(role.id.text), \(role.name), \(role.needsSecondFactor), true, \(role.version))
            ON CONFLICT DO NOTHING
            """)
        guard inserted == 1 else { return false }
        try insertGrants(of: role, tx)
        return true
    }

    /// Stores a changed role, which carries the version after the change.
    static func save(_ role: Role, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE directory.role
            SET name = \(role.name), second_factor = \(role.needsSecondFactor), announced = true, seq = seq + 1
            WHERE id = \(role.id.text) AND seq = \(role.version - 1)
            """, expecting: 1)
        try tx.execute("DELETE FROM directory.role_permission WHERE role_id = \(role.id.text)")
        try insertGrants(of: role, tx)
    }

    private static func insertGrants(of role: Role, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO directory.role_permission (role_id, place, action, scope)
            SELECT \(role.id.text), place - 1, action, scope
            FROM unnest(\(role.grants.map(\.action)), \(role.grants.map(\.scope.rawValue)))
                WITH ORDINALITY AS permission (action, scope, place)
            """, expecting: role.grants.count)
    }

    private static func role(_ row: Row) throws -> Role {
        try restoring("role") {
            let scopes = try row.get("scopes", as: [String].self).map { text in
                guard let scope = GrantScope(rawValue: text) else { throw FieldProblem("scope", "unknown") }
                return scope
            }
            return try Role(
                id: try RoleID(try row.get("id")), name: try row.get("name"),
                grants: try zip(try row.get("actions", as: [String].self), scopes).map {
                    try Grant(action: $0, scope: $1)
                }, needsSecondFactor: try row.get("second_factor"), version: try row.get("seq"))
        }
    }
}
