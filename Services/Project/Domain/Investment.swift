import Domain

/// An amount of US dollars, exact; never added to renminbi (PRJ-3).
public struct USDollars: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The amount in cents.
    public let cents: Int64

    /// Nothing.
    public static let zero = USDollars(cents: 0)

    /// An amount of cents.
    public init(cents: Int64) { self.cents = cents }

    /// Order by amount.
    public static func < (left: USDollars, right: USDollars) -> Bool { left.cents < right.cents }

    /// The amount in cents with the currency's name.
    public var description: String { "USD \(cents) cents" }
}

/// Investment of a project, as the contract states it (PRJ-3).
public struct Investment: Hashable, Sendable {
    /// The whole in renminbi; above 0.
    public let total: Money
    /// The domestic part; not negative and not above the whole.
    public let domestic: Money
    /// The foreign part; not negative.
    public let foreign: USDollars

    /// Checks the parts.
    ///
    /// - Throws: ``InvalidFields`` below `field`.
    public init(total: Money, domestic: Money, foreign: USDollars, field: String) throws(InvalidFields) {
        var findings = FieldFindings()
        if total <= .zero { findings.add(DomainError("\(field).total", .outOfRange("more than 0"))) }
        if domestic < .zero || domestic > max(total, .zero) {
            findings.add(DomainError("\(field).domestic", .outOfRange("0 to the whole investment")))
        }
        if foreign < .zero { findings.add(DomainError("\(field).foreign", .outOfRange("0 or more"))) }
        try findings.finish()
        self.total = total
        self.domestic = domestic
        self.foreign = foreign
    }
}

/// What a progress report says, counted from the beginning of the project (PRJ-9).
public struct ProgressFigures: Hashable, Sendable {
    /// Investment completed.
    public let completed: Money
    /// Domestic money in place.
    public let domesticInPlace: Money
    /// Foreign money in place.
    public let foreignInPlace: USDollars

    /// Checks that nothing is negative.
    ///
    /// - Throws: ``InvalidFields`` below `field`.
    public init(
        completed: Money, domesticInPlace: Money, foreignInPlace: USDollars, field: String = "figures"
    ) throws(InvalidFields) {
        var findings = FieldFindings()
        if completed < .zero { findings.add(DomainError("\(field).completed", .outOfRange("0 or more"))) }
        if domesticInPlace < .zero {
            findings.add(DomainError("\(field).domestic_in_place", .outOfRange("0 or more")))
        }
        if foreignInPlace < .zero { findings.add(DomainError("\(field).foreign_in_place", .outOfRange("0 or more"))) }
        try findings.finish()
        self.completed = completed
        self.domesticInPlace = domesticInPlace
        self.foreignInPlace = foreignInPlace
    }

    /// Whether any figure is below an earlier one; such a report needs a correction note (PRJ-9).
    public func falls(below earlier: ProgressFigures) -> Bool {
        completed < earlier.completed || domesticInPlace < earlier.domesticInPlace
            || foreignInPlace < earlier.foreignInPlace
    }
}
