/// Size of an enterprise by the national statistical rule (ENT-5).
public enum SizeClass: String, Hashable, Sendable, Comparable, CaseIterable {
    case micro
    case small
    case medium
    case large

    /// The class's name.
    public var label: BilingualText {
        switch self {
        case .large: BilingualText("大型", "large")
        case .medium: BilingualText("中型", "medium")
        case .small: BilingualText("小型", "small")
        case .micro: BilingualText("微型", "micro")
        }
    }

    private var rank: Int {
        switch self {
        case .micro: 0
        case .small: 1
        case .medium: 2
        case .large: 3
        }
    }

    /// Order from the smallest to the largest.
    public static func < (left: SizeClass, right: SizeClass) -> Bool { left.rank < right.rank }
}
