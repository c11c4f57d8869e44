import Domain

/// An exact number with six decimals: a value, a target, a weight or points (ASM-8). Whole batches are computed on its
/// `Int64`, products in 128 bits; there is no floating point anywhere.
public struct FixedNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Decimals that every number has.
    public static let decimals = 6
    /// One, in millionths.
    public static let one: Int64 = 1_000_000
    /// Greatest magnitude: 10¹² wholes. Products of three such numbers and their sums over all units stay in 128 bits
    /// where the formulas say so.
    public static let limit: Int64 = 1_000_000_000_000 * one

    /// Nothing.
    public static let zero = FixedNumber(millionths: 0)

    /// The number in millionths.
    public let millionths: Int64

    /// A number of millionths.
    public init(millionths: Int64) { self.millionths = millionths }

    /// A whole number; within ``limit``.
    public init(whole: Int64) { millionths = whole * Self.one }

    /// Reads an exact decimal.
    ///
    /// - Throws: `DomainError` naming `field` when it has more than `decimals` decimals or lies beyond the limit.
    public init(_ number: DecimalNumber, decimals: Int = Self.decimals, field: String) throws(DomainError) {
        guard Int(number.scale) <= min(decimals, Self.decimals) else {
            throw DomainError(field, .outOfRange("a number with at most \(min(decimals, Self.decimals)) decimals"))
        }
        let wide = Int128(number.unscaled) * Int128(Self.powersOfTen[Self.decimals - Int(number.scale)])
        guard wide.magnitude <= UInt128(Self.limit) else {
            throw DomainError(field, .outOfRange("at most 1,000,000,000,000"))
        }
        millionths = Int64(wide)
    }

    /// Reads a text such as `35.16`.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(text: String, decimals: Int = Self.decimals, field: String) throws(DomainError) {
        try self.init(DecimalNumber(text: text, field: field), decimals: decimals, field: field)
    }

    /// The number without needless zeros.
    public var decimal: DecimalNumber {
        get throws(DomainError) { try DecimalNumber(unscaled: millionths, scale: Int32(Self.decimals)) }
    }

    /// Order by value.
    public static func < (left: FixedNumber, right: FixedNumber) -> Bool { left.millionths < right.millionths }

    /// The number as text, without needless zeros.
    public var description: String {
        var fraction = String(millionths.magnitude % UInt64(Self.one))
        fraction = String(repeating: "0", count: Self.decimals - fraction.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let whole = "\(millionths < 0 ? "-" : "")\(millionths.magnitude / UInt64(Self.one))"
        return fraction.isEmpty ? whole : "\(whole).\(fraction)"
    }

    /// 1, 10, 100 up to 10⁶.
    static let powersOfTen: [Int64] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
}

/// The quotient to the nearest whole number; a half goes away from zero.
///
/// - Parameter denominator: positive.
@inlinable
func roundedHalfUp(_ numerator: Int128, by denominator: Int128) -> Int128 {
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    let rest = remainder.magnitude
    guard rest >= denominator.magnitude - rest else { return quotient }
    return numerator < 0 ? quotient - 1 : quotient + 1
}
