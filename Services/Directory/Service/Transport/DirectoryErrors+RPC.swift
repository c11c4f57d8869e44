import DirectoryDomain
import ServiceRuntime

extension FieldProblem: ProblemConvertible {
    /// INVALID_ARGUMENT with the field.
    public var problem: Problem { .invalid(field, expectation) }
}

extension UnitError: ProblemConvertible {
    /// FAILED_PRECONDITION for what the unit's state forbids, INVALID_ARGUMENT for what the request got wrong.
    public var problem: Problem {
        switch self {
        case .ended(let day): .illegalState(zh: "该单位自\(day)起不再存在", en: "the unit ends on \(day)")
        case .renamePlanned(let day):
            .illegalState(zh: "该单位已安排自\(day)起更名", en: "a rename is planned for \(day) already")
        case .renameTooEarly(let day): .invalid("from", "must lie after \(day), the first day of the present name")
        case .sameName: .invalid("name", "must differ from the present name")
        case .endTooEarly(let day): .invalid("on", "must lie after \(day), the first day of the present name")
        case .noSuccessor: .invalid("successor_ids", "must name at least one unit")
        case .successorRepeated(let id): .invalid("successor_ids", "must name each other unit once: \(id)")
        case .successorNotInExistence(let id): .invalid("successor_ids", "must exist on the day of the end: \(id)")
        }
    }
}

extension AccountError: ProblemConvertible {
    /// FAILED_PRECONDITION.
    public var problem: Problem {
        switch self {
        case .pending: .illegalState(zh: "账号尚未完成手机验证", en: "the account's phone has not been confirmed")
        case .alreadyActive: .illegalState(zh: "账号已启用", en: "the account is active already")
        case .disabled: .illegalState(zh: "账号已停用", en: "the account is disabled")
        case .wrongKind(let kind):
            .illegalState(zh: "该类账号不支持此操作", en: "not possible for accounts of the kind \(kind.rawValue)")
        }
    }
}

extension Account.RoleChangeError: ProblemConvertible {
    /// That of its cause.
    public var problem: Problem {
        switch self {
        case .account(let error): error.problem
        case .field(let error): error.problem
        }
    }
}

extension Problem {
    /// The one answer to a login that proves nothing, whatever the cause.
    static let wrongCredentials = Problem.unauthenticated(
        "account, password or code is wrong", zh: "账号、密码或验证码错误", reason: .wrongCredentials)
    /// Too many failures; said of unknown logins too.
    static let locked = Problem.unauthenticated(
        "too many failed logins; try again in fifteen minutes", zh: "登录失败次数过多，请十五分钟后再试", reason: .accountLocked)
    /// The first factor was right.
    static let secondFactorRequired = Problem.unauthenticated(
        "a second factor is required", zh: "请输入动态口令", reason: .secondFactorRequired)
    /// The code proves nothing, whatever the cause.
    static let codeInvalid = Problem.illegalState(
        zh: "验证码错误或已失效", en: "the code is wrong, past its time, used, or was tried too often", reason: .codeInvalid)
    /// The refresh token proves nothing.
    static let sessionEnded = Problem.unauthenticated("the refresh token is not valid")
}
