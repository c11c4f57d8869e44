/// An exact fraction in lowest terms with a positive denominator.
public struct Ratio: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The numerator; carries the sign.
    public let numerator: Int64
    /// The denominator; positive.
    public let denominator: Int64

    /// Makes `numerator / denominator`, reduced.
    ///
    /// - Throws: ``DomainError`` when `denominator` is zero or the reduced fraction does not fit 64 bits.
    public init(_ numerator: Int64, _ denominator: Int64) throws(DomainError) {
        guard denominator != 0 else { throw DomainError("denominator", .divisionByZero) }
        try self.init(wide: Int128(numerator), Int128(denominator))
    }

    private init(wide numerator: Int128, _ denominator: Int128) throws(DomainError) {
        let divisor = Int128(Self.greatestCommonDivisor(numerator.magnitude, denominator.magnitude))
        let sign: Int128 = denominator < 0 ? -1 : 1
        guard let top = Int64(exactly: sign * (numerator / divisor)),
            let bottom = Int64(exactly: sign * (denominator / divisor))
        else { throw DomainError("ratio", .overflow) }
        self.numerator = top
        self.denominator = bottom
    }

    private init(reducing numerator: Int64, over denominator: Int64) {
        let divisor = Int64(Self.greatestCommonDivisor(UInt128(numerator.magnitude), UInt128(denominator)))
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// The whole number as a fraction.
    public static func whole(_ value: Int64) -> Ratio { Ratio(reducing: value, over: 1) }

    /// Hundredths.
    public static func percent(_ value: Int64) -> Ratio { Ratio(reducing: value, over: 100) }

    /// Thousandths.
    public static func permille(_ value: Int64) -> Ratio { Ratio(reducing: value, over: 1000) }

    /// Hundredths of a percent.
    public static func basisPoints(_ value: Int64) -> Ratio { Ratio(reducing: value, over: 10_000) }

    /// The sum, exact.
    ///
    /// - Throws: ``DomainError`` when the result does not fit 64 bits.
    public func adding(_ other: Ratio) throws(DomainError) -> Ratio {
        let left = Int128(numerator) * Int128(other.denominator)
        let right = Int128(other.numerator) * Int128(denominator)
        return try Ratio(wide: left + right, Int128(denominator) * Int128(other.denominator))
    }

    /// The difference, exact.
    ///
    /// - Throws: ``DomainError`` when the result does not fit 64 bits.
    public func subtracting(_ other: Ratio) throws(DomainError) -> Ratio {
        let left = Int128(numerator) * Int128(other.denominator)
        let right = Int128(other.numerator) * Int128(denominator)
        return try Ratio(wide: left - right, Int128(denominator) * Int128(other.denominator))
    }

    /// Exact order, by cross-multiplication in 128 bits.
    public static func < (left: Ratio, right: Ratio) -> Bool {
        Int128(left.numerator) * Int128(right.denominator) < Int128(right.numerator) * Int128(left.denominator)
    }

    /// The fraction, such as `3/1000`.
    public var description: String { "\(numerator)/\(denominator)" }

    /// Percent with at most four decimals, half up, trailing zeros dropped: `2.4%`.
    public var percentText: String {
        // A 64-bit numerator times 10^6 stays below 2^84, so the division cannot fail for a positive denominator.
        let (quotient, remainder) = (Int128(numerator) * 1_000_000).quotientAndRemainder(
            dividingBy: Int128(denominator))
        let half = remainder.magnitude >= UInt128(denominator) - remainder.magnitude
        let units = remainder != 0 && half ? quotient + (numerator < 0 ? -1 : 1) : quotient
        return DecimalText.make(units, scale: 4, grouping: false, dropsZeros: true) + "%"
    }

    private static func greatestCommonDivisor(_ left: UInt128, _ right: UInt128) -> UInt128 {
        var (a, b) = (left, right)
        while b != 0 { (a, b) = (b, a % b) }
        return a == 0 ? 1 : a
    }
}
