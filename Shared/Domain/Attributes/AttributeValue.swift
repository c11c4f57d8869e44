/// A value of an attribute, always exact.
public enum AttributeValue: Hashable, Sendable {
    case boolean(Bool)
    case integer(Int64)
    case decimal(DecimalNumber)
    case money(Money)
    case ratio(Ratio)
    case date(CivilDate)
    case text(String)
    case set(Set<String>)

    /// The value's type.
    public var type: AttributeType {
        switch self {
        case .boolean: .boolean
        case .integer: .integer
        case .decimal: .decimal
        case .money: .money
        case .ratio: .ratio
        case .date: .date
        case .text: .text
        case .set: .set
        }
    }

    /// The order of two values: −1, 0 or 1; nil when they cannot be compared.
    ///
    /// Integers, decimals and ratios compare exactly with each other. Booleans, texts and sets are only equal (0) or
    /// not (1).
    func order(to other: AttributeValue) -> Int? {
        switch (self, other) {
        case (.boolean(let left), .boolean(let right)): return left == right ? 0 : 1
        case (.money(let left), .money(let right)): return Self.sign(left, right)
        case (.date(let left), .date(let right)): return Self.sign(left, right)
        case (.text(let left), .text(let right)): return left == right ? 0 : 1
        case (.set(let left), .set(let right)): return left == right ? 0 : 1
        case (.integer(let left), .integer(let right)): return Self.sign(left, right)
        case (.decimal(let left), .decimal(let right)): return Self.sign(left, right)
        case (.ratio(let left), .ratio(let right)): return Self.sign(left, right)
        default:
            guard let left = fraction, let right = other.fraction else { return nil }
            // Numerators and denominators have at most 64 bits, so the products fit 128.
            return Self.sign(left.top * right.bottom, right.top * left.bottom)
        }
    }

    private var fraction: (top: Int128, bottom: Int128)? {
        switch self {
        case .integer(let value): (Int128(value), 1)
        case .decimal(let value): (Int128(value.unscaled), DecimalText.powerOfTen(Int(value.scale)))
        case .ratio(let value): (Int128(value.numerator), Int128(value.denominator))
        case .boolean, .money, .date, .text, .set: nil
        }
    }

    private static func sign<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left == right ? 0 : left < right ? -1 : 1
    }
}
