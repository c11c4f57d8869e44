import AssessmentDomain

/// How contents become bytes and come back; storage knows only the number of the format.
struct ContentCoding: Sendable {
    /// Number of the format that is written.
    let format: Int16
    /// Targets to bytes.
    let encodeTargets: @Sendable (TargetContent) throws -> [UInt8]
    /// Targets from bytes of a format.
    let decodeTargets: @Sendable ([UInt8], _ format: Int16) throws -> TargetContent
    /// A scheme to bytes.
    let encodeScheme: @Sendable (SchemeContent) throws -> [UInt8]
    /// A scheme from bytes of a format.
    let decodeScheme: @Sendable ([UInt8], _ format: Int16) throws -> SchemeContent
    /// Rules to bytes.
    let encodeRules: @Sendable ([AwardRule]) throws -> [UInt8]
    /// Rules from bytes of a format.
    let decodeRules: @Sendable ([UInt8], _ format: Int16) throws -> [AwardRule]
}

/// The stored content was written by a newer program.
struct UnknownContentFormat: Error, CustomStringConvertible {
    let format: Int16

    var description: String { "content format \(format) is unknown to this program" }
}
