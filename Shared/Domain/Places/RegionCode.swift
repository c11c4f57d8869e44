/// A code of the national division (GB/T 2260): six digits down to the county, nine for a town (DIR-1).
public struct RegionCode: Hashable, Sendable, Comparable, CustomStringConvertible {
    // Always nine digits, so that a county is followed by its towns in order.
    private let value: UInt32

    /// Reads six or nine digits; nine that end in `000` are the county itself.
    ///
    /// - Throws: ``DomainError`` naming `field` for anything else, or where a level is skipped.
    public init(_ text: String, field: String = "region") throws(DomainError) {
        let bytes = Array(text.utf8)
        guard bytes.count == 6 || bytes.count == 9, let number = Digits.number(bytes[...]) else {
            throw DomainError(field, .malformed(expected: "six or nine digits of GB/T 2260"))
        }
        let nine = UInt32(bytes.count == 6 ? number * 1000 : number)
        let (province, city) = (nine / 10_000_000, nine / 100_000 % 100)
        let (county, town) = (nine / 1000 % 100, nine % 1000)
        guard province >= 10, city > 0 || county == 0, county > 0 || town == 0 else {
            throw DomainError(field, .malformed(expected: "a region whose upper levels are given"))
        }
        value = nine
    }

    private init(value: UInt32) {
        self.value = value
    }

    /// The level that the code names.
    public var level: RegionLevel {
        if value % 1000 != 0 { return .town }
        if value % 100_000 != 0 { return .county }
        if value % 10_000_000 != 0 { return .city }
        return .province
    }

    /// The region directly above; nil for a province.
    public var parent: RegionCode? {
        switch level {
        case .province: nil
        case .city: RegionCode(value: value / 10_000_000 * 10_000_000)
        case .county: RegionCode(value: value / 100_000 * 100_000)
        case .town: RegionCode(value: value / 1000 * 1000)
        }
    }

    /// The region and everything above it, from itself to its province.
    public var pathToRoot: [RegionCode] {
        var path = [self]
        while let parent = path[path.count - 1].parent { path.append(parent) }
        return path
    }

    /// Whether another region is this one or lies within it.
    public func contains(_ other: RegionCode) -> Bool {
        let divisor = extent
        return other.value / divisor == value / divisor
    }

    /// Whether this region is another or lies within it.
    public func isWithin(_ other: RegionCode) -> Bool { other.contains(self) }

    private var extent: UInt32 {
        switch level {
        case .province: 10_000_000
        case .city: 100_000
        case .county: 1000
        case .town: 1
        }
    }

    /// The county of a town, else the region itself.
    public var county: RegionCode { RegionCode(value: value / 1000 * 1000) }

    /// The first six digits: the county of a town, else the region itself.
    public var countyText: String { Digits.padded(Int(value / 1000), 6) }

    /// Order of the codes; a region comes before what lies within it.
    public static func < (left: RegionCode, right: RegionCode) -> Bool { left.value < right.value }

    /// Six digits, nine for a town.
    public var description: String { level == .town ? Digits.padded(Int(value), 9) : countyText }
}
