/// A dimension of tags: the documents' five, then stage, interest, and honour or list (POL-3).
public enum TagDimension: String, Hashable, Sendable, CaseIterable {
    case regionLevel = "region-level"
    case industry
    case policyType = "policy-type"
    case nature
    case size
    case stage
    case interest
    case honour

    /// The name shown to people.
    public var label: BilingualText {
        switch self {
        case .regionLevel: BilingualText("地区级别", "region level")
        case .industry: BilingualText("行业", "industry")
        case .policyType: BilingualText("政策类型", "policy type")
        case .nature: BilingualText("企业性质", "enterprise nature")
        case .size: BilingualText("企业规模", "enterprise size")
        case .stage: BilingualText("发展阶段", "stage of development")
        case .interest: BilingualText("关注领域", "interest")
        case .honour: BilingualText("荣誉或名录", "honour or list")
        }
    }
}
