import CommonContracts
import Domain

// Every converter from the wire names the field at fault by its path; every converter to the wire is total.

/// Reads a part that the contract calls required.
///
/// - Throws: `DomainError` naming `field` when it is absent, or whatever is wrong with it.
public func required<Part, Value>(
    _ part: Part?, field: String, _ read: (Part) throws(DomainError) -> Value
) throws(DomainError) -> Value {
    guard let part else { throw DomainError(field, .empty) }
    return try read(part)
}

/// Reads a date that the contract calls required.
///
/// - Throws: `DomainError` naming `field` when it is absent or there is no such day.
public func required(_ date: Zhitongche_Common_V1_Date?, field: String) throws(DomainError) -> CivilDate {
    try required(date, field: field) { date throws(DomainError) in try CivilDate(date, field: field) }
}

extension Money {
    /// Reads the wire's amount; every value is valid.
    public init(_ wire: Zhitongche_Common_V1_Money) { self.init(fen: wire.fen) }

    /// The amount on the wire.
    public var wire: Zhitongche_Common_V1_Money { .with { $0.fen = fen } }
}

extension Ratio {
    /// Reads the wire's ratio.
    ///
    /// - Throws: `DomainError` naming `field` when the denominator is below 1.
    public init(_ wire: Zhitongche_Common_V1_Ratio, field: String) throws(DomainError) {
        guard wire.denominator >= 1 else { throw DomainError("\(field).denominator", .outOfRange("at least 1")) }
        do {
            try self.init(wire.numerator, wire.denominator)
        } catch {
            throw DomainError(field, error.reason)
        }
    }

    /// The ratio on the wire, reduced.
    public var wire: Zhitongche_Common_V1_Ratio {
        .with {
            $0.numerator = numerator
            $0.denominator = denominator
        }
    }
}

extension DecimalNumber {
    /// Reads the wire's number.
    ///
    /// - Throws: `DomainError` naming `field` when the scale is not 0 to 18.
    public init(_ wire: Zhitongche_Common_V1_Decimal, field: String) throws(DomainError) {
        do {
            try self.init(unscaled: wire.unscaled, scale: wire.scale)
        } catch {
            throw DomainError("\(field).scale", error.reason)
        }
    }

    /// The number on the wire.
    public var wire: Zhitongche_Common_V1_Decimal {
        .with {
            $0.unscaled = unscaled
            $0.scale = scale
        }
    }
}

extension CivilDate {
    /// Reads the wire's date.
    ///
    /// - Throws: `DomainError` naming `field` when there is no such day.
    public init(_ wire: Zhitongche_Common_V1_Date, field: String) throws(DomainError) {
        try self.init(year: Int(wire.year), month: Int(wire.month), day: Int(wire.day), field: field)
    }

    /// The date on the wire.
    public var wire: Zhitongche_Common_V1_Date {
        let (year, month, day) = components
        return .with {
            $0.year = Int32(year)
            $0.month = Int32(month)
            $0.day = Int32(day)
        }
    }
}

extension Period {
    /// Reads the wire's period.
    ///
    /// - Throws: `DomainError` naming the part of `field` that is missing, no day, or out of order.
    public init(_ wire: Zhitongche_Common_V1_Period, field: String) throws(DomainError) {
        guard wire.hasStart else { throw DomainError("\(field).start", .empty) }
        let start = try CivilDate(wire.start, field: "\(field).start")
        let end = wire.hasEnd ? try CivilDate(wire.end, field: "\(field).end") : nil
        try self.init(from: start, until: end, field: field)
    }

    /// The period on the wire.
    public var wire: Zhitongche_Common_V1_Period {
        .with {
            $0.start = start.wire
            if let end { $0.end = end.wire }
        }
    }
}

extension BilingualText {
    /// The text on the wire.
    public var wire: Zhitongche_Common_V1_LocalizedText {
        .with {
            $0.zh = chinese
            $0.en = english
        }
    }

    /// Reads the wire's text; English falls back to Chinese.
    public init(_ wire: Zhitongche_Common_V1_LocalizedText) {
        self.init(wire.zh, wire.en.isEmpty ? wire.zh : wire.en)
    }
}
