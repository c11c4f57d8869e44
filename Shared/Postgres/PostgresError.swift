/// What can go wrong between a service and its database.
///
/// Descriptions never contain SQL text, parameters or the server's `detail` (which quotes values), so they may be
/// logged; they are still not meant for a client.
public enum PostgresError: Error, Sendable, Equatable {
    /// The server refused a statement. `sqlState` is the five-character code; `detail` may quote values.
    case server(
        sqlState: String, message: String, constraint: String? = nil, table: String? = nil, column: String? = nil,
        detail: String? = nil)
    /// The server cannot be reached, or the connection broke before COMMIT was sent; nothing was committed.
    case connection(String)
    /// The wait limit of the pool's share passed, or too many callers wait already.
    case poolExhausted
    /// The caller's deadline passed; the transaction was rolled back.
    case deadlineExceeded
    /// The connection was lost while COMMIT was under way. Whether the transaction took effect is not known, so it
    /// is never repeated here; the caller's request identifier makes a repetition safe.
    case unknownOutcome
    /// A column is absent, has another type, or holds a value outside the target's range.
    case decoding(column: String, reason: String)
    /// A statement touched or returned another number of rows than it had to.
    case unexpectedRowCount(expected: Int, actual: Int)
    /// The calling task was cancelled; the transaction was rolled back.
    case cancelled

    /// The five-character code of a server error; nil for everything else.
    public var sqlState: String? {
        guard case .server(let sqlState, _, _, _, _, _) = self else { return nil }
        return sqlState
    }

    /// Whether a unique index refused the row; with a name, whether that very constraint did.
    public func isUniqueViolation(constraint name: String? = nil) -> Bool {
        isViolation("23505", constraint: name)
    }

    /// Whether a foreign key refused the row; with a name, whether that very constraint did.
    public func isForeignKeyViolation(constraint name: String? = nil) -> Bool {
        isViolation("23503", constraint: name)
    }

    /// Whether a CHECK refused the row; with a name, whether that very constraint did.
    public func isCheckViolation(constraint name: String? = nil) -> Bool {
        isViolation("23514", constraint: name)
    }

    private func isViolation(_ code: String, constraint name: String?) -> Bool {
        guard case .server(code, _, let constraint, _, _, _) = self else { return false }
        return name == nil || name == constraint
    }

    /// Whether serialisation or a deadlock made this transaction the loser; running it again may succeed.
    public var isConflict: Bool { sqlState == "40001" || sqlState == "40P01" }

    /// Whether the same transaction, run again a little later, may succeed: conflicts, lock time-outs and everything
    /// that `isUnavailable` covers except an unknown outcome.
    public var isTransient: Bool {
        if self == .unknownOutcome { return false }
        return isConflict || sqlState == "55P03" || isUnavailable
    }

    /// Whether the database is away or has no room at the moment; becomes UNAVAILABLE for a caller.
    public var isUnavailable: Bool {
        switch self {
        case .connection, .poolExhausted, .unknownOutcome: true
        case .server(let sqlState, _, _, _, _, _):
            sqlState.hasPrefix("08") || sqlState.hasPrefix("53") || sqlState.hasPrefix("57P")
        case .deadlineExceeded, .decoding, .unexpectedRowCount, .cancelled: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    /// One line for logs, without SQL text, parameters or detail.
    public var description: String {
        switch self {
        case .server(let sqlState, let message, let constraint, _, _, _):
            "database error \(sqlState): \(message)" + (constraint.map { " (constraint \($0))" } ?? "")
        case .connection(let reason): "database unavailable: \(reason)"
        case .poolExhausted: "no database connection became free within the wait limit"
        case .deadlineExceeded: "the deadline passed before the transaction ended"
        case .unknownOutcome: "the connection was lost during COMMIT; the outcome is unknown"
        case .decoding(let column, let reason): "column \(column): \(reason)"
        case .unexpectedRowCount(let expected, let actual): "expected \(expected) row(s), got \(actual)"
        case .cancelled: "the transaction was cancelled"
        }
    }
}
