/// A hand-picked segment of enterprises (ENT-10): in every dimension that it names, one of its tags must be present.
public struct TagSegment: Hashable, Sendable {
    /// The tags of the segment; never empty.
    public let tags: Set<Tag>

    /// Makes a segment.
    ///
    /// - Throws: ``DomainError`` naming `field` when there is no tag: such a segment would be everybody.
    public init(_ tags: Set<Tag>, field: String = "segment") throws(DomainError) {
        guard !tags.isEmpty else { throw DomainError(field, .empty) }
        self.tags = tags
    }

    /// Whether an enterprise with these tags belongs to the segment.
    public func includes(_ enterpriseTags: Set<Tag>) -> Bool {
        AudienceRule.equalDimensions(tags, enterpriseTags) == Set(tags.map(\.dimension)).count
    }
}
