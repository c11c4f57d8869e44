/// Stage of an enterprise's development (POL-3).
public enum DevelopmentStage: String, Hashable, Sendable, CaseIterable {
    case startup
    case growth
    case expansion
    case mature
    case transformation
    case difficulty

    /// The name shown to people.
    public var label: BilingualText {
        switch self {
        case .startup: BilingualText("初创期", "start-up")
        case .growth: BilingualText("成长期", "growth")
        case .expansion: BilingualText("扩张期", "expansion")
        case .mature: BilingualText("成熟期", "mature")
        case .transformation: BilingualText("转型期", "transformation")
        case .difficulty: BilingualText("困难期", "in difficulty")
        }
    }
}
