import Domain

/// A value of an attribute over a period, with its source (ENT-3).
public struct AttributeRecord: Hashable, Sendable {
    /// The attribute.
    public var key: AttributeKey
    /// The value.
    public var value: AttributeValue
    /// The days that it speaks of; a missing start is the calendar's first day.
    public var period: Period
    /// A unit's slug, "enterprise", or the source of a load.
    public var source: String

    /// Makes a record.
    ///
    /// - Throws: `DomainError` naming the part of `field` at fault: an unknown attribute, one that is derived, a value of
    ///   another type or an unknown code.
    public init(
        key: AttributeKey, value: AttributeValue, period: Period, source: String, field: String,
        attributes: AttributeDictionary = .standard
    ) throws(DomainError) {
        _ = try attributes.definition(of: key, field: "\(field).attribute")
        guard !AttributeKey.derived.contains(key) else {
            throw DomainError("\(field).attribute", .notApplicable("a record of what is derived"))
        }
        // A condition may demand exactly the values that an attribute may have, so one check serves both.
        try Condition.attribute(key, .equal(value)).validate(attributes: attributes, path: "\(field).value")
        self.key = key
        self.value = value
        self.period = period
        self.source = source
    }

    /// A record that was checked when it was stored.
    public init(stored key: AttributeKey, value: AttributeValue, period: Period, source: String) {
        self.key = key
        self.value = value
        self.period = period
        self.source = source
    }

    /// Whether values of the attribute stay the newest known after their period: a year's revenue is the figure to go
    /// by until the next one arrives, while a yes or a code ends with its period.
    public static func isFigure(_ key: AttributeKey, attributes: AttributeDictionary = .standard) -> Bool {
        switch attributes[key]?.type {
        case .integer, .decimal, .money, .ratio: true
        case .boolean, .date, .text, .set, nil: false
        }
    }

    /// The day that a value in force speaks of, as seen on `today`: the last day of a period that is over, else the
    /// first.
    public static func asOf(_ period: Period, today: CivilDate) -> CivilDate? {
        if let last = period.lastDay, last <= today { return last }
        return period.start == .earliest ? nil : period.start
    }
}
