import CLibpq
import Foundation

/// Where the database is and how a connection behaves; one value per role and database.
///
/// The password is never part of `description`. Every session runs in UTC with an empty `search_path`, so names in
/// statements are schema-qualified (XCT-11, rule 15).
public struct PostgresConfiguration: Sendable {
    /// TLS settings with libpq's meaning.
    public struct TLS: Sendable, Equatable {
        /// `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`.
        public var mode: String
        /// File with the certificates of trusted authorities.
        public var rootCertificate: String?
        /// File with the client's certificate.
        public var certificate: String?
        /// File with the client's key.
        public var key: String?

        /// Settings with libpq's default mode, which encrypts when the server can.
        public init(
            mode: String = "prefer", rootCertificate: String? = nil, certificate: String? = nil, key: String? = nil
        ) {
            self.mode = mode
            self.rootCertificate = rootCertificate
            self.certificate = certificate
            self.key = key
        }
    }

    /// How soon a peer that vanished without a word is noticed; whole seconds, also set for the server's side.
    public struct Keepalive: Sendable, Equatable {
        /// Idle time before the first probe.
        public var idle: Duration
        /// Time between probes.
        public var interval: Duration
        /// Probes without an answer before the connection is given up.
        public var count: Int

        /// By default a dead peer is noticed within about eleven seconds.
        public init(idle: Duration = .seconds(5), interval: Duration = .seconds(2), count: Int = 3) {
            self.idle = idle
            self.interval = interval
            self.count = count
        }

        var total: Duration { idle + interval * count }
    }

    /// Host name, address, or directory of a Unix socket.
    public var host: String
    /// TCP port, 1 to 65535; part of the socket's name for a Unix socket.
    public var port: Int
    /// The role to log in as.
    public var user: String
    /// The password; nil leaves authentication to certificates or the server's trust.
    public var password: String?
    /// The database to connect to.
    public var database: String
    /// How the connection is encrypted and verified.
    public var tls: TLS
    /// Shown in `pg_stat_activity`.
    public var applicationName: String
    /// Longest wait for a new connection.
    public var connectTimeout: Duration = .seconds(5)
    /// Longest run of one statement; zero is unlimited.
    public var statementTimeout: Duration = .seconds(30)
    /// Longest wait for one lock; zero is unlimited.
    public var lockTimeout: Duration = .seconds(10)
    /// Longest pause between two statements of a transaction; zero is unlimited.
    public var idleInTransactionTimeout: Duration = .seconds(30)
    /// How soon a vanished peer is noticed.
    public var keepalive = Keepalive()

    /// A configuration from its parts, with the default timeouts.
    public init(
        host: String, port: Int = 5432, user: String, password: String? = nil, database: String, tls: TLS = TLS(),
        applicationName: String = "zhitongche"
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
        self.applicationName = applicationName
    }

    /// A configuration from `postgresql://user:password@host:port/database?sslmode=…`.
    ///
    /// Understood parameters are those of libpq for TLS, `application_name` and `connect_timeout` (seconds). The user
    /// is required; the host defaults to `localhost`, the port to 5432 and the database to the user's name. Throws
    /// `PostgresConfigurationError` for anything else, without repeating the text, which may hold a password.
    public init(url: String) throws {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            throw PostgresConfigurationError("a database URL starts with postgresql://")
        }
        guard let options = PQconninfoParse(url, nil) else {
            throw PostgresConfigurationError("the database URL is malformed")
        }
        defer { PQconninfoFree(options) }
        var given: [String: String] = [:]
        var next = options
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val { given[String(cString: keyword)] = String(cString: value) }
            next += 1
        }
        let known: Set = [
            "host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey",
            "application_name", "connect_timeout",
        ]
        if let unknown = given.keys.sorted().first(where: { !known.contains($0) }) {
            throw PostgresConfigurationError("the database URL's parameter \(unknown) is not supported")
        }
        guard let user = given["user"] else { throw PostgresConfigurationError("the database URL names no user") }
        guard let port = Int(given["port"] ?? "5432"), (1...65_535).contains(port) else {
            throw PostgresConfigurationError("the database URL's port is not a number from 1 to 65535")
        }
        self.init(
            host: given["host"] ?? "localhost", port: port, user: user, password: given["password"],
            database: given["dbname"] ?? user,
            tls: TLS(
                mode: given["sslmode"] ?? "prefer", rootCertificate: given["sslrootcert"],
                certificate: given["sslcert"], key: given["sslkey"]),
            applicationName: given["application_name"] ?? "zhitongche")
        if let text = given["connect_timeout"] {
            guard let seconds = Int(text), (1...300).contains(seconds) else {
                throw PostgresConfigurationError("the database URL's connect_timeout is not 1 to 300 seconds")
            }
            connectTimeout = .seconds(seconds)
        }
    }

    /// The same server with some parts replaced.
    public func with(
        user: String? = nil, password: String? = nil, database: String? = nil, applicationName: String? = nil
    ) -> PostgresConfiguration {
        var copy = self
        copy.user = user ?? self.user
        copy.password = password ?? self.password
        copy.database = database ?? self.database
        copy.applicationName = applicationName ?? self.applicationName
        return copy
    }

    /// libpq's keywords and values.
    var connectionParameters: [(String, String)] {
        var parameters = [
            ("host", host), ("port", String(port)), ("user", user), ("dbname", database), ("sslmode", tls.mode),
            ("application_name", applicationName), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("keepalives", "1"), ("keepalives_idle", seconds(keepalive.idle)),
            ("keepalives_interval", seconds(keepalive.interval)), ("keepalives_count", String(keepalive.count)),
            ("tcp_user_timeout", String(keepalive.total.wholeMilliseconds)),
        ]
        parameters += [
            ("password", password), ("sslrootcert", tls.rootCertificate), ("sslcert", tls.certificate),
            ("sslkey", tls.key),
        ].compactMap { name, value in value.map { (name, $0) } }
        let settings = [
            ("search_path", ""), ("timezone", "UTC"),
            ("statement_timeout", String(statementTimeout.wholeMilliseconds)),
            ("lock_timeout", String(lockTimeout.wholeMilliseconds)),
            ("idle_in_transaction_session_timeout", String(idleInTransactionTimeout.wholeMilliseconds)),
            ("tcp_keepalives_idle", seconds(keepalive.idle)),
            ("tcp_keepalives_interval", seconds(keepalive.interval)),
            ("tcp_keepalives_count", String(keepalive.count)),
            ("tcp_user_timeout", String(keepalive.total.wholeMilliseconds)),
        ]
        parameters.append(("options", settings.map { "-c \($0)=\($1)" }.joined(separator: " ")))
        return parameters
    }

    private func seconds(_ duration: Duration) -> String { String(max(1, duration.components.seconds)) }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL with the password masked.
    public var description: String {
        "postgresql://\(user)\(password == nil ? "" : ":***")@\(host):\(port)/\(database)?sslmode=\(tls.mode)"
    }

    /// The masked form, as in `description`.
    public var debugDescription: String { description }

    /// Dumping the value shows the masked form too.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}

/// Why a database URL cannot be used; never quotes the URL.
public struct PostgresConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason in one clause, without the URL.
    public let description: String

    init(_ description: String) { self.description = description }
}
