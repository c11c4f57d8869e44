/// Depth of a region in the national division codes (DIR-1).
public enum RegionLevel: Int, Hashable, Sendable, Comparable, CaseIterable {
    case province = 1
    case city
    case county
    case town

    /// The level's name.
    public var label: BilingualText {
        switch self {
        case .province: BilingualText("省", "province")
        case .city: BilingualText("市", "city")
        case .county: BilingualText("县（市、区）", "county")
        case .town: BilingualText("乡镇（街道）", "town")
        }
    }

    /// Order from the widest to the narrowest.
    public static func < (left: RegionLevel, right: RegionLevel) -> Bool { left.rawValue < right.rawValue }
}
