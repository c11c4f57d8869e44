import Domain
import PolicyDomain
import ServiceRuntime

extension PointError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            Problem.illegalState(
                zh: "政策条款当前为“\(state.zh)”，不能\(command.zh)",
                en: "the point is \(state.rawValue), which does not allow \(command.rawValue)")
        case .samePerson:
            Problem.denied(
                "whoever drafted or edited a version may not publish it", zh: "起草或修改过该条款的人员不能发布该条款",
                reason: .samePerson)
        case .validityNotBegun(let start):
            Problem.illegalState(
                zh: "条款有效期自\(start)开始，此前不能发布",
                en: "the version's validity begins on \(start); it cannot be published before")
        case .validityOver(let end):
            Problem.illegalState(zh: "条款有效期已于\(end)前届满，不能发布", en: "the version's validity ended before \(end)")
        case .notDue:
            Problem.illegalState(zh: "条款尚未到期", en: "the version in force has not reached its end")
        }
    }
}

extension RevisionState {
    fileprivate var zh: String {
        switch self {
        case .draft: "起草中"
        case .inReview: "审核中"
        case .published: "已发布"
        case .withdrawn: "已撤回"
        case .expired: "已失效"
        case .superseded: "已被替代"
        }
    }
}

extension PointCommand {
    fileprivate var zh: String {
        switch self {
        case .edit: "修改"
        case .submit: "提交审核"
        case .sendBack: "退回"
        case .publish: "发布"
        case .revise: "修订"
        case .withdraw: "撤回"
        case .expire: "到期"
        }
    }
}
