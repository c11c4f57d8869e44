/// A value with its provenance.
public struct Sourced<Value: Hashable & Sendable>: Hashable, Sendable {
    /// The value.
    public var value: Value
    /// Where it comes from.
    public var provenance: Provenance?

    /// Makes a sourced value.
    public init(_ value: Value, provenance: Provenance? = nil) {
        self.value = value
        self.provenance = provenance
    }
}
