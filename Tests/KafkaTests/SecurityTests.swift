import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Kafka

/// Keeps what clients log, to look for words in it.
private struct KeptLines: LogHandler {
    final class Store: Sendable {
        private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

        func append(_ level: Logger.Level, _ text: String) { lines.withLock { $0.append((level, text)) } }

        var all: [String] { lines.withLock { $0.map(\.text) } }
        var loud: [String] { lines.withLock { $0.filter { $0.level >= .warning }.map(\.text) } }
    }

    let store: Store
    var logLevel: Logger.Level = .debug
    var metadata: Logger.Metadata = [:]

    init(_ store: Store) { self.store = store }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { store.append(event.level, "\(event.message) \(event.metadata ?? [:])") }
}

@Suite("Kafka over TLS with logins (XCT-11)", .serialized, .enabled(if: ownsBroker))
struct SecurityTests {
    private static let password = "open-sesame-7d1f"

    private let authority: TestAuthority
    private let stranger: TestAuthority

    init() throws {
        authority = try TestAuthority()
        stranger = try TestAuthority("Stranger")
    }

    /// Produces a record, reads it back, and returns nothing; or what the client logged instead, once it has failed.
    private func refusal(
        _ broker: DevelopmentBroker, _ topic: String, change: (inout KafkaConfiguration) -> Void = { _ in }
    ) async throws -> [String]? {
        var configuration = broker.configuration(clientID: "security")
        change(&configuration)
        let lines = KeptLines.Store()
        let logger = Logger(label: "security") { _ in KeptLines(lines) }
        let producer = try KafkaProducer(configuration: configuration, messageTimeout: .seconds(20), logger: logger)
        do {
            // A refusal ends this at once, since it takes the connection along; a slow handshake has its time.
            _ = try await producer.send(KafkaRecord(topic: topic, key: bytes("k"), value: bytes("over TLS")))
        } catch {
            await producer.close()
            #expect(!lines.all.contains { $0.contains(Self.password) || $0.contains("wrong-word") })
            return lines.loud
        }
        await producer.close()
        let consumer = try KafkaConsumer.standalone(configuration: configuration, logger: logger)
        let partitions = try await consumer.partitions(of: topic)
        try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
        let read = try await poll(consumer) { $0.ends.count == partitions.count && !$0.messages.isEmpty }
        await consumer.close()
        #expect(read.messages.first?.value == bytes("over TLS"))
        #expect(!lines.all.contains { $0.contains(Self.password) })
        return nil
    }

    private func withSecured(
        _ change: (inout BrokerSecurity) throws -> Void = { _ in },
        _ body: (DevelopmentBroker, String) async throws -> Void
    ) async throws {
        var security = try BrokerSecurity(authority)
        try change(&security)
        let topic = uniqueName("secured")
        let broker = try await DevelopmentBroker.start(topics: [(topic, 2)], security: security)
        defer { #expect(throws: Never.self) { try broker.stop() } }
        try await body(broker, topic)
    }

    @Test("the right certificate works; another authority and plaintext are refused, and the log says why")
    func authorities() async throws {
        try await withSecured { broker, topic in
            #expect(try await refusal(broker, topic) == nil)
            let wrong = try await refusal(broker, topic) { [stranger] in
                $0.tls = KafkaTLS(caFile: stranger.certificateFile)
            }
            #expect(wrong?.contains { $0.contains("certificate verify failed") } == true, "\(wrong ?? ["accepted"])")
            let plain = try await refusal(broker, topic) { $0.tls = nil }
            #expect(plain?.isEmpty == false, "\(plain ?? ["accepted"])")
        }
    }

    @Test("a broker under another name is refused, unless the name is not to be verified") func names() async throws {
        let files = try authority.issue(["broker.example"])
        try await withSecured {
            $0.files = files
        } _: { broker, topic in
            let wrong = try await refusal(broker, topic)
            #expect(wrong?.contains { $0.contains("certificate verify failed") } == true, "\(wrong ?? ["accepted"])")
            let lenient = try await refusal(broker, topic) { $0.tls?.verifiesHostname = false }
            #expect(lenient == nil)
        }
    }

    @Test("an expired broker certificate is refused") func expired() async throws {
        let files = try authority.issue(["127.0.0.1"], validity: .past)
        try await withSecured {
            $0.files = files
        } _: { broker, topic in
            let refused = try await refusal(broker, topic)
            #expect(
                refused?.contains { $0.contains("certificate verify failed") } == true, "\(refused ?? ["accepted"])")
        }
    }

    @Test("where the broker wants a client certificate, one of its authority works, and no other")
    func clientCertificate() async throws {
        try await withSecured {
            $0.clientAuthorities = authority.certificateFile
        } _: { broker, topic in
            func present(_ files: TestAuthority.Files?) async throws -> [String]? {
                try await refusal(broker, topic) {
                    $0.tls?.certificateFile = files?.certificate
                    $0.tls?.keyFile = files?.key
                }
            }
            #expect(try await present(authority.issue(["policy"])) == nil)
            for (what, files) in [
                ("another authority", try stranger.issue(["policy"])),
                ("expired", try authority.issue(["policy"], validity: .past)), ("none", nil),
            ] {
                let refused = try await present(files)
                #expect(refused?.isEmpty == false, "\(what): \(refused ?? ["accepted"])")
            }
        }
    }

    @Test(
        "a login works by each mechanism; a wrong password, a stranger and no login are refused, and the log says why",
        arguments: KafkaSASL.Mechanism.allCases)
    func logins(mechanism: KafkaSASL.Mechanism) async throws {
        try await withSecured {
            $0.accounts = ["ztc": Self.password]
        } _: { broker, topic in
            func login(_ name: String, _ password: String) async throws -> [String]? {
                try await refusal(broker, topic) {
                    $0.sasl = KafkaSASL(mechanism: mechanism, username: name, password: password)
                }
            }
            #expect(try await login("ztc", Self.password) == nil)
            for (name, password) in [("ztc", "wrong-word"), ("nobody", Self.password)] {
                let refused = try await login(name, password)
                #expect(
                    refused?.contains { $0.localizedCaseInsensitiveContains("authentication") } == true,
                    "\(name): \(refused ?? ["accepted"])")
            }
            let without = try await refusal(broker, topic)
            #expect(without != nil)
        }
    }

    @Test("a mechanism that the broker does not offer is refused by name") func mechanism() async throws {
        try await withSecured {
            $0.accounts = ["ztc": Self.password]
            $0.mechanisms = [.scramSHA512]
        } _: { broker, topic in
            let refused = try await refusal(broker, topic) {
                $0.sasl = KafkaSASL(mechanism: .plain, username: "ztc", password: Self.password)
            }
            #expect(refused?.contains { $0.contains("SCRAM-SHA-512") } == true, "\(refused ?? ["accepted"])")
        }
    }
}
