import Foundation
import Kafka

/// TLS and logins of a development broker, and what its clients need for them.
public struct BrokerSecurity: Sendable {
    /// The broker's certificate and key.
    public var files: TestAuthority.Files
    /// Who has to have signed the clients' certificates; nil asks for none.
    public var clientAuthorities: String?
    /// Accounts with their passwords; empty asks for no login.
    public var accounts: [String: String] = [:]
    /// Mechanisms that the broker offers.
    public var mechanisms: [KafkaSASL.Mechanism] = KafkaSASL.Mechanism.allCases
    /// What the tests' own clients use.
    public var client: (tls: KafkaTLS, sasl: KafkaSASL?)

    /// A broker with a certificate for 127.0.0.1 by this authority.
    public init(_ authority: TestAuthority) throws {
        files = try authority.issue(["127.0.0.1"])
        client = (KafkaTLS(caFile: authority.certificateFile), nil)
    }
}

/// The process `deploy/kafka-front`, which ends with this one.
final class BrokerFront: Sendable {
    /// The port on which clients are served.
    let port: Int
    private let process: pid_t
    private let commands: FileHandle
    private let answers: LineReader

    init(_ security: BrokerSecurity) throws {
        let program = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../deploy/kafka-front"
        ).standardized
        var arguments = [program.path, "--certificate", security.files.certificate, "--key", security.files.key]
        if let authorities = security.clientAuthorities { arguments += ["--client-authorities", authorities] }
        if !security.accounts.isEmpty {
            let file = "\(security.files.key).accounts"
            let lines = security.accounts.map { "\($0.key):\($0.value)\n" }.joined()
            try Data(lines.utf8).write(to: URL(filePath: file))
            arguments += [
                "--accounts", file, "--mechanisms", security.mechanisms.map(\.rawValue).joined(separator: ","),
            ]
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        // Every refused connection is a line there, and refusing is what it is made for.
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process.processIdentifier
        commands = input.fileHandleForWriting
        answers = LineReader(output.fileHandleForReading)
        guard let line = answers.next(), line.hasPrefix("port="), let port = Int(line.dropFirst(5)) else {
            throw DevelopmentBrokerError.refused("deploy/kafka-front did not start")
        }
        self.port = port
    }

    deinit { kill(process, SIGKILL) }

    /// Begins to pass connections on to the broker at a port of this machine.
    func serve(brokerAt port: Int) throws {
        try commands.write(contentsOf: Data("\(port)\n".utf8))
        guard answers.next() == "ready" else {
            throw DevelopmentBrokerError.refused("deploy/kafka-front does not serve")
        }
    }
}
