/// The kinds of unit (DIR-2); the raw value is the stored word.
public enum UnitKind: String, Hashable, Sendable, CaseIterable {
    /// 领导小组.
    case leadingGroup = "leading_group"
    /// 领导小组办公室.
    case leadingGroupOffice = "leading_group_office"
    /// 部门.
    case bureau
    /// 专班.
    case taskForce = "task_force"
    /// 服务保障线.
    case serviceLine = "service_line"
    /// 攻坚组.
    case campaignGroup = "campaign_group"
    /// 发展主体.
    case developingEntity = "developing_entity"
    /// 招商组.
    case investmentGroup = "investment_group"
    /// 推进办.
    case promotionOffice = "promotion_office"
    /// Bank or other body outside government.
    case outsideBody = "outside_body"

    /// Whether units of the kind name the industry or subject that they drive; the others must not.
    public var namesSubject: Bool {
        switch self {
        case .taskForce, .serviceLine: true
        case .leadingGroup, .leadingGroupOffice, .bureau, .campaignGroup, .developingEntity, .investmentGroup,
            .promotionOffice, .outsideBody:
            false
        }
    }

    /// Whether units of the kind may name the bureau that is responsible; the others must not.
    public var namesResponsibleUnit: Bool {
        switch self {
        case .taskForce, .serviceLine, .campaignGroup: true
        case .leadingGroup, .leadingGroupOffice, .bureau, .developingEntity, .investmentGroup, .promotionOffice,
            .outsideBody:
            false
        }
    }
}
