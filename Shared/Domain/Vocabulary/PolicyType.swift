/// What a policy point is about: one of the five dimensions of tags (POL-3).
public enum PolicyType: String, Hashable, Sendable, CaseIterable {
    case award
    case subsidy
    case finance
    case fund
    case tax
    case fee
    case talent
    case employment
    case land
    case law
    case energy
    case environment
    case safety
    case technology
    case intellectualProperty = "intellectual-property"
    case market
    case trade
    case investment
    case digital
    case procurement
    case service

    /// The name shown to people.
    public var label: BilingualText {
        switch self {
        case .award: BilingualText("奖励", "award")
        case .subsidy: BilingualText("补贴", "subsidy")
        case .finance: BilingualText("金融", "finance")
        case .fund: BilingualText("基金", "fund")
        case .tax: BilingualText("税收", "tax")
        case .fee: BilingualText("降费", "fee relief")
        case .talent: BilingualText("人才", "talent")
        case .employment: BilingualText("就业", "employment")
        case .land: BilingualText("土地", "land")
        case .law: BilingualText("法治", "law")
        case .energy: BilingualText("能源", "energy")
        case .environment: BilingualText("环保", "environment")
        case .safety: BilingualText("安全生产", "work safety")
        case .technology: BilingualText("科技创新", "technology")
        case .intellectualProperty: BilingualText("知识产权", "intellectual property")
        case .market: BilingualText("市场开拓", "market")
        case .trade: BilingualText("外贸", "foreign trade")
        case .investment: BilingualText("招商引资", "investment")
        case .digital: BilingualText("数字化", "digitalisation")
        case .procurement: BilingualText("政府采购", "procurement")
        case .service: BilingualText("服务", "service")
        }
    }
}
