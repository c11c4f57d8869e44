/// What an attribute is: its type, unit, names and, for codes, the values it may have (ENT-3).
public struct AttributeDefinition: Hashable, Sendable {
    /// The attribute's name for machines.
    public let key: AttributeKey
    /// The type of its values.
    public let type: AttributeType
    /// The unit of its values.
    public let unit: AttributeUnit
    /// Its name for people.
    public let label: BilingualText
    /// Known codes with their names; empty when any text is allowed.
    public let codes: [String: BilingualText]
    /// Whether an enterprise can change it by its own doing; the past cannot be changed (ENT-12).
    public let isChangeable: Bool

    /// Makes a definition.
    public init(
        key: AttributeKey, type: AttributeType, unit: AttributeUnit = .none, label: BilingualText,
        codes: [String: BilingualText] = [:], isChangeable: Bool = true
    ) {
        self.key = key
        self.type = type
        self.unit = unit
        self.label = label
        self.codes = codes
        self.isChangeable = isChangeable
    }
}
