import Domain
import GRPCCore
import Messaging
import Postgres

extension InvalidFields: ProblemConvertible {
    /// What the caller is told: every field at fault.
    public var problem: Problem { .invalid(errors.map { Problem.FieldViolation($0.field, $0.explanation) }) }
}

extension Problem {
    /// What a caller is told about any error that ended a call; nil means an unforeseen one, which becomes INTERNAL.
    ///
    /// No SQL text, constraint or value of the database reaches the caller.
    static func of(_ error: any Error) -> Problem? {
        switch error {
        case let error as any ProblemConvertible: error.problem
        case let error as PostgresError: of(error)
        case let error as DomainError: .invalid(error.field, error.description)
        case let error as RPCError: of(error)
        case is NotYetKnown: .unavailable("what the message needs is still on its way to this service; repeat later")
        case is CancellationError:
            Problem(.cancelled, .unavailable, zh: "请求已取消", en: "the call was cancelled")
        case _: nil
        }
    }

    /// The states with which PostgreSQL refuses text that it cannot hold, which is valid UTF-8 otherwise: the NUL
    /// character in text, and its escape in JSON. Any field of a request may bring it, so it is told here once.
    private static let unstorableText: Set<String> = ["22021", "22P05"]

    private static func of(_ error: PostgresError) -> Problem? {
        switch error {
        case .poolExhausted: .exhausted("too many calls wait for the database")
        case .connection: .unavailable("the database is away")
        case .unknownOutcome:
            .unavailable("the connection broke while the change was stored; repeat with the same request identifier")
        case .deadlineExceeded: .deadlineExceeded
        case .cancelled: Problem(.cancelled, .unavailable, zh: "请求已取消", en: "the call was cancelled")
        case .server, .decoding, .unexpectedRowCount:
            if let state = error.sqlState, unstorableText.contains(state) {
                Problem(
                    .invalidArgument, .invalidField, zh: "请求中的文字含有不允许的字符",
                    en: "malformed text: the request holds a character that cannot be stored")
            } else if error.sqlState == "57014" {
                .unavailable("the database is too slow at the moment; repeat with the same request identifier")
            } else if error.isUnavailable {
                .unavailable("the database is away")
            } else if error.isTransient {
                Problem(.aborted, .versionConflict, zh: "操作冲突，请重试", en: "lost a race with another change; repeat")
            } else {
                nil
            }
        }
    }

    /// An error with a code of its own, from the transport or from another service. A refusal by another service is
    /// an error of this one, so only its absence is passed on.
    private static func of(_ error: RPCError) -> Problem? {
        if error.code == .unknown, let cause = error.cause { return of(cause) }
        return switch error.code {
        case .invalidArgument: Problem(.invalidArgument, .invalidField, zh: "请求格式有误", en: "malformed request")
        case .unavailable: .unavailable("a service that the call needs is away")
        case .deadlineExceeded: .deadlineExceeded
        case .resourceExhausted: .exhausted("a limit was reached")
        case .cancelled: Problem(.cancelled, .unavailable, zh: "请求已取消", en: "the call was cancelled")
        case .unimplemented: Problem(.unimplemented, .notFound, zh: "不支持此调用", en: "no such call")
        case _: nil
        }
    }
}
