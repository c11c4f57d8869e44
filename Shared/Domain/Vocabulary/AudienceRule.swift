/// Whom a point is meant for: any combination of the three modes of ENT-10. Every mode in use must agree.
public struct AudienceRule: Hashable, Sendable {
    /// Default mode: at least so many dimensions in which point and enterprise share a tag; nil when not used.
    public let minimumEqualDimensions: Int?
    /// Custom mode: one of these segments; empty when not used.
    public let segments: [TagSegment]
    /// Exact mode: the conditions must be met; an unknown does not count as met.
    public let exact: Bool

    /// Makes a rule.
    ///
    /// - Throws: ``DomainError`` naming `field` when no mode is in use, the number of dimensions is not 1 to 8, or there
    ///   are more than 64 segments.
    public init(
        minimumEqualDimensions: Int? = nil, segments: [TagSegment] = [], exact: Bool = false, field: String = "audience"
    ) throws(DomainError) {
        if let minimum = minimumEqualDimensions, !(1...TagDimension.allCases.count).contains(minimum) {
            throw DomainError(
                "\(field).minimumEqualDimensions", .outOfRange("1 to \(TagDimension.allCases.count)"))
        }
        guard segments.count <= 64 else { throw DomainError("\(field).segments", .tooMany(limit: 64)) }
        guard minimumEqualDimensions != nil || !segments.isEmpty || exact else { throw DomainError(field, .empty) }
        self.minimumEqualDimensions = minimumEqualDimensions
        self.segments = segments
        self.exact = exact
    }

    /// Whether an enterprise belongs to the audience.
    ///
    /// - Parameter verdict: The verdict of the point's conditions; looked at only in exact mode.
    public func includes(pointTags: Set<Tag>, enterpriseTags: Set<Tag>, verdict: Verdict) -> Bool {
        if let minimum = minimumEqualDimensions, Self.equalDimensions(pointTags, enterpriseTags) < minimum {
            return false
        }
        if !segments.isEmpty, !segments.contains(where: { $0.includes(enterpriseTags) }) { return false }
        return !exact || verdict == .met
    }

    /// In how many dimensions the two sets share at least one tag.
    public static func equalDimensions(_ left: Set<Tag>, _ right: Set<Tag>) -> Int {
        let (fewer, more) = left.count <= right.count ? (left, right) : (right, left)
        var dimensions: Set<TagDimension> = []
        for tag in fewer where more.contains(tag) { dimensions.insert(tag.dimension) }
        return dimensions.count
    }
}
