/// What the evaluator asks about one enterprise (ENT-12a: the same facts everywhere).
public protocol FactSource {
    /// What is known of an attribute; nil when nothing is.
    func fact(for key: AttributeKey) -> Fact?
    /// Whether the enterprise is on a list.
    func membership(in list: ListID) -> Sourced<Membership>
    /// Where the enterprise lies, as exactly as is known.
    var region: Sourced<RegionCode>? { get }
    /// What the enterprise does, as exactly as is known.
    var industry: Sourced<IndustryCode>? { get }
}
