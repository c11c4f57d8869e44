import Postgres

// Steps behind the first ones.
extension Migrations {
    // Banks are units outside of government; whoever holds the role in one raises its questions about guarantees and
    // collateral (APL-3). An installation that made a role of this name for itself keeps it as it is.
    static let bankRole = """
        WITH made AS (
            INSERT INTO directory.role (id, name, second_factor, announced, seq) VALUES
                ('bank', '银行', false, false, 1)
            ON CONFLICT (id) DO NOTHING RETURNING id
        )
        INSERT INTO directory.role_permission (role_id, place, action, scope)
        SELECT made.id, given.place, given.action, given.scope
        FROM made CROSS JOIN (VALUES
            (0, 'appeal.bank.submit', 'own_unit_and_below'),
            (1, 'appeal.case.read', 'own_unit_and_below')
        ) AS given (place, action, scope);
        """

    // Enterprises file information themselves and read what became of it (PRJ-1). Roles that were announced are
    // announced anew; those that an administrator removed stay away.
    static let enterpriseInformation = """
        WITH granted (role_id, action, scope) AS (VALUES
            ('enterprise-user', 'project.information.file', 'own_enterprise'),
            ('enterprise-user', 'project.information.read', 'own_enterprise'),
            ('enterprise-administrator', 'project.information.file', 'own_enterprise'),
            ('enterprise-administrator', 'project.information.read', 'own_enterprise')
        ), added AS (
            INSERT INTO directory.role_permission (role_id, place, action, scope)
            SELECT granted.role_id,
                coalesce((SELECT max(held.place) + 1 FROM directory.role_permission AS held
                    WHERE held.role_id = granted.role_id), 0)
                    + row_number() OVER (PARTITION BY granted.role_id ORDER BY granted.action) - 1,
                granted.action, granted.scope
            FROM granted JOIN directory.role ON role.id = granted.role_id
            WHERE NOT EXISTS (
                SELECT FROM directory.role_permission AS held
                WHERE held.role_id = granted.role_id AND held.action = granted.action AND held.scope = granted.scope)
            RETURNING role_id
        )
        UPDATE directory.role SET announced = false, seq = seq + CASE WHEN announced THEN 1 ELSE 0 END
        WHERE id IN (SELECT role_id FROM added);
        """
}
