/// What is known of one attribute. That nothing is known is the lack of a fact, not a fact.
public struct Fact: Hashable, Sendable {
    /// The kinds of knowledge.
    public enum State: Hashable, Sendable {
        case value(AttributeValue)
        /// There is a value, but it is not disclosed.
        case present
        /// It is known that there is no value, such as the date of a listing that never took place.
        case absent
    }

    /// What is known.
    public var state: State
    /// Where it comes from.
    public var provenance: Provenance?

    /// Makes a fact.
    public init(_ state: State, provenance: Provenance? = nil) {
        self.state = state
        self.provenance = provenance
    }
}
