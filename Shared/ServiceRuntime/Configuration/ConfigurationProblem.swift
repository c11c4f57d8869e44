/// One setting that cannot be used; never quotes a secret.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// Name in the key tree.
    public let key: String
    /// What is wrong, with unit and bounds.
    public let reason: String

    /// One line for the operator.
    public var description: String { "\(key): \(reason)" }
}

/// Every setting that cannot be used, so that one start names them all (XCT-14).
public struct ConfigurationError: Error, CustomStringConvertible {
    /// The problems in the order of the key table; at least one.
    public let problems: [ConfigurationProblem]

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
