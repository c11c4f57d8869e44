/// A topic of the catalogue: its name tells service, aggregate, kind and version (XCT-3).
public struct Topic: Sendable, Hashable {
    /// What a topic holds, and so how the broker keeps it.
    public enum Kind: Sendable, Hashable {
        /// Facts in the past tense, kept for at least ninety days.
        case events
        /// The whole state per key, compacted; an empty payload removes the key.
        case state
        /// Messages that a consumer group could not handle, with their original bytes.
        case deadLetters

        /// The names of all topics of states, as a pattern of SQL's LIKE; those of letters about them end otherwise.
        static let stateNames = "ztc.%.state.v1"
    }

    /// The full name, e.g. `ztc.policy.point.events.v1`.
    public let name: String
    /// What it holds.
    public let kind: Kind

    /// Number of partitions of every topic; twelve from the start, since it cannot grow without breaking the order of
    /// keys.
    public static let partitions = 12

    init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The topic of an aggregate's events: `ztc.<service>.<aggregate>.events.v1`.
    public static func events(_ service: String, _ aggregate: String) -> Topic {
        Topic(name: "ztc.\(service).\(aggregate).events.v1", kind: .events)
    }

    /// The compacted topic of an aggregate's state: `ztc.<service>.<aggregate>.state.v1`.
    public static func state(_ service: String, _ aggregate: String) -> Topic {
        Topic(name: "ztc.\(service).\(aggregate).state.v1", kind: .state)
    }

    /// Where a service publishes the daily digests of its events topics: `ztc.<service>.digest.events.v1` (XCT-7).
    public static func digests(_ service: String) -> Topic { .events(service, "digest") }

    /// Whether the topic holds the digests of others.
    public var isDigests: Bool { name.hasSuffix(".digest.events.v1") }

    /// Where a group puts what it could not handle: `<topic>.<group>.dlq` (XCT-6).
    public func deadLetters(of group: String) -> Topic {
        Topic(name: "\(name).\(group).dlq", kind: .deadLetters)
    }

    /// The broker's settings for the topic, by Apache Kafka's names.
    public var settings: [String: String] {
        switch kind {
        case .events: ["cleanup.policy": "delete", "retention.ms": "\(Self.retentionMilliseconds)"]
        case .state: ["cleanup.policy": "compact"]
        case .deadLetters: ["cleanup.policy": "delete", "retention.ms": "\(Self.retentionMilliseconds)"]
        }
    }

    /// Ninety days, the least time that events stay on the broker.
    static let retentionMilliseconds: Int64 = 90 * 86_400_000
}
