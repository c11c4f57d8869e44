/// The type of an attribute's value (POL-4).
public enum AttributeType: String, Hashable, Sendable, CaseIterable {
    case boolean
    case integer
    case decimal
    case money
    case ratio
    case date
    /// A code or a short text.
    case text
    /// A set of codes.
    case set

    /// Whether values have an order.
    public var isOrdered: Bool {
        switch self {
        case .integer, .decimal, .money, .ratio, .date: true
        case .boolean, .text, .set: false
        }
    }

    /// The family within which values compare with each other: plain numbers do, money does not compare with them.
    enum Family: Hashable {
        case boolean
        case number
        case money
        case date
        case text
        case set
    }

    var family: Family {
        switch self {
        case .boolean: .boolean
        case .integer, .decimal, .ratio: .number
        case .money: .money
        case .date: .date
        case .text: .text
        case .set: .set
        }
    }
}
