/// One thing that would have to be different for a condition to be met (ENT-12).
public struct LeafChange: Hashable, Sendable {
    /// What has to happen.
    public enum Kind: Hashable, Sendable {
        /// A figure has to grow by `by`, up to `to`.
        case increase(AttributeKey, by: AttributeValue, to: AttributeValue)
        /// A figure has to shrink by `by`, down to `to`.
        case decrease(AttributeKey, by: AttributeValue, to: AttributeValue)
        /// A value has to become another one.
        case become(AttributeKey, AttributeValue)
        /// A code has to become one of these, or a set has to gain one of them.
        case becomeOneOf(AttributeKey, Set<String>)
        /// A value has to be none of these.
        case avoid(AttributeKey, Set<AttributeValue>)
        /// A value has to come into being.
        case obtain(AttributeKey)
        /// The attribute is not known; it has to be supplied and to satisfy this.
        case supply(AttributeKey, Comparison, isNegated: Bool)
        case joinList(ListID)
        case leaveList(ListID)
        /// The list is not maintained; membership has to be clarified.
        case clarifyList(ListID)
        case supplyRegion(within: RegionCode)
        case supplyIndustry(withinAny: [IndustryCode])
    }

    /// What would then be known.
    enum Effect: Hashable, Sendable {
        case attribute(AttributeKey, Fact.State)
        case membership(ListID, Membership)
        case region(RegionCode)
        case industry(IndustryCode)
    }

    /// Where the criterion stands that asks for the change.
    public let path: String
    /// What has to happen.
    public let kind: Kind
    let effect: Effect
}
