import CommonContracts

extension Problem {
    /// One malformed field: INVALID_ARGUMENT.
    public static func invalid(_ field: String, _ description: String) -> Problem {
        invalid([FieldViolation(field, description)])
    }

    /// Malformed fields, all at once: INVALID_ARGUMENT.
    public static func invalid(_ violations: [FieldViolation]) -> Problem {
        let fields = violations.map { "\($0.field): \($0.description)" }.joined(separator: "; ")
        return Problem(
            .invalidArgument, .invalidField, zh: "请求中的字段有误：\(violations.map(\.field).joined(separator: "、"))",
            en: "invalid request: \(fields)", violations: violations)
    }

    /// The object does not exist, or the caller may not know of it: NOT_FOUND.
    public static func notFound(_ what: String) -> Problem {
        Problem(.notFound, .notFound, zh: "未找到：\(what)", en: "not found: \(what)")
    }

    /// The key is taken: ALREADY_EXISTS.
    public static func alreadyExists(_ what: String) -> Problem {
        Problem(.alreadyExists, .alreadyExists, zh: "已存在：\(what)", en: "already exists: \(what)")
    }

    /// The object's state does not allow the command: FAILED_PRECONDITION.
    public static func illegalState(zh: String, en: String, reason: Reason = .illegalState) -> Problem {
        Problem(.failedPrecondition, reason, zh: zh, en: en)
    }

    /// Someone else changed the object first: ABORTED, with the version as it is now (XCT-13).
    public static func conflict(currentVersion: Int64) -> Problem {
        Problem(
            .aborted, .versionConflict, zh: "数据已被他人修改，请刷新后重试",
            en: "the object was changed by someone else; its version is \(currentVersion)",
            metadata: ["current_version": String(currentVersion)])
    }

    /// The caller may not do this: PERMISSION_DENIED.
    public static func denied(_ en: String, zh: String = "没有权限执行此操作", reason: Reason = .actionDenied) -> Problem {
        Problem(.permissionDenied, reason, zh: zh, en: en)
    }

    /// No valid token came with the call: UNAUTHENTICATED.
    public static func unauthenticated(
        _ en: String, zh: String = "登录状态无效，请重新登录", reason: Reason = .unauthenticated
    ) -> Problem {
        Problem(.unauthenticated, reason, zh: zh, en: en)
    }

    /// Too many calls, waiters or attempts: RESOURCE_EXHAUSTED.
    public static func exhausted(_ en: String, zh: String = "请求过于频繁，请稍后再试") -> Problem {
        Problem(.resourceExhausted, .exhausted, zh: zh, en: en)
    }

    /// A service or store that the call needs is away: UNAVAILABLE. Repeating the call with the same request
    /// identifier is safe.
    public static func unavailable(_ en: String, zh: String = "服务暂时不可用，请稍后再试") -> Problem {
        Problem(.unavailable, .unavailable, zh: zh, en: en)
    }

    /// The deadline passed: DEADLINE_EXCEEDED.
    static let deadlineExceeded = Problem(
        .deadlineExceeded, .deadline, zh: "处理超时，请稍后再试", en: "the deadline passed before the call ended")

    /// The service failed; the log holds the cause under the request identifier: INTERNAL.
    static let internalError = Problem(
        .internalError, .internal, zh: "系统内部错误，请凭请求编号联系管理员",
        en: "internal error; the log holds the cause under the request identifier")
}
