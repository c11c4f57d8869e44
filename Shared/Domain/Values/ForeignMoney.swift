/// An amount in a foreign currency; never mixed with ``Money`` without a stated rate.
public struct ForeignMoney: Hashable, Sendable, CustomStringConvertible {
    /// The amount in hundredths of the currency's unit.
    public let cents: Int64
    /// The currency; never `CNY`.
    public let currency: CurrencyCode

    /// Makes an amount.
    ///
    /// - Throws: ``DomainError`` for `CNY`, whose amounts are ``Money``.
    public init(cents: Int64, currency: CurrencyCode) throws(DomainError) {
        guard currency.text != "CNY" else { throw DomainError("currency", .notApplicable("CNY")) }
        self.cents = cents
        self.currency = currency
    }

    /// The sum of two amounts of one currency.
    ///
    /// - Throws: ``DomainError`` when the currencies differ or the sum overflows.
    public func adding(_ other: ForeignMoney) throws(DomainError) -> ForeignMoney {
        guard currency == other.currency else {
            throw DomainError("currency", .wrongType(expected: currency.text, found: other.currency.text))
        }
        let (sum, overflow) = cents.addingReportingOverflow(other.cents)
        guard !overflow else { throw DomainError("money", .overflow) }
        return try ForeignMoney(cents: sum, currency: currency)
    }

    /// The currency and the amount with two decimals: `USD 1,234.50`.
    public var description: String {
        "\(currency) " + DecimalText.make(Int128(cents), scale: 2, grouping: true, dropsZeros: false)
    }
}
