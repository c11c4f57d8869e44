import Foundation
import Logging
import Postgres
import Synchronization

/// A private PostgreSQL server for tests, in a directory of its own.
///
/// A watchdog process stops the server and removes the directory as soon as this process is gone, however it ended.
public final class PostgresCluster: Sendable {
    /// What went wrong outside the server itself.
    public struct Failure: Error, CustomStringConvertible {
        /// The reason in one line.
        public let description: String
    }

    private static let sharedLaunch = Task {
        if let url = ProcessInfo.processInfo.environment["DATABASE_URL"] {
            return PostgresCluster(administration: try PostgresConfiguration(url: url), place: nil)
        }
        return try await launch()
    }

    /// The cluster of this test process, started at the first call; or the server of `DATABASE_URL`, an URL of a role
    /// that may make databases and roles.
    public static func shared() async throws -> PostgresCluster { try await sharedLaunch.value }

    private struct Place: Sendable {
        let directory: String
        let binaries: String
        let port: Int

        var data: String { directory + "/data" }
    }

    /// A login that may do everything, leading to the database `postgres`.
    public let administration: PostgresConfiguration
    private let place: Place?
    /// The watchdog waits for the other end of this pipe to close.
    private let lifeline = Mutex<FileHandle?>(nil)

    private init(administration: PostgresConfiguration, place: Place?) {
        self.administration = administration
        self.place = place
    }

    /// A server that takes connections over TLS alone.
    public struct Encryption: Sendable {
        /// The server's certificate and key.
        public let files: TestAuthority.Files
        /// Who signed it, and has to sign clients' certificates.
        public let authority: String
        /// Roles that log in by a certificate whose common name is theirs, without a password.
        public let certifiedRoles: [String]

        /// A server behind TLS.
        public init(files: TestAuthority.Files, authority: String, certifiedRoles: [String] = []) {
            self.files = files
            self.authority = authority
            self.certifiedRoles = certifiedRoles
        }

        fileprivate var accessRules: String {
            (certifiedRoles.map { "hostssl all \($0) 127.0.0.1/32 cert clientcert=verify-full" } + [
                "hostssl all all 127.0.0.1/32 scram-sha-256"
            ]).joined(separator: "\n") + "\n"
        }
    }

    /// A cluster of its own, for tests that stop the server. `DATABASE_URL` does not count here.
    public static func launch(encryption: Encryption? = nil) async throws -> PostgresCluster {
        let binaries = try findBinaries()
        let directory = "/tmp/ztc-pg-\(UUID().uuidString.prefix(13).lowercased())"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        let password = UUID().uuidString
        let passwordFile = directory + "/password"
        try Data(password.utf8).write(to: URL(filePath: passwordFile))
        if isRoot { try await run(["chown", "-R", "postgres", directory]) }
        try await asServerUser([
            binaries + "/initdb", "-D", directory + "/data", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8",
            "--auth=scram-sha-256", "--pwfile=" + passwordFile, "--no-sync",
        ])
        if let encryption { try await install(encryption, in: directory + "/data") }
        var lastError: any Error = Failure(description: "no port was tried")
        for _ in 0..<5 {
            let place = Place(directory: directory, binaries: binaries, port: try freePort())
            let cluster = PostgresCluster(
                administration: PostgresConfiguration(
                    host: "127.0.0.1", port: place.port, user: "postgres", password: password, database: "postgres",
                    tls: encryption.map { .init(mode: "verify-full", rootCertificate: $0.authority) } ?? .init(),
                    applicationName: "tests"),
                place: place)
            do {
                try await cluster.start()
                try cluster.startWatchdog()
                return cluster
            } catch {
                // Another process may have taken the port since it was found free.
                lastError = error
            }
        }
        throw lastError
    }

    /// Puts the certificates where the server finds them, owned by the server, which refuses a key that others can read.
    private static func install(_ encryption: Encryption, in data: String) async throws {
        for (from, to) in [
            (encryption.files.certificate, "server.crt"), (encryption.files.key, "server.key"),
            (encryption.authority, "root.crt"),
        ] {
            try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: "\(data)/\(to)"))
            try await run(["chmod", "600", "\(data)/\(to)"])
        }
        try Data(encryption.accessRules.utf8).write(to: URL(filePath: data + "/pg_hba.conf"))
        let settings = try FileHandle(forWritingTo: URL(filePath: data + "/postgresql.auto.conf"))
        try settings.seekToEnd()
        try settings.write(contentsOf: Data("ssl = on\nssl_ca_file = 'root.crt'\n".utf8))
        try settings.close()
        if isRoot { try await run(["chown", "-R", "postgres", data]) }
    }

    /// Makes a fresh database with a unique name and returns its administrative configuration.
    public func makeDatabase(prefix: String) async throws -> PostgresConfiguration {
        let name = "\(prefix)_\(UUID().uuidString.prefix(13).lowercased().replacing("-", with: ""))"
        let connection = try await Database(configuration: administration, logger: Logger(label: "cluster"))
            .dedicated(name: "make")
        do {
            try await connection.executeScript("CREATE DATABASE \"\(name)\"")
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        return administration.with(database: name)
    }

    /// Starts the server after `stop()`.
    public func start() async throws {
        let place = try ownPlace()
        let options = [
            "-c listen_addresses=127.0.0.1", "-c port=\(place.port)", "-c unix_socket_directories=\(place.directory)",
            "-c max_connections=300", "-c fsync=off", "-c deadlock_timeout=100ms",
        ].joined(separator: " ")
        try await Self.asServerUser([
            place.binaries + "/pg_ctl", "-D", place.data, "-l", place.directory + "/server.log", "-w", "-o", options,
            "start",
        ])
    }

    /// Stops the server at once, as a crash would.
    public func stop() async throws {
        let place = try ownPlace()
        try await Self.asServerUser([place.binaries + "/pg_ctl", "-D", place.data, "-w", "-m", "immediate", "stop"])
    }

    /// Stops the server at once and starts it again; returns when it accepts connections.
    public func restart() async throws {
        try await stop()
        try await start()
    }

    private func ownPlace() throws -> Place {
        guard let place else { throw Failure(description: "the server of DATABASE_URL is not ours to start or stop") }
        return place
    }

    /// The shell reads until the pipe closes, which the kernel does when this process ends in whatever way. It has a
    /// session of its own, so that an interrupt from the terminal does not end it first, and is nobody's child: one
    /// that ended and was not waited for would keep the test library waiting for its own children for ever.
    private func startWatchdog() throws {
        let place = try ownPlace()
        let pipe = Pipe()
        _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        let stopping =
            (Self.serverUserPrefix + [place.binaries + "/pg_ctl", "-D", place.data, "-m", "immediate", "stop"])
            .joined(separator: " ")
        let child = try Self.spawn(
            ["setsid", "--fork", "sh", "-c", "cd /; read line; \(stopping); rm -rf '\(place.directory)'"],
            input: pipe.fileHandleForReading.fileDescriptor)
        _ = Self.wait(for: child)
        lifeline.withLock { $0 = pipe.fileHandleForWriting }
    }

    private static var isRoot: Bool { geteuid() == 0 }

    /// The server refuses to run as root.
    private static var serverUserPrefix: [String] { isRoot ? ["runuser", "-u", "postgres", "--"] : [] }

    private static func asServerUser(_ command: [String]) async throws { try await run(serverUserPrefix + command) }

    private static func run(_ command: [String]) async throws {
        let child = try spawn(command, input: nil)
        let status: Int32 = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: wait(for: child)) }
        }
        guard status == 0 else {
            throw Failure(description: "\(command.joined(separator: " ")) ended with status \(status)")
        }
    }

    /// Waits for a child's end and returns its status.
    private static func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) == -1 && errno == EINTR {}
        return status
    }

    /// Starts a process with nothing of ours open but its input. Foundation's `Process` is not used, because it
    /// believes a child alive as long as the server that the child has started.
    private static func spawn(_ command: [String], input: Int32?) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        for descriptor: Int32 in [1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        // A server that kept the test runner's pipes open would keep the runner waiting for their end.
        for descriptor: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        let arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        guard posix_spawnp(&child, command[0], &actions, nil, arguments, environ) == 0 else {
            throw Failure(description: "\(command[0]) cannot be started")
        }
        return child
    }

    /// The newest installed server, or the one in the directory of `PG_BIN`.
    private static func findBinaries() throws -> String {
        if let given = ProcessInfo.processInfo.environment["PG_BIN"] { return given }
        let root = "/usr/lib/postgresql"
        let versions = try FileManager.default.contentsOfDirectory(atPath: root).compactMap { Int($0) }
        guard let newest = versions.max() else { throw Failure(description: "no PostgreSQL server is installed") }
        return "\(root)/\(newest)/bin"
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
            }
        }
        guard result == 0 else { throw Failure(description: "no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
