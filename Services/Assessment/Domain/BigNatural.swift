/// A whole number from 0 on of any size, for powers and roots that must be exact to the last digit (ASM-3).
struct BigNatural: Hashable, Sendable, Comparable {
    /// 32 bits each, the lowest first; no zero at the end.
    private var limbs: [UInt32]

    init(_ value: UInt64) {
        limbs = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
        trim()
    }

    private mutating func trim() { while limbs.last == 0 { limbs.removeLast() } }

    static func * (left: BigNatural, right: BigNatural) -> BigNatural {
        var product = [UInt32](repeating: 0, count: left.limbs.count + right.limbs.count)
        for (index, limb) in left.limbs.enumerated() {
            var carry: UInt64 = 0
            for (other, factor) in right.limbs.enumerated() {
                let sum = UInt64(limb) * UInt64(factor) + UInt64(product[index + other]) + carry
                product[index + other] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            product[index + right.limbs.count] = UInt32(truncatingIfNeeded: carry)
        }
        var result = BigNatural(0)
        result.limbs = product
        result.trim()
        return result
    }

    static func < (left: BigNatural, right: BigNatural) -> Bool {
        if left.limbs.count != right.limbs.count { return left.limbs.count < right.limbs.count }
        for index in left.limbs.indices.reversed() where left.limbs[index] != right.limbs[index] {
            return left.limbs[index] < right.limbs[index]
        }
        return false
    }

    /// The number to the power of `exponent`, at least 0.
    func power(_ exponent: Int) -> BigNatural {
        var result = BigNatural(1)
        for _ in 0..<exponent { result = result * self }
        return result
    }

    /// The greatest whole number up to `limit` for which a condition holds that holds for 0 and never again once it has
    /// failed.
    static func greatest(upTo limit: UInt64, where holds: (UInt64) -> Bool) -> UInt64 {
        var low: UInt64 = 0
        var high = limit
        while low < high {
            let middle = low + (high - low + 1) / 2
            if holds(middle) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// `numerator / denominator` to the nearest whole number, a half upwards; nil above `limit`.
    static func roundedQuotient(_ numerator: BigNatural, by denominator: BigNatural, limit: UInt64) -> UInt64? {
        // q is right when (2q − 1) · denominator ≤ 2 · numerator, for the greatest such q.
        let twice = numerator * BigNatural(2)
        let found = greatest(upTo: limit + 1) { $0 == 0 || BigNatural(2 * $0 - 1) * denominator <= twice }
        return found <= limit ? found : nil
    }
}

/// A yearly factor in fixed point with twelve decimals, rounded down (ASM-3).
public struct GrowthFactor: Hashable, Sendable {
    /// One, in units of 10⁻¹².
    public static let one: UInt64 = 1_000_000_000_000
    /// Greatest factor, a thousand.
    static let limit = 1_000 * one

    /// The factor in units of 10⁻¹².
    public let units: UInt64

    /// The root of `goal / base` for so many years: the greatest factor whose power does not exceed the quotient. Nil
    /// when it is above a thousand.
    ///
    /// - Parameters:
    ///   - base: above 0.
    ///   - years: 1 to 30.
    public init?(from base: FixedNumber, to goal: FixedNumber, years: Int) {
        let right = BigNatural(UInt64(goal.millionths)) * BigNatural(Self.one).power(years)
        let left = BigNatural(UInt64(base.millionths))
        let root = BigNatural.greatest(upTo: Self.limit + 1) { left * BigNatural($0).power(years) <= right }
        guard root <= Self.limit else { return nil }
        units = root
    }

    /// `base` times the factor to the power of `years`, rounded half up to `step` millionths; nil beyond the limit of
    /// numbers.
    func applied(to base: FixedNumber, years: Int, step: Int64) -> FixedNumber? {
        let quotient = BigNatural.roundedQuotient(
            BigNatural(UInt64(base.millionths)) * BigNatural(units).power(years),
            by: BigNatural(Self.one).power(years) * BigNatural(UInt64(step)),
            limit: UInt64(FixedNumber.limit / step))
        return quotient.map { FixedNumber(millionths: Int64($0) * step) }
    }
}
