import Logging

/// The roles of the services on a server and the schemas they own (XCT-11, rule 19).
///
/// For a service `policy`: `ztc_policy_owner` owns the schema `policy` and cannot log in; `ztc_policy_migrator` logs in
/// and must SET ROLE to the owner; `ztc_policy_app` reads and writes data only; `ztc_auditor` reads every schema.
public enum Roles {
    /// The role that owns a service's schema.
    public static func owner(of service: String) -> String { "ztc_\(service)_owner" }
    /// The role that runs a service's migrations.
    public static func migrator(of service: String) -> String { "ztc_\(service)_migrator" }
    /// The role of a running service.
    public static func app(of service: String) -> String { "ztc_\(service)_app" }
    /// The role that may read everything.
    public static let auditor = "ztc_auditor"

    /// Why roles cannot be made.
    public struct InvalidServiceName: Error, Sendable, Equatable {
        /// The name that is not lower-case letters, digits and underscores, starting with a letter, at most 40.
        public let name: String
    }

    /// Makes roles, schemas, privileges and the extension `pg_trgm`, in one transaction; safe to repeat, also at the
    /// same time from several places and several databases of one server.
    ///
    /// - Parameters:
    ///   - admin: a database of which the login role is a superuser or may make roles.
    ///   - passwords: gives the password for a role's name; asked for migrators, apps and the auditor. It is sent to
    ///     the server only as a SCRAM verifier.
    /// - Throws: `InvalidServiceName` or `PostgresError`.
    public static func bootstrap(
        admin: Database, services: [String], passwords: (String) -> String
    ) async throws {
        for service in services where !isValid(service) { throw InvalidServiceName(name: service) }
        var logins: [String: String] = [auditor: passwords(auditor)]
        for role in services.flatMap({ [migrator(of: $0), app(of: $0)] }) { logins[role] = passwords(role) }
        // Roles belong to the whole server, but advisory locks to one database: where the lock on the roles' table is
        // not allowed, losers of a race between databases start again.
        var attempt = 1
        while true {
            do {
                return try await admin.transaction { [logins] transaction in
                    try bootstrap(transaction, services: services, logins: logins)
                }
            } catch let error as PostgresError
                where attempt < 10 && ["23505", "42710", "XX000", "55P03"].contains(error.sqlState)
            {
                attempt += 1
                try await Task.sleep(for: .milliseconds(50) * attempt * Double.random(in: 0.5...1))
            }
        }
    }

    private static func isValid(_ service: String) -> Bool {
        let letters = service.unicodeScalars
        guard let first = letters.first, ("a"..."z").contains(first), letters.count <= 40 else { return false }
        return letters.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" }
    }

    private static func bootstrap(
        _ transaction: Transaction, services: [String], logins: [String: String]
    ) throws {
        try transaction.execute(
            "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('zhitongche.roles', 0))", expecting: 1)
        let isSuperuser = try transaction.only(
            "SELECT rolsuper AS value FROM pg_catalog.pg_roles WHERE rolname = current_user"
        ).get("value", as: Bool.self)
        if isSuperuser {
            try transaction.execute("LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE")
        }
        let database = try transaction.only("SELECT pg_catalog.current_database()::text AS name").get(
            "name", as: String.self)
        try ensure(auditor, "LOGIN", password: logins[auditor], transaction)
        try transaction.execute("REVOKE ALL ON DATABASE \(identifier: database) FROM PUBLIC")
        try transaction.execute("GRANT CONNECT ON DATABASE \(identifier: database) TO \(identifier: auditor)")
        try transaction.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        try transaction.execute("GRANT USAGE ON SCHEMA public TO \(identifier: auditor)")
        try transaction.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
        for service in services {
            try bootstrap(transaction, service, database: database, logins: logins, isSuperuser: isSuperuser)
        }
    }

    private static func bootstrap(
        _ transaction: Transaction, _ service: String, database: String, logins: [String: String], isSuperuser: Bool
    ) throws {
        let (owner, migrator, app) = (owner(of: service), migrator(of: service), app(of: service))
        try ensure(owner, "NOLOGIN", password: nil, transaction)
        try ensure(migrator, "LOGIN NOINHERIT", password: logins[migrator], transaction)
        try ensure(app, "LOGIN NOINHERIT", password: logins[app], transaction)
        let isMember = try transaction.only(
            "SELECT pg_catalog.pg_has_role(\(migrator)::name, \(owner)::name, 'MEMBER') AS value"
        ).get("value", as: Bool.self)
        if !isMember { try transaction.execute("GRANT \(identifier: owner) TO \(identifier: migrator)") }
        // Making a schema for a role takes membership in it, unless the role is a superuser's.
        if !isSuperuser { try transaction.execute("GRANT \(identifier: owner) TO CURRENT_USER") }
        try transaction.execute(
            "GRANT CONNECT ON DATABASE \(identifier: database) TO \(identifier: migrator), \(identifier: app)")
        try transaction.execute(
            """
            GRANT USAGE ON SCHEMA public TO \(identifier: owner), \(identifier: migrator), \(identifier: app)
            """)
        try transaction.execute("CREATE SCHEMA IF NOT EXISTS \(identifier: service) AUTHORIZATION \(identifier: owner)")
        try transaction.execute("REVOKE ALL ON SCHEMA \(identifier: service) FROM PUBLIC")
        try transaction.execute(
            "GRANT USAGE ON SCHEMA \(identifier: service) TO \(identifier: app), \(identifier: auditor)")
        // Functions are executable by everyone unless this is said for all schemas of the role.
        try transaction.execute(
            "ALTER DEFAULT PRIVILEGES FOR ROLE \(identifier: owner) REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
        let defaults: SQL = "ALTER DEFAULT PRIVILEGES FOR ROLE \(identifier: owner) IN SCHEMA \(identifier: service) "
        for grant: SQL in [
            "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO \(identifier: app)",
            "GRANT USAGE, SELECT ON SEQUENCES TO \(identifier: app)",
            "GRANT EXECUTE ON FUNCTIONS TO \(identifier: app)",
            "GRANT SELECT ON TABLES TO \(identifier: auditor)",
        ] {
            try transaction.execute(defaults + grant)
        }
    }

    /// Makes a role or brings it to its attributes. The text holds a verifier, so it is not kept as a prepared one.
    private static func ensure(
        _ role: String, _ attributes: String, password: String?, _ transaction: Transaction
    ) throws {
        let exists = try transaction.first("SELECT 1 AS one FROM pg_catalog.pg_roles WHERE rolname = \(role)") != nil
        var text = "\(exists ? "ALTER" : "CREATE") ROLE \(SQL.quoted(identifier: role)) \(attributes)"
        text += " NOCREATEDB NOCREATEROLE"
        if let password {
            let verifier = try transaction.passwordVerifier(password, role: role)
            text += " PASSWORD \(SQL.quoted(literal: verifier))"
        }
        try transaction.executeScript(text)
    }
}
