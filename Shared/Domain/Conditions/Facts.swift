/// The facts of one enterprise as a value.
public struct Facts: FactSource, Hashable, Sendable {
    /// The attributes of which something is known.
    public var attributes: [AttributeKey: Fact]
    /// The lists of which membership is known either way; any other list is unknown.
    public var memberships: [ListID: Sourced<Membership>]
    /// Where the enterprise lies.
    public var region: Sourced<RegionCode>?
    /// What the enterprise does.
    public var industry: Sourced<IndustryCode>?

    /// Makes facts.
    public init(
        attributes: [AttributeKey: Fact] = [:], memberships: [ListID: Sourced<Membership>] = [:],
        region: Sourced<RegionCode>? = nil, industry: Sourced<IndustryCode>? = nil
    ) {
        self.attributes = attributes
        self.memberships = memberships
        self.region = region
        self.industry = industry
    }

    /// What is known of an attribute.
    public func fact(for key: AttributeKey) -> Fact? { attributes[key] }

    /// Whether the enterprise is on a list.
    public func membership(in list: ListID) -> Sourced<Membership> { memberships[list] ?? Sourced(.unknown) }

    /// Sets the value of an attribute.
    public mutating func set(_ key: AttributeKey, to value: AttributeValue, provenance: Provenance? = nil) {
        attributes[key] = Fact(.value(value), provenance: provenance)
    }
}
