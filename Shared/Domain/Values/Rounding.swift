/// How an exact quotient becomes a whole number; every amount states its own (POL-5).
public enum Rounding: String, Hashable, Sendable, CaseIterable {
    /// Towards zero.
    case down
    /// To the nearest; a half goes away from zero.
    case halfUp
    /// To the nearest; a half goes to the even neighbour.
    case halfEven

    /// `numerator / denominator`, rounded.
    ///
    /// - Parameters:
    ///   - numerator: Any value above `Int128.min`.
    ///   - denominator: Positive.
    /// - Throws: ``DomainError`` with reason `divisionByZero` when `denominator` is not positive.
    public func divide(_ numerator: Int128, by denominator: Int128) throws(DomainError) -> Int128 {
        guard denominator > 0 else { throw DomainError("denominator", .divisionByZero) }
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        if remainder == 0 { return quotient }
        let away: Int128 = numerator < 0 ? -1 : 1
        // Compares the remainder with what is missing to the next whole number; doubling it could overflow.
        let rest = remainder.magnitude
        let missing = denominator.magnitude - rest
        switch self {
        case .down:
            return quotient
        case .halfUp:
            return rest >= missing ? quotient + away : quotient
        case .halfEven:
            if rest != missing { return rest > missing ? quotient + away : quotient }
            return quotient % 2 == 0 ? quotient : quotient + away
        }
    }
}
