/// A leaf of a condition: one question about an enterprise (POL-4).
public enum Criterion: Hashable, Sendable {
    case attribute(AttributeKey, Comparison)
    /// The enterprise is on a list.
    case list(ListID)
    /// The enterprise lies in a region.
    case regionWithin(RegionCode)
    /// The enterprise's industry is one of these or lies within one.
    case industryWithinAny([IndustryCode])
}
