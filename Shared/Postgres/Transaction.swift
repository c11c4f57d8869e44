import Foundation

/// How much of other transactions' work a transaction sees.
public enum Isolation: Sendable {
    case readCommitted
    case repeatableRead
    case serializable

    var clause: String {
        switch self {
        case .readCommitted: "READ COMMITTED"
        case .repeatableRead: "REPEATABLE READ"
        case .serializable: "SERIALIZABLE"
        }
    }
}

/// An open transaction, usable only inside the synchronous body that receives it (rule 12).
///
/// Every call waits on the connection's own thread. After cancellation or a passed deadline each further call throws,
/// and the transaction is rolled back whatever the body does.
public final class Transaction {
    private let session: Session
    private let stop: StopRule
    private var isOpen = true
    private var savepoints = 0
    /// What made the server refuse all further statements, as long as no savepoint has undone it.
    private(set) var failure: PostgresError?
    /// Cancellation, a deadline or a lost connection, which no savepoint undoes.
    private(set) var abortion: PostgresError?
    private(set) var commitActions: [@Sendable () -> Void] = []
    /// What goes to the server with the next statement: BEGIN at first, and what ``enqueue(_:)`` left.
    private var waiting: [Session.Statement]
    /// Whether the server has answered anything yet.
    private(set) var hasBegun = false

    init(session: Session, stop: StopRule, opening: String) {
        self.session = session
        self.stop = stop
        waiting = [.text(opening)]
    }

    /// Ends the use of this object, should a body have let it escape.
    func finish() { isOpen = false }

    /// What has to go to the server before COMMIT, once the body has ended; nil when the body asked nothing of it.
    func takeRest() throws -> [Session.Statement]? {
        // A connection that has died while it lay idle must not be found out by COMMIT, whose outcome is then unknown.
        if !hasBegun {
            if waiting.count == 1 { return nil }
            try flush()
        }
        defer { waiting = [] }
        return waiting
    }

    /// Runs a statement together with the next one, or with COMMIT, which saves a round trip to the server.
    ///
    /// For writes that nothing in the body depends on and that always change as many rows as they say, since the count
    /// is not looked at. An error is thrown by whatever goes to the server next; a savepoint around it holds.
    public func enqueue(_ sql: SQL) { waiting.append(.bound(sql)) }

    /// Runs a statement and returns the number of rows it changed (or returned, for SELECT).
    @discardableResult
    public func execute(_ sql: SQL) throws -> Int { try run(.bound(sql)).affectedRows }

    /// Runs a statement that must change exactly so many rows; throws `PostgresError.unexpectedRowCount` otherwise.
    public func execute(_ sql: SQL, expecting expected: Int) throws {
        let actual = try execute(sql)
        guard actual == expected else { throw PostgresError.unexpectedRowCount(expected: expected, actual: actual) }
    }

    /// All rows of a statement. They are held in memory, so the statement bounds their number.
    public func query(_ sql: SQL) throws -> [Row] {
        let result = try run(.bound(sql))
        return (0..<result.rowCount).map { Row(result: result, index: $0) }
    }

    /// All rows of a statement, each turned into a value.
    public func query<Value>(_ sql: SQL, as decode: (Row) throws -> Value) throws -> [Value] {
        try query(sql).map(decode)
    }

    /// The first row of a statement, or nil if there is none.
    public func first(_ sql: SQL) throws -> Row? { try query(sql).first }

    /// The only row of a statement; none or several throw `PostgresError.unexpectedRowCount`.
    public func only(_ sql: SQL) throws -> Row {
        let rows = try query(sql)
        guard rows.count == 1 else { throw PostgresError.unexpectedRowCount(expected: 1, actual: rows.count) }
        return rows[0]
    }

    /// Loads rows by `COPY table (columns) FROM STDIN (FORMAT text)` and returns their number. The statement takes no
    /// parameters. An error of the body fails the transaction, since the server has begun to read.
    @discardableResult
    public func copyIn(_ sql: SQL, _ body: (inout CopyWriter) throws -> Void) throws -> Int {
        let (text, parameters) = sql.rendered()
        guard parameters.isEmpty else {
            throw PostgresError.server(sqlState: "42P02", message: "COPY takes no parameters")
        }
        try flush()
        return try run { session in
            try session.beginCopy(text, stop: stop)
            var writer = CopyWriter { try session.sendCopy($0, stop: self.stop) }
            do {
                try body(&writer)
                try writer.flush()
            } catch {
                if !session.isBroken { try abandonCopy(session) }
                throw error
            }
            return try session.endCopy(stop: stop)
        }.affectedRows
    }

    /// The server answers an abandoned COPY with an error of its own, which says nothing new.
    private func abandonCopy(_ session: Session) throws {
        do {
            _ = try session.endCopy(failing: "abandoned", stop: .none)
        } catch let error as PostgresError where error.sqlState != nil {
            failure = error
        }
    }

    /// Runs text of our own that may hold several statements. For migrations and set-up only.
    public func executeScript(_ text: String) throws {
        try flush()
        _ = try run { try $0.simple(text, stop: stop) }
    }

    /// Runs the body so that its changes, and a failed statement in it, are undone alone when it throws.
    @discardableResult
    public func savepoint<Value>(_ body: () throws -> Value) throws -> Value {
        savepoints += 1
        let name = "savepoint_\(savepoints)"
        let actions = commitActions.count
        _ = try run(.text("SAVEPOINT \(name)"))
        do {
            let value = try body()
            if let failure { throw failure }
            _ = try run(.text("RELEASE SAVEPOINT \(name)"))
            return value
        } catch {
            if abortion == nil {
                commitActions.removeSubrange(actions...)
                // What waits is of this savepoint alone: all that was before it went with it.
                waiting = []
                _ = try run(.text("ROLLBACK TO SAVEPOINT \(name)"))
                failure = nil
            }
            throw error
        }
    }

    /// Has the action called once after this transaction has been committed for certain, on the connection's thread;
    /// it must be short. Nothing is called after a rollback or an unknown outcome.
    public func afterCommit(_ action: @escaping @Sendable () -> Void) { commitActions.append(action) }

    /// The stored form of a role's password.
    func passwordVerifier(_ password: String, role: String) throws -> String {
        try session.passwordVerifier(password, role: role)
    }

    /// Whether the transaction is still the one that was begun, after a script that might have ended it.
    var isStillOpen: Bool { session.isInTransaction }

    /// Sends what waits.
    private func flush() throws {
        guard let last = waiting.popLast() else { return }
        _ = try run(last)
    }

    /// Runs a statement, together with what waits.
    private func run(_ statement: Session.Statement) throws -> ResultSet {
        let statements = waiting + [statement]
        waiting = []
        let result = try run { session in
            guard statements.count > 1 else { return try session.run(statement, stop: stop) }
            guard let last = try session.run(together: statements, stop: stop).last else {
                throw PostgresError.connection("the server gave no answer")
            }
            return last
        }
        hasBegun = true
        return result
    }

    private func run(_ operation: (Session) throws -> ResultSet) throws -> ResultSet {
        guard isOpen else { throw PostgresError.connection("the transaction has ended") }
        if let abortion { throw abortion }
        do {
            return try operation(session)
        } catch let error as PostgresError {
            switch error {
            case .cancelled, .deadlineExceeded, .connection: abortion = error
            case .server:
                // The first refusal is the cause; what follows in a failed transaction only repeats that it failed.
                if failure == nil { failure = error }
            case .poolExhausted, .unknownOutcome, .decoding, .unexpectedRowCount: break
            }
            throw error
        }
    }
}

/// Writes the text form of COPY, in pieces of about 64 KiB.
public struct CopyWriter {
    private static let pieceSize = 65_536

    private var buffer: [UInt8] = []
    private let send: ([UInt8]) throws -> Void

    init(send: @escaping ([UInt8]) throws -> Void) { self.send = send }

    /// Appends one row; nil is NULL, and every character that COPY gives a meaning is escaped.
    public mutating func row(_ values: [String?]) throws {
        for (index, value) in values.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: "\t")) }
            guard let value else {
                buffer += "\\N".utf8
                continue
            }
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): buffer += "\\\\".utf8
                case UInt8(ascii: "\t"): buffer += "\\t".utf8
                case UInt8(ascii: "\n"): buffer += "\\n".utf8
                case UInt8(ascii: "\r"): buffer += "\\r".utf8
                default: buffer.append(byte)
                }
            }
        }
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.pieceSize { try flush() }
    }

    /// Appends bytes that already have the form the statement asks for.
    public mutating func raw(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= Self.pieceSize { try flush() }
    }

    mutating func flush() throws {
        guard !buffer.isEmpty else { return }
        try send(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
