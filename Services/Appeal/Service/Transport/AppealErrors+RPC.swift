import AppealDomain
import Domain
import ServiceRuntime

extension CaseError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            Problem.illegalState(
                zh: "该事项当前为“\(state.zh)”，不能\(command.zh)",
                en: "the case is \(state.rawValue), which does not allow \(command.rawValue)")
        case .complainedUnit:
            Problem.illegalState(zh: "投诉事项不能交由被投诉单位办理", en: "a complaint is never assigned to the unit it is about")
        case .sameUnit: Problem.illegalState(zh: "该事项已由该单位办理", en: "the unit has the case already")
        case .bindingAssignment:
            Problem.illegalState(zh: "领导小组办公室交办的事项不能退回", en: "what the office assigned cannot be returned")
        case .promiseNotEarlier(let day):
            Problem.illegalState(
                zh: "承诺日期须早于现行期限\(day.map(\.description) ?? "")且不早于今天",
                en: "a promise must be earlier than \(day.map(\.description) ?? "the limit") and not before today")
        case .extendedAlready: Problem.illegalState(zh: "每轮办理只能延期一次", en: "a round is extended once")
        case .noExtensionAsked: Problem.illegalState(zh: "没有待审批的延期申请", en: "no extension was asked for")
        case .samePerson:
            Problem.denied("asking and approving need two persons", zh: "申请人不能审批本人的延期申请", reason: .samePerson)
        case .notExtendable: Problem.illegalState(zh: "该期限不能延长", en: "the limit is not extended")
        case .beyondOuterLimit(let days):
            Problem.illegalState(
                zh: "延期后总期限不得超过\(days)日", en: "the limit with its extension may have \(days) days at most")
        case .limitPassed: Problem.illegalState(zh: "期限已过，不能再延期", en: "the limit has passed")
        case .ratingOpen(let day):
            Problem.illegalState(zh: "评价期至\(day)，此前未评价的事项不能销号", en: "the applicant may rate until \(day)")
        case .notOverdue: Problem.illegalState(zh: "期限未过", en: "no limit has passed")
        }
    }
}

extension SupervisionError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state, let level):
            Problem.illegalState(
                zh: "督办事项当前为“\(level.zh)、\(state.zh)”，不能\(command.zh)",
                en: "the order is \(level.rawValue) and \(state.rawValue), which does not allow \(command.rawValue)")
        case .notOverdue: Problem.illegalState(zh: "期限未过", en: "the limit has not passed")
        }
    }
}

extension RectificationError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            Problem.illegalState(
                zh: "整改事项当前为“\(state.zh)”，不能\(command.zh)",
                en: "the rectification is \(state.rawValue), which does not allow \(command.rawValue)")
        case .notOverdue: Problem.illegalState(zh: "期限未过", en: "the limit has not passed")
        }
    }
}

extension CaseStateName {
    fileprivate var zh: String {
        switch self {
        case .submitted: "待受理"
        case .refused: "不予受理"
        case .accepted: "已受理"
        case .assigned: "已转办"
        case .inHandling: "办理中"
        case .waitingForApplicant: "待补充材料"
        case .waitingForHigherLevel: "待上级决定"
        case .replied: "已答复"
        case .resolved: "已办结"
        case .rated: "已评价"
        case .writtenOff: "已销号"
        case .withdrawn: "已撤回"
        }
    }
}

extension CaseCommand {
    fileprivate var zh: String {
        switch self {
        case .edit: "修改"
        case .comment: "补充说明"
        case .accept: "受理"
        case .refuse: "不予受理"
        case .assign: "转办"
        case .transfer: "移交"
        case .giveBack: "退回"
        case .takeUp: "接办"
        case .askApplicant: "要求补充材料"
        case .supplyInformation: "补充材料"
        case .escalate: "上报"
        case .decide: "批复"
        case .promise: "承诺"
        case .requestExtension: "申请延期"
        case .decideExtension: "审批延期"
        case .reply: "答复"
        case .resolve: "办结"
        case .rate: "评价"
        case .reopen: "重新办理"
        case .writeOff: "销号"
        case .withdraw: "撤回"
        case .becomeOverdue: "逾期"
        }
    }
}

extension SupervisionLevel {
    fileprivate var zh: String {
        switch self {
        case .order: "督办"
        case .listed: "挂牌督办"
        case .referred: "已移交问责"
        }
    }
}

extension SupervisionStateName {
    fileprivate var zh: String {
        switch self {
        case .open: "待回复"
        case .answered: "已回复"
        case .closed: "已销号"
        }
    }
}

extension SupervisionCommand {
    fileprivate var zh: String {
        switch self {
        case .putOnList: "挂牌"
        case .refer: "移交问责"
        case .answer: "回复"
        case .returnAnswer: "退回"
        case .close: "销号"
        case .becomeOverdue: "逾期"
        case .lapse: "随事项撤回而终止"
        }
    }
}

extension RectificationStateName {
    fileprivate var zh: String {
        switch self {
        case .open: "待整改"
        case .answered: "已整改待确认"
        case .closed: "已完成"
        }
    }
}

extension RectificationCommand {
    fileprivate var zh: String {
        switch self {
        case .answer: "报送整改情况"
        case .accept: "确认"
        case .sendBack: "退回"
        case .becomeOverdue: "逾期"
        }
    }
}
