/// An exact decimal number `unscaled × 10^-scale`, kept without trailing zeros, so that equal numbers are equal values.
public struct DecimalNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The greatest number of decimals.
    public static let maximumScale: Int32 = 18

    /// The digits as a whole number; carries the sign.
    public let unscaled: Int64
    /// The number of decimals, 0 to 18.
    public let scale: Int32

    /// Makes `unscaled × 10^-scale`.
    ///
    /// - Throws: ``DomainError`` when `scale` is not 0 to 18.
    public init(unscaled: Int64, scale: Int32) throws(DomainError) {
        guard (0...Self.maximumScale).contains(scale) else {
            throw DomainError("scale", .outOfRange("0 to \(Self.maximumScale)"))
        }
        try self.init(normalising: Int128(unscaled), scale: Int(scale), field: "decimal")
    }

    /// A whole number.
    public init(_ value: Int64) {
        unscaled = value
        scale = 0
    }

    /// Reads a number such as `12.50`.
    ///
    /// - Throws: ``DomainError`` naming `field` when the text is malformed, has more than 18 decimals or overflows.
    public init(text: String, field: String = "decimal") throws(DomainError) {
        let (units, scale) = try DecimalText.parse(text, maximumScale: Int(Self.maximumScale), field: field)
        try self.init(normalising: units, scale: scale, field: field)
    }

    private init(normalising units: Int128, scale: Int, field: String) throws(DomainError) {
        var (value, decimals) = (units, scale)
        while decimals > 0, value % 10 == 0 {
            value /= 10
            decimals -= 1
        }
        guard let narrow = Int64(exactly: value), decimals <= Int(Self.maximumScale) else {
            throw DomainError(field, .overflow)
        }
        unscaled = narrow
        self.scale = Int32(decimals)
    }

    /// The sum, exact.
    ///
    /// - Throws: ``DomainError`` with reason `overflow` when the exact sum does not fit.
    public func adding(_ other: DecimalNumber) throws(DomainError) -> DecimalNumber {
        let (left, right, common) = Self.aligned(self, other)
        return try DecimalNumber(normalising: left + right, scale: common, field: "decimal")
    }

    /// The difference, exact.
    ///
    /// - Throws: ``DomainError`` with reason `overflow` when the exact difference does not fit.
    public func subtracting(_ other: DecimalNumber) throws(DomainError) -> DecimalNumber {
        let (left, right, common) = Self.aligned(self, other)
        return try DecimalNumber(normalising: left - right, scale: common, field: "decimal")
    }

    /// The product, exact.
    ///
    /// - Throws: ``DomainError`` with reason `overflow` when the exact product does not fit.
    public func multiplied(by other: DecimalNumber) throws(DomainError) -> DecimalNumber {
        try DecimalNumber(
            normalising: Int128(unscaled) * Int128(other.unscaled), scale: Int(scale) + Int(other.scale),
            field: "decimal")
    }

    /// The number as an exact fraction.
    ///
    /// - Throws: Never in practice: a scale of at most 18 keeps the denominator within 64 bits.
    public func ratio() throws(DomainError) -> Ratio {
        try Ratio(unscaled, Int64(DecimalText.powerOfTen(Int(scale))))
    }

    /// Exact order.
    public static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        let (a, b, _) = aligned(left, right)
        return a < b
    }

    /// The number without needless zeros: `12.5`.
    public var description: String {
        DecimalText.make(Int128(unscaled), scale: Int(scale), grouping: false, dropsZeros: true)
    }

    /// The number with thousands separators.
    public var groupedText: String {
        DecimalText.make(Int128(unscaled), scale: Int(scale), grouping: true, dropsZeros: true)
    }

    // A 64-bit value times 10^18 stays below 2^123, so alignment and one addition cannot overflow 128 bits.
    private static func aligned(_ left: DecimalNumber, _ right: DecimalNumber) -> (Int128, Int128, Int) {
        let common = Int(max(left.scale, right.scale))
        return (
            Int128(left.unscaled) * DecimalText.powerOfTen(common - Int(left.scale)),
            Int128(right.unscaled) * DecimalText.powerOfTen(common - Int(right.scale)), common
        )
    }
}
