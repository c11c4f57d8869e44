import Domain
import PolicyDomain

/// The machine-readable parts of a content as bytes.
struct ContentBytes: Sendable, Hashable {
    /// Who is entitled; nil means every enterprise.
    let condition: [UInt8]?
    /// What is granted.
    let benefit: [UInt8]
    /// How the audience is chosen.
    let audience: [UInt8]
}

/// The machine-readable parts of a content.
struct ContentParts: Sendable, Hashable {
    /// Who is entitled; nil means every enterprise.
    let condition: Condition?
    /// What is granted.
    let benefit: Benefit
    /// How the audience is chosen.
    let audience: AudienceRule
}

/// How those parts become bytes and come back; storage knows only the number of the format.
struct ContentCoding: Sendable {
    /// Number of the format that is written.
    let format: Int16
    /// To bytes.
    let encode: @Sendable (ContentParts) throws -> ContentBytes
    /// From bytes of a format.
    let decode: @Sendable (ContentBytes, _ format: Int16) throws -> ContentParts
}
