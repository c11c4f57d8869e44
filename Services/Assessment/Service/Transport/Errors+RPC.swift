import AssessmentDomain
import Domain
import ServiceRuntime

extension TargetError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            Problem.illegalState(
                zh: "指标任务当前为“\(state.zh)”，不能\(command.zh)",
                en: "the targets are \(state.rawValue), which does not allow \(command.rawValue)")
        case .samePerson:
            Problem.denied(
                "drafting, reviewing and approving need three different posts", zh: "起草、审核、审定须由不同岗位办理",
                reason: .samePerson)
        case .notAcknowledged:
            Problem.illegalState(
                zh: "分解数与合计数或远期目标不一致，须先确认", en: "the mismatches of the targets are not acknowledged")
        case .nothingToAcknowledge:
            Problem.illegalState(zh: "没有需要确认的不一致", en: "there is no mismatch to acknowledge")
        case .invalid(let fields):
            fields.problem
        }
    }
}

extension TargetState {
    fileprivate var zh: String {
        switch self {
        case .draft: "起草中"
        case .inReview: "审核中"
        case .reviewed: "待审定"
        case .approved: "已审定"
        case .superseded: "已被替代"
        }
    }
}

extension TargetCommand {
    fileprivate var zh: String {
        switch self {
        case .draft: "起草"
        case .edit: "修改"
        case .acknowledge: "确认"
        case .submit: "提交审核"
        case .review: "审核"
        case .sendBack: "退回"
        case .approve: "审定"
        case .revise: "调整"
        }
    }
}

extension ValueError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            Problem.illegalState(
                zh: "数据当前为“\(state.zh)”，不能\(command.zh)",
                en: "the value is \(state.rawValue), which does not allow \(command.rawValue)")
        case .samePerson:
            Problem.denied(
                "whoever reported or revised a value may not verify it", zh: "填报或修订人员不能核定该数据", reason: .samePerson)
        case .reasonMissing:
            Problem.invalid("reason", "must not be empty when the verified value differs")
        }
    }
}

extension ValueState {
    fileprivate var zh: String {
        switch self {
        case .reported: "已填报"
        case .verified: "已核定"
        case .reopened: "重新开放"
        }
    }
}

extension ValueCommand {
    fileprivate var zh: String {
        switch self {
        case .revise: "修订"
        case .verify: "核定"
        case .reopen: "重新开放"
        }
    }
}

extension SchemeError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            Problem.illegalState(
                zh: "考核方案当前为“\(state.zh)”，不能\(command.zh)",
                en: "the scheme is \(state.rawValue), which does not allow \(command.rawValue)")
        case .samePerson:
            Problem.denied(
                "whoever wrote a scheme may not publish it", zh: "起草或修改过方案的人员不能发布该方案", reason: .samePerson)
        }
    }
}

extension SchemeState {
    fileprivate var zh: String {
        switch self {
        case .draft: "起草中"
        case .published: "已生效"
        case .superseded: "已被替代"
        }
    }
}

extension SchemeCommand {
    fileprivate var zh: String {
        switch self {
        case .edit: "修改"
        case .publish: "发布"
        case .revise: "修订"
        }
    }
}

extension ResultError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            Problem.illegalState(
                zh: "考核结果当前为“\(state.zh)”，不能\(command.zh)",
                en: "the result is \(state.rawValue), which does not allow \(command.rawValue)")
        case .samePerson:
            Problem.denied(
                "whoever computed a result may not publish it", zh: "核算人员不能发布该结果", reason: .samePerson)
        }
    }
}

extension ResultState {
    fileprivate var zh: String {
        switch self {
        case .draft: "待发布"
        case .published: "已发布"
        case .discarded: "已作废"
        }
    }
}

extension ResultCommand {
    fileprivate var zh: String {
        switch self {
        case .publish: "发布"
        case .discard: "作废"
        case .proposeAwards: "提出奖惩建议"
        }
    }
}
