/// What is demanded of one attribute's value (POL-4).
public enum Comparison: Hashable, Sendable {
    /// There is a value, whichever.
    case exists
    case equal(AttributeValue)
    case notEqual(AttributeValue)
    case less(AttributeValue)
    case lessOrEqual(AttributeValue)
    case greater(AttributeValue)
    case greaterOrEqual(AttributeValue)
    /// Both bounds belong to the range.
    case between(AttributeValue, AttributeValue)
    /// A code is one of these; of a set of codes, at least one is.
    case oneOf(Set<String>)
    /// A date lies before this day.
    case before(CivilDate)
    /// A date lies after this day.
    case after(CivilDate)

    /// The verdict over a value that is known; nil when the value cannot be compared with what is demanded.
    func holds(for value: AttributeValue) -> Bool? {
        switch self {
        case .exists: return true
        case .equal(let needed): return value.order(to: needed).map { $0 == 0 }
        case .notEqual(let needed): return value.order(to: needed).map { $0 != 0 }
        case .less(let needed): return Self.ordered(value, needed).map { $0 < 0 }
        case .lessOrEqual(let needed): return Self.ordered(value, needed).map { $0 <= 0 }
        case .greater(let needed): return Self.ordered(value, needed).map { $0 > 0 }
        case .greaterOrEqual(let needed): return Self.ordered(value, needed).map { $0 >= 0 }
        case .between(let lower, let upper):
            guard let low = Self.ordered(value, lower), let high = Self.ordered(value, upper) else { return nil }
            return low >= 0 && high <= 0
        case .oneOf(let codes):
            switch value {
            case .text(let code): return codes.contains(code)
            case .set(let present): return !codes.isDisjoint(with: present)
            case .boolean, .integer, .decimal, .money, .ratio, .date: return nil
            }
        case .before(let day):
            guard case .date(let date) = value else { return nil }
            return date < day
        case .after(let day):
            guard case .date(let date) = value else { return nil }
            return date > day
        }
    }

    private static func ordered(_ value: AttributeValue, _ needed: AttributeValue) -> Int? {
        value.type.isOrdered ? value.order(to: needed) : nil
    }

    /// Whether an attribute that is known to have no value satisfies the demand: only one to differ from something.
    var holdsForAbsence: Bool {
        switch self {
        case .notEqual: true
        case .exists, .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .between, .oneOf, .before, .after: false
        }
    }
}
