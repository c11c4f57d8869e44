import Foundation
import Kafka
import Synchronization

/// A development broker as a child process, so that tests can stop, freeze and restart it.
///
/// With `KAFKA_BOOTSTRAP_SERVERS` in the environment no process is started: the topics are created on that cluster, and what
/// only a process of our own can do throws `DevelopmentBrokerError.external`. Topic names should be unique per test, since
/// such a cluster keeps them.
public final class DevelopmentBroker: Sendable {
    /// `host:port` of the broker; stays the same over restarts.
    public let bootstrapServers: String
    /// The cluster was there before and is not ours to stop.
    public let isExternal: Bool

    private struct Child {
        var process: Process
        var commands: FileHandle
        var answers: LineReader
        /// What stands before a broker with TLS; lives as long as the broker.
        var front: BrokerFront?
    }

    private let topics: [(String, Int)]
    private let security: BrokerSecurity?
    private let child: Mutex<Child?>

    private init(
        bootstrapServers: String, topics: [(String, Int)], security: BrokerSecurity? = nil, child: sending Child?
    ) {
        self.security = security
        self.bootstrapServers = bootstrapServers
        self.topics = topics
        isExternal = child == nil
        self.child = Mutex(child)
    }

    deinit {
        child.withLock { child in
            guard let running = child else { return }
            kill(running.process.processIdentifier, SIGKILL)
            child = nil
        }
    }

    /// Starts a broker on a free port and returns once it serves the topics.
    ///
    /// - Parameter security: puts TLS and logins before it; such a broker cannot be started again, and none comes from
    ///   the environment.
    public static func start(
        topics: [(String, Int)] = [], security: BrokerSecurity? = nil
    ) async throws -> DevelopmentBroker {
        if let security {
            let front = try BrokerFront(security)
            let (child, servers) = try launch(port: 0, topics: topics, front: front)
            return DevelopmentBroker(bootstrapServers: servers, topics: topics, security: security, child: child)
        }
        if let servers = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"], !servers.isEmpty {
            let configuration = KafkaConfiguration(bootstrapServers: servers, clientID: "tests")
            let report = try await KafkaCatalogue(configuration: configuration).ensure(
                topics.map { TopicSpecification(name: $0.0, partitions: $0.1) })
            guard report.isAsSpecified else {
                throw DevelopmentBrokerError.refused("topics differ: \(report.differences)")
            }
            return DevelopmentBroker(bootstrapServers: servers, topics: topics, child: nil)
        }
        let (child, servers) = try launch(port: 0, topics: topics)
        return DevelopmentBroker(bootstrapServers: servers, topics: topics, child: child)
    }

    /// Settings for clients of this broker.
    public func configuration(clientID: String = "tests") -> KafkaConfiguration {
        var configuration = KafkaConfiguration(bootstrapServers: bootstrapServers, clientID: clientID)
        if !isExternal { configuration.overrides = KafkaConfiguration.developmentOverrides }
        configuration.tls = security?.client.tls
        configuration.sasl = security?.client.sasl
        return configuration
    }

    /// Ends the broker; everything that it held is gone.
    public func stop() throws {
        try child.withLock { child in
            guard !isExternal else { throw DevelopmentBrokerError.external }
            guard let running = child else { return }
            child = nil
            // A frozen process takes SIGKILL too, which SIGTERM would have to wait for.
            kill(running.process.processIdentifier, SIGKILL)
            running.process.waitUntilExit()
        }
    }

    /// Starts a stopped broker again, on the same port and with the same topics, all of them empty.
    public func startAgain() throws {
        guard !isExternal else { throw DevelopmentBrokerError.external }
        guard security == nil else { throw DevelopmentBrokerError.refused("it has TLS and cannot be started again") }
        let port = bootstrapServers.split(separator: ":").last.flatMap { Int($0) } ?? 0
        let (started, _) = try Self.launch(port: port, topics: topics)
        replaceChild(started)
    }

    /// Stops the broker and starts it again with nothing in it, as after the loss of its data.
    public func restartEmpty() throws {
        try stop()
        try startAgain()
    }

    /// Halts the process: connections stay open, nothing is answered.
    public func freeze() throws { try signal(SIGSTOP) }

    /// Lets a frozen process go on.
    public func thaw() throws { try signal(SIGCONT) }

    /// Gives the broker one of its steering lines, such as `down`, `up`, `delay 200` or `errors 0 3 7`.
    public func command(_ line: String) throws {
        try child.withLock { child in
            guard let running = child else {
                throw isExternal ? DevelopmentBrokerError.external : DevelopmentBrokerError.stopped
            }
            try running.commands.write(contentsOf: Data("\(line)\n".utf8))
            guard let answer = running.answers.next() else { throw DevelopmentBrokerError.stopped }
            guard answer.hasPrefix("ok") else { throw DevelopmentBrokerError.refused(answer) }
        }
    }

    private func signal(_ number: Int32) throws {
        try child.withLock { child in
            guard let running = child else {
                throw isExternal ? DevelopmentBrokerError.external : DevelopmentBrokerError.stopped
            }
            kill(running.process.processIdentifier, number)
        }
    }

    private func replaceChild(_ started: sending Child) {
        child.withLock { $0 = started }
    }

    private static func launch(
        port: Int, topics: [(String, Int)], front: BrokerFront? = nil
    ) throws -> sending (Child, String) {
        let process = Process()
        process.executableURL = try executable()
        process.arguments =
            ["--port", String(port), "--parent", String(ProcessInfo.processInfo.processIdentifier)]
            + topics.flatMap { ["--topic", "\($0.0):\($0.1)"] }
            + (front.map { ["--advertise", String($0.port)] } ?? [])
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let answers = LineReader(output.fileHandleForReading)
        let greeting = "bootstrap="
        guard let line = answers.next(), line.hasPrefix(greeting) else {
            kill(process.processIdentifier, SIGKILL)
            throw DevelopmentBrokerError.refused("the development broker did not start")
        }
        if let front {
            guard let listening = answers.next(), let port = listening.split(separator: ":").last.flatMap({ Int($0) })
            else {
                kill(process.processIdentifier, SIGKILL)
                throw DevelopmentBrokerError.refused("the development broker does not tell its port")
            }
            try front.serve(brokerAt: port)
        }
        let child = Child(
            process: process, commands: input.fileHandleForWriting, answers: answers, front: front)
        return (child, String(line.dropFirst(greeting.count)))
    }

    /// The product `devbroker`, which lies beside the tests' executable.
    private static func executable() throws -> URL {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let invoked = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        for start in [Bundle.main.bundleURL, own, invoked] {
            var folder = start
            for _ in 0..<4 {
                let candidate = folder.appendingPathComponent("devbroker")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
                folder.deleteLastPathComponent()
            }
        }
        throw DevelopmentBrokerError.refused("the executable devbroker is not built")
    }
}

/// Why a development broker could not do what was asked.
public enum DevelopmentBrokerError: Error, Sendable {
    /// The cluster comes from the environment and is not ours to control.
    case external
    /// The process is not running.
    case stopped
    /// The process refused, with its reason.
    case refused(String)
}

/// Reads a pipe line by line; blocks until one is complete.
struct LineReader: Sendable {
    private let handle: FileHandle

    init(_ handle: FileHandle) { self.handle = handle }

    /// The next line without its end, or `nil` when the writer is gone.
    func next() -> String? {
        var line: [UInt8] = []
        while let byte = try? handle.read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }
}
