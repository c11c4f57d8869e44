/// The settings that every service has (XCT-14); services add their own through `ServiceDefinition.settings`.
public enum ConfigurationKeys {
    /// The fixed default ports of all services: gRPC as listed, HTTP one hundred higher.
    public static let defaultPorts: [String: Int] = [
        "directory": 7401, "policy": 7402, "enterprise": 7403, "appeal": 7404, "project": 7405, "assessment": 7406,
        "notification": 7407, "portal": 7408,
    ]

    /// All shared keys, in the order in which `--help` lists them.
    public static func all(service: String, defaultPort: Int) -> [ConfigurationKey] {
        listening(defaultPort) + stores() + messages() + security() + peers() + running(service)
    }

    private static func listening(_ port: Int) -> [ConfigurationKey] {
        [
            ConfigurationKey("grpc.host", .text, standard: "127.0.0.1", "Address on which calls are served."),
            ConfigurationKey(
                "grpc.port", .integer(0...65_535, unit: "TCP port"), standard: String(port),
                "Port for calls; 0 takes a free one."),
            ConfigurationKey(
                "http.port", .integer(0...65_535, unit: "TCP port"), standard: String(port + 100),
                "Port for /metrics, /livez and /readyz; 0 takes a free one."),
            ConfigurationKey(
                "grpc.streams", .integer(1...10_000, unit: "calls"), standard: "256",
                "Calls that one connection may have open at a time."),
            ConfigurationKey(
                "grpc.calls", .integer(1...100_000, unit: "calls"), standard: "1024",
                "Calls handled at a time over all connections; more are RESOURCE_EXHAUSTED."),
        ]
    }

    private static func stores() -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "database.url", .databaseURL, isRequired: true, isSecret: true,
                "PostgreSQL as the service's own role (XCT-11)."),
            ConfigurationKey(
                "database.password", .text, isSecret: true, "Password, when the URL has none."),
            ConfigurationKey(
                "database.connections", .integer(4...100, unit: "connections"), standard: "10",
                "Connections of the pool, over all shares."),
            ConfigurationKey(
                "migrator.url", .databaseURL, isSecret: true,
                "PostgreSQL as the migrator's role; when set, `serve` migrates before it serves."),
            ConfigurationKey("migrator.password", .text, isSecret: true, "Password, when the migrator's URL has none."),
            ConfigurationKey(
                "kafka.bootstrap.servers", .text, standard: "127.0.0.1:9092",
                sharedVariable: "KAFKA_BOOTSTRAP_SERVERS", "Brokers, host:port separated by commas."),
            ConfigurationKey(
                "kafka.development", .boolean, standard: "false", sharedVariable: "ZTC_DEVELOPMENT",
                "Short waits for the development broker; Apache Kafka refuses them."),
            ConfigurationKey(
                "kafka.tls", .boolean, standard: "false", "Whether the brokers are reached over TLS."),
            ConfigurationKey("kafka.tls.ca", .file, "Authorities that sign the brokers' certificates, PEM."),
            ConfigurationKey("kafka.tls.certificate", .file, "Client certificate for the brokers, PEM."),
            ConfigurationKey("kafka.tls.key", .file, "Key of the client certificate, PEM."),
            ConfigurationKey(
                "kafka.sasl.mechanism", .choice(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
                "How the service logs in to the brokers; unset means without."),
            ConfigurationKey("kafka.sasl.username", .text, "Account at the brokers."),
            ConfigurationKey("kafka.sasl.password", .text, isSecret: true, "Password at the brokers."),
        ]
    }

    private static func messages() -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "inbox.parked.key", .integer(10...100_000, unit: "messages"), standard: "1000",
                "Messages of one key that may wait parked; beyond it the partition pauses."),
            ConfigurationKey(
                "inbox.parked.all", .integer(100...10_000_000, unit: "messages"), standard: "100000",
                "Messages of the service that may wait parked; beyond it the partition pauses."),
            ConfigurationKey(
                "journal.retention.days", .integer(90...3_650, unit: "days"), standard: "180",
                "How long published events stay in the journal, from which a new broker is refilled."),
            ConfigurationKey(
                "inbox.retention.days", .integer(98...3_650, unit: "days"), standard: "104",
                "How long the inbox remembers messages; longer than the topics of events keep them."),
        ]
    }

    private static func security() -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "root.public.key", .base64(bytes: 32), isRequired: true, sharedVariable: "ZTC_ROOT_PUBLIC_KEY",
                "Ed25519 key under which every key set must be signed."),
            ConfigurationKey(
                "tls.certificate", .file, "Certificate chain of the gRPC server, PEM; unset is plaintext."),
            ConfigurationKey("tls.key", .file, "Key of the certificate, PEM."),
            ConfigurationKey(
                "tls.client.ca", .file, "Authorities of client certificates, PEM; when set a client must present one."),
            ConfigurationKey(
                "tls.peer.ca", .file, "Authorities of the other services' certificates, PEM; unset is plaintext."),
            ConfigurationKey(
                "service.secret", .text, isSecret: true, "Secret with which the service gets its own token (DIR-6)."),
        ]
    }

    private static func peers() -> [ConfigurationKey] {
        defaultPorts.sorted { $0.value < $1.value }.map { peer, port in
            ConfigurationKey(
                "\(peer).grpc", .address, standard: "127.0.0.1:\(port)", "Where the \(peer) service answers calls.")
        }
    }

    private static func running(_ service: String) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "development", .boolean, standard: "false", sharedVariable: "ZTC_DEVELOPMENT",
                "Serves the development calls, such as moving the clock; never in production."),
            ConfigurationKey(
                "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error"]), standard: "info",
                sharedVariable: "ZTC_LOG_LEVEL", "Least level that is written."),
            ConfigurationKey(
                "stop.seconds", .integer(1...300, unit: "seconds"), standard: "30",
                "Longest time between the signal to stop and the end of the process."),
            ConfigurationKey(
                "call.seconds", .integer(1...600, unit: "seconds"), standard: "10",
                "Deadline of calls to other services that have none of their own."),
        ]
    }

    /// The table that `--help` prints: variable, form, standard and meaning of every key.
    public static func table(of keys: [ConfigurationKey], service: String) -> String {
        keys.map { key in
            var notes = [key.form]
            if key.isRequired { notes.append("required") }
            if let standard = key.standard { notes.append("default \(standard)") }
            if key.isSecret { notes.append("secret, or its file in \(key.variable(of: service))_FILE") }
            if let shared = key.sharedVariable { notes.append("or \(shared) for all services") }
            return "  \(key.variable(of: service))\n      \(key.summary)\n      [\(notes.joined(separator: "; "))]"
        }.joined(separator: "\n")
    }
}
