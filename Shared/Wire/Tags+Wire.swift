import CommonContracts
import Domain

extension TagDimension {
    /// Reads the wire's dimension.
    ///
    /// - Throws: `DomainError` naming `field` when it is unspecified or unknown.
    public init(_ wire: Zhitongche_Common_V1_TagDimension, field: String) throws(DomainError) {
        switch wire {
        case .regionLevel: self = .regionLevel
        case .industry: self = .industry
        case .policyType: self = .policyType
        case .nature: self = .nature
        case .size: self = .size
        case .stage: self = .stage
        case .interest: self = .interest
        case .honour: self = .honour
        case .unspecified, .UNRECOGNIZED: throw DomainError(field, .unknown("dimension"))
        }
    }

    /// The dimension on the wire.
    public var wire: Zhitongche_Common_V1_TagDimension {
        switch self {
        case .regionLevel: .regionLevel
        case .industry: .industry
        case .policyType: .policyType
        case .nature: .nature
        case .size: .size
        case .stage: .stage
        case .interest: .interest
        case .honour: .honour
        }
    }
}

extension Tag {
    /// The tag on the wire.
    public var wire: Zhitongche_Common_V1_Tag {
        .with {
            $0.dimension = dimension.wire
            $0.code = code
        }
    }
}

extension TagVocabulary {
    /// Reads the wire's tags; an unknown one is refused (POL-3).
    ///
    /// - Throws: `DomainError` naming the entry of `field`, or `field` itself above `limit` entries.
    public func tags(
        _ wire: [Zhitongche_Common_V1_Tag], field: String, limit: Int = 64
    ) throws(DomainError) -> Set<Tag> {
        guard wire.count <= limit else { throw DomainError(field, .tooMany(limit: limit)) }
        var tags: Set<Tag> = []
        for (index, entry) in wire.enumerated() {
            let path = "\(field)[\(index)]"
            tags.insert(
                try tag(TagDimension(entry.dimension, field: "\(path).dimension"), entry.code, field: "\(path).code"))
        }
        return tags
    }
}

extension AudienceRule {
    /// Reads the wire's rule.
    ///
    /// - Throws: `DomainError` naming the part of `field` at fault.
    public init(
        _ wire: Zhitongche_Common_V1_AudienceRule, vocabulary: TagVocabulary, field: String
    ) throws(DomainError) {
        guard wire.segments.count <= 64 else { throw DomainError("\(field).segments", .tooMany(limit: 64)) }
        var segments: [TagSegment] = []
        for (index, segment) in wire.segments.enumerated() {
            let path = "\(field).segments[\(index)]"
            segments.append(try TagSegment(vocabulary.tags(segment.tags, field: "\(path).tags"), field: path))
        }
        try self.init(
            minimumEqualDimensions: wire.minimumEqualDimensions == 0 ? nil : Int(wire.minimumEqualDimensions),
            segments: segments, exact: wire.exact, field: field)
    }

    /// The rule on the wire.
    public var wire: Zhitongche_Common_V1_AudienceRule {
        .with {
            $0.minimumEqualDimensions = Int32(minimumEqualDimensions ?? 0)
            $0.segments = segments.map { segment in
                .with { $0.tags = segment.tags.sorted().map(\.wire) }
            }
            $0.exact = exact
        }
    }
}
