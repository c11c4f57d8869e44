/// Depth of an industry in GB/T 4754 (DIR-9).
public enum IndustryLevel: Int, Hashable, Sendable, Comparable, CaseIterable {
    /// 门类, a letter.
    case section = 1
    /// 大类, two digits.
    case division
    /// 中类, three digits.
    case group
    /// 小类, four digits.
    case subclass

    /// Order from the widest to the narrowest.
    public static func < (left: IndustryLevel, right: IndustryLevel) -> Bool { left.rawValue < right.rawValue }
}
