/// An amount of yuan, kept exactly as a whole number of fen (POL-5).
public struct Money: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The amount in fen (1/100 yuan); may be negative.
    public let fen: Int64

    /// Nothing.
    public static let zero = Money(fen: 0)

    /// Makes an amount of fen.
    public init(fen: Int64) {
        self.fen = fen
    }

    /// Makes a whole amount of yuan.
    ///
    /// - Throws: ``DomainError`` with reason `overflow` beyond 64 bits of fen.
    public init(yuan: Int64) throws(DomainError) {
        let (fen, overflow) = yuan.multipliedReportingOverflow(by: 100)
        guard !overflow else { throw DomainError("money", .overflow) }
        self.init(fen: fen)
    }

    /// Reads yuan such as `1,234.56`, `1234.5` or `-3`; commas must stand between full groups of three.
    ///
    /// - Throws: ``DomainError`` naming `field` when the text is malformed, has more than two decimals or overflows.
    public init(yuanText text: String, field: String = "money") throws(DomainError) {
        let (units, scale) = try DecimalText.parse(text, maximumScale: 2, field: field)
        let (wide, overflow) = units.multipliedReportingOverflow(by: DecimalText.powerOfTen(2 - scale))
        guard !overflow, let fen = Int64(exactly: wide) else { throw DomainError(field, .overflow) }
        self.init(fen: fen)
    }

    /// The sum.
    ///
    /// - Throws: ``DomainError`` with reason `overflow`.
    public func adding(_ other: Money) throws(DomainError) -> Money {
        let (sum, overflow) = fen.addingReportingOverflow(other.fen)
        guard !overflow else { throw DomainError("money", .overflow) }
        return Money(fen: sum)
    }

    /// The difference.
    ///
    /// - Throws: ``DomainError`` with reason `overflow`.
    public func subtracting(_ other: Money) throws(DomainError) -> Money {
        let (difference, overflow) = fen.subtractingReportingOverflow(other.fen)
        guard !overflow else { throw DomainError("money", .overflow) }
        return Money(fen: difference)
    }

    /// The amount `count` times.
    ///
    /// - Throws: ``DomainError`` with reason `overflow`.
    public func multiplied(by count: Int64) throws(DomainError) -> Money {
        let (product, overflow) = fen.multipliedReportingOverflow(by: count)
        guard !overflow else { throw DomainError("money", .overflow) }
        return Money(fen: product)
    }

    /// The amount times an exact ratio: the product is formed in 128 bits and rounded once, to whole fen.
    ///
    /// - Throws: ``DomainError`` with reason `overflow`.
    public func multiplied(by ratio: Ratio, rounding: Rounding) throws(DomainError) -> Money {
        let product = Int128(fen) * Int128(ratio.numerator)
        let rounded = try rounding.divide(product, by: Int128(ratio.denominator))
        guard let result = Int64(exactly: rounded) else { throw DomainError("money", .overflow) }
        return Money(fen: result)
    }

    /// The amount times a decimal number, rounded once, to whole fen.
    ///
    /// - Throws: ``DomainError`` with reason `overflow`.
    public func multiplied(by number: DecimalNumber, rounding: Rounding) throws(DomainError) -> Money {
        let product = Int128(fen) * Int128(number.unscaled)
        let rounded = try rounding.divide(product, by: DecimalText.powerOfTen(Int(number.scale)))
        guard let result = Int64(exactly: rounded) else { throw DomainError("money", .overflow) }
        return Money(fen: result)
    }

    /// Order by amount.
    public static func < (left: Money, right: Money) -> Bool { left.fen < right.fen }

    /// Yuan with two decimals and thousands separators: `1,234.50`.
    public var yuanText: String {
        DecimalText.make(Int128(fen), scale: 2, grouping: true, dropsZeros: false)
    }

    /// Yuan with thousands separators and no needless decimals: `5,000,000` or `1,234.5`.
    public var shortYuanText: String {
        DecimalText.make(Int128(fen), scale: 2, grouping: true, dropsZeros: true)
    }

    /// The same as ``yuanText``.
    public var description: String { yuanText }
}
