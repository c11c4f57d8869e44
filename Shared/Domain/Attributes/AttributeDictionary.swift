/// The attributes that conditions and benefits may name (POL-4, ENT-3).
public struct AttributeDictionary: Hashable, Sendable {
    /// The definitions by key.
    public private(set) var definitions: [AttributeKey: AttributeDefinition]

    /// Makes a dictionary.
    ///
    /// - Throws: ``DomainError`` when a key is defined twice.
    public init(_ definitions: [AttributeDefinition]) throws(DomainError) {
        self.definitions = [:]
        for definition in definitions {
            guard self.definitions.updateValue(definition, forKey: definition.key) == nil else {
                throw DomainError("attribute", .duplicate(definition.key.text))
            }
        }
    }

    private init(known definitions: [AttributeDefinition]) {
        self.definitions = Dictionary(definitions.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Adds an attribute or replaces its definition.
    public mutating func add(_ definition: AttributeDefinition) {
        definitions[definition.key] = definition
    }

    /// The definition of an attribute.
    public subscript(key: AttributeKey) -> AttributeDefinition? { definitions[key] }

    /// The attribute's name; its key where it is not known.
    public func label(of key: AttributeKey) -> BilingualText {
        definitions[key]?.label ?? BilingualText(verbatim: key.text)
    }

    /// The definition of an attribute that must exist.
    ///
    /// - Throws: ``DomainError`` naming `field`.
    public func definition(of key: AttributeKey, field: String) throws(DomainError) -> AttributeDefinition {
        guard let definition = definitions[key] else { throw DomainError(field, .unknown("attribute \(key)")) }
        return definition
    }

    /// All definitions, in order of their keys.
    public var sorted: [AttributeDefinition] { definitions.values.sorted { $0.key < $1.key } }

    /// What the enterprise library keeps and what the campaign's points ask for.
    public static let standard = AttributeDictionary(known: standardDefinitions)
}
