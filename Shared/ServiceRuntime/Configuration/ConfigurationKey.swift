/// One documented setting: its name in the key tree, its unit and bounds, and what holds without it.
///
/// In a file the dots are levels of the JSON tree; in the environment the key `grpc.port` of the service "policy" is
/// `ZTC_POLICY_GRPC_PORT`. The environment wins over the file.
public struct ConfigurationKey: Sendable {
    /// What a value has to look like.
    public enum Kind: Sendable {
        /// A whole number within bounds, both included, in a unit.
        case integer(ClosedRange<Int>, unit: String)
        /// `true` or `false`.
        case boolean
        /// Any text that is not empty.
        case text
        /// One of the listed words.
        case choice([String])
        /// A file that can be read.
        case file
        /// `host:port`.
        case address
        /// `postgresql://user:password@host:port/database?sslmode=…`.
        case databaseURL
        /// So many bytes in base64.
        case base64(bytes: Int)
    }

    /// Name in the key tree, lower case with dots.
    public let name: String
    /// What a value has to look like.
    public let kind: Kind
    /// The value without any setting; nil leaves the key unset.
    public let standard: String?
    /// Whether the service refuses to start without it.
    public let isRequired: Bool
    /// Whether the value is masked wherever it is shown; a secret may come from a file named by `<key>.file`.
    public let isSecret: Bool
    /// A variable that holds for every service of the machine and gives way to the service's own.
    public let sharedVariable: String?
    /// What the setting does, one line.
    public let summary: String

    /// Describes a setting; services may add their own to `ServiceDefinition.settings`.
    public init(
        _ name: String, _ kind: Kind, standard: String? = nil, isRequired: Bool = false, isSecret: Bool = false,
        sharedVariable: String? = nil, _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.isRequired = isRequired
        self.isSecret = isSecret
        self.sharedVariable = sharedVariable
        self.summary = summary
    }

    /// The environment variable that sets the key for a service.
    public func variable(of service: String) -> String {
        let text = "ZTC_\(service)_\(name)".uppercased()
        return String(text.map { $0 == "." || $0 == "-" ? "_" : $0 })
    }

    /// Kind, unit and bounds in words.
    public var form: String {
        switch kind {
        case .integer(let range, let unit): "integer, \(range.lowerBound) to \(range.upperBound) \(unit)"
        case .boolean: "true or false"
        case .text: "text"
        case .choice(let words): words.joined(separator: " | ")
        case .file: "path of a readable file"
        case .address: "host:port"
        case .databaseURL: "postgresql:// URL"
        case .base64(let bytes): "base64 of \(bytes) bytes"
        }
    }
}
