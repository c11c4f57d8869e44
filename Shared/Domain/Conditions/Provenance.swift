/// Where a fact comes from: every fact in a verdict carries its source unit and as-of date (ENT-12a).
public struct Provenance: Hashable, Sendable {
    /// The unit that delivered the fact, by its name for people.
    public var sourceUnit: String
    /// The day that the fact speaks of; nil when the source does not say.
    public var asOf: CivilDate?

    /// Makes a provenance.
    public init(sourceUnit: String, asOf: CivilDate? = nil) {
        self.sourceUnit = sourceUnit
        self.asOf = asOf
    }
}
