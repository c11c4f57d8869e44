/// Where the broker is and how to reach it; the same value serves producer, consumer and administration.
public struct KafkaConfiguration: Sendable {
    /// `host:port`, several separated by commas.
    public var bootstrapServers: String
    /// The name under which the broker's logs, quotas and metrics show this client.
    public var clientID: String
    /// Encryption and the client's certificate; `nil` is plain TCP.
    public var tls: KafkaTLS?
    /// Login by name and password.
    public var sasl: KafkaSASL?
    /// Settings of librdkafka by their own names, applied last. A setting that matters only to producers or only to
    /// consumers is passed to those alone. Settings on which reliability rests are refused (`protectedSettings`).
    public var overrides: [String: String] = [:]

    /// A plain connection to the given brokers.
    public init(bootstrapServers: String, clientID: String) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
    }

    /// Overrides for the development broker, whose fetch sleeps its whole wait even when data arrive — a shorter wait would
    /// keep processors busy with empty fetches — and where a rejoin takes about the session timeout. The session has to outlast the three seconds for which that broker collects a
    /// group's first members, or it drops them again; Apache Kafka refuses less than 6 s by default. A busy one may leave
    /// a member's wish to join unanswered; the member asks again after the poll interval.
    public static let developmentOverrides: [String: String] = [
        "fetch.wait.max.ms": "20",
        "fetch.error.backoff.ms": "50",
        "session.timeout.ms": "4000",
        "heartbeat.interval.ms": "300",
        "max.poll.interval.ms": "60000",
        "topic.metadata.refresh.interval.ms": "1000",
        "reconnect.backoff.ms": "50",
        "reconnect.backoff.max.ms": "500",
    ]

    /// Settings that decide whether something can be lost, doubled or reordered; they cannot be overridden.
    public static let protectedSettings: Set<String> = [
        "enable.idempotence", "acks", "request.required.acks", "partitioner", "message.timeout.ms",
        "delivery.timeout.ms", "enable.auto.commit", "enable.auto.offset.store", "auto.commit.enable",
        "auto.offset.reset", "check.crcs", "group.id", "enable.partition.eof", "partition.assignment.strategy",
        "allow.auto.create.topics", "transactional.id",
    ]
}

/// Encryption of the connection to the broker.
public struct KafkaTLS: Sendable, Hashable {
    /// Certificates of the authorities that may sign the broker's certificate, PEM; `nil` is the system's set.
    public var caFile: String?
    /// The client's certificate chain, PEM.
    public var certificateFile: String?
    /// The key of the client's certificate, PEM.
    public var keyFile: String?
    /// Whether the broker's certificate has to carry the name that was connected to.
    public var verifiesHostname: Bool

    /// Verifies the broker's certificate always, and its name unless told otherwise.
    public init(
        caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, verifiesHostname: Bool = true
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.verifiesHostname = verifiesHostname
    }
}

/// Login by name and password.
public struct KafkaSASL: Sendable, Hashable {
    /// The ways in which the password is proven.
    public enum Mechanism: String, Sendable, Hashable, CaseIterable {
        /// The password itself; only sensible over TLS.
        case plain = "PLAIN"
        /// Salted challenge and response with SHA-256.
        case scramSHA256 = "SCRAM-SHA-256"
        /// Salted challenge and response with SHA-512.
        case scramSHA512 = "SCRAM-SHA-512"
    }

    /// How the password is proven.
    public var mechanism: Mechanism
    /// The account.
    public var username: String
    /// The password; descriptions of this value mask it.
    public var password: String

    /// A login.
    public init(mechanism: Mechanism, username: String, password: String) {
        self.mechanism = mechanism
        self.username = username
        self.password = password
    }
}

extension KafkaSASL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Mechanism and account; the password is masked.
    public var description: String { "\(mechanism.rawValue) \(username):***" }
    /// The same as `description`.
    public var debugDescription: String { description }
    /// A mirror without the password, for `dump` and for interpolation of the surrounding value.
    public var customMirror: Mirror {
        Mirror(self, children: ["mechanism": mechanism.rawValue, "username": username, "password": "***"])
    }
}

extension KafkaConfiguration {
    /// The kind of client that a list of settings is for.
    enum Role {
        case producer(messageTimeout: Duration)
        case consumer(group: String, sessionTimeout: Duration)
        case administrator
    }

    /// The settings for a client handle, in the order in which they are applied.
    func settings(for role: Role) throws(KafkaError) -> [(name: String, value: String)] {
        if let refused = overrides.keys.filter(Self.protectedSettings.contains).min() {
            throw .invalid("the setting \(refused) cannot be overridden")
        }
        var settings: [(name: String, value: String)] = [
            ("bootstrap.servers", bootstrapServers),
            ("client.id", clientID),
            ("socket.keepalive.enable", "true"),
            ("socket.nagle.disable", "true"),
            ("reconnect.backoff.ms", "100"),
            ("reconnect.backoff.max.ms", "2000"),
            ("topic.metadata.refresh.interval.ms", "30000"),
            ("log.connection.close", "false"),
        ]
        settings += securitySettings
        let foreign: Set<String>
        switch role {
        case .producer(let messageTimeout):
            foreign = Self.consumerSettings
            settings += [
                ("enable.idempotence", "true"),
                ("acks", "all"),
                ("partitioner", "murmur2_random"),
                ("compression.codec", "lz4"),
                ("linger.ms", "1"),
                ("message.timeout.ms", String(messageTimeout.wholeMilliseconds)),
                ("statistics.interval.ms", "5000"),
            ]
        case .consumer(let group, let sessionTimeout):
            foreign = Self.producerSettings
            let session = sessionTimeout.wholeMilliseconds
            settings += [
                ("group.id", group),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "error"),
                ("check.crcs", "true"),
                ("enable.partition.eof", "true"),
                ("allow.auto.create.topics", "false"),
                // Eager: everything is revoked before anything is assigned, so that the answer to each event is plain.
                ("partition.assignment.strategy", "range,roundrobin"),
                ("session.timeout.ms", String(session)),
                ("heartbeat.interval.ms", String(max(1, min(3000, session / 3)))),
                ("queued.min.messages", "1000"),
                ("queued.max.messages.kbytes", "16384"),
                ("statistics.interval.ms", "5000"),
            ]
        case .administrator:
            foreign = Self.consumerSettings.union(Self.producerSettings)
        }
        for (name, value) in overrides.sorted(by: { $0.key < $1.key }) where !foreign.contains(name) {
            settings.append((name, value))
        }
        return settings
    }

    private var securitySettings: [(name: String, value: String)] {
        var settings: [(name: String, value: String)] = []
        switch (tls, sasl) {
        case (nil, nil): settings.append(("security.protocol", "plaintext"))
        case (.some, nil): settings.append(("security.protocol", "ssl"))
        case (nil, .some): settings.append(("security.protocol", "sasl_plaintext"))
        case (.some, .some): settings.append(("security.protocol", "sasl_ssl"))
        }
        if let tls {
            settings.append(("ssl.endpoint.identification.algorithm", tls.verifiesHostname ? "https" : "none"))
            if let file = tls.caFile { settings.append(("ssl.ca.location", file)) }
            if let file = tls.certificateFile { settings.append(("ssl.certificate.location", file)) }
            if let file = tls.keyFile { settings.append(("ssl.key.location", file)) }
        }
        if let sasl {
            settings.append(("sasl.mechanism", sasl.mechanism.rawValue))
            settings.append(("sasl.username", sasl.username))
            settings.append(("sasl.password", sasl.password))
        }
        return settings
    }

    /// Settings that the library accepts for consumers only; on another handle each would only cause a warning.
    private static let consumerSettings: Set<String> = [
        "group.instance.id", "session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms",
        "coordinator.query.interval.ms", "queued.min.messages", "queued.max.messages.kbytes", "fetch.wait.max.ms",
        "fetch.message.max.bytes", "max.partition.fetch.bytes", "fetch.max.bytes", "fetch.min.bytes",
        "fetch.error.backoff.ms", "isolation.level",
    ]

    /// Settings that the library accepts for producers only.
    private static let producerSettings: Set<String> = [
        "queue.buffering.max.messages", "queue.buffering.max.kbytes", "queue.buffering.max.ms", "linger.ms",
        "message.send.max.retries", "retries", "retry.backoff.ms", "queue.buffering.backpressure.threshold",
        "compression.codec", "compression.type", "compression.level", "batch.num.messages", "batch.size",
        "sticky.partitioning.linger.ms", "request.timeout.ms", "enable.gapless.guarantee",
    ]
}

extension Duration {
    /// Milliseconds, rounded down, between 0 and the largest value that the library takes.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
