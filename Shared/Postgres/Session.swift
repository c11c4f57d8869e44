import CLibpq
import Foundation
import Logging

/// Owns one `PGconn` and closes it at the end of its life.
struct ConnectionHandle: ~Copyable {
    let pointer: OpaquePointer

    deinit { PQfinish(pointer) }
}

/// What makes a wait for the server end early.
struct StopRule {
    /// The caller's deadline.
    var deadline: ContinuousClock.Instant?
    /// Whether cancellation of the task counts; rolling back and committing must not be cut off by it.
    var observesCancellation = true
    /// Whether the whole pool is being closed.
    var abandoned: () -> Bool = { false }

    /// For statements that end a transaction.
    static var none: StopRule { StopRule(deadline: nil, observesCancellation: false) }

    var reason: PostgresError? {
        if observesCancellation && (Task.isCancelled || abandoned()) { return .cancelled }
        if let deadline, ContinuousClock.now >= deadline { return .deadlineExceeded }
        return nil
    }
}

/// One open connection to the server with its prepared statements. Lives inside one `Connection` and is used on its
/// thread only, which is why it is not Sendable.
final class Session {
    /// How long the server may take beyond its own statement time-out, or to react to a cancel request, before the
    /// connection is given up.
    private static let grace = Duration.seconds(3)
    /// Prepared statements kept on the server per connection.
    private static let statementLimit = 256

    private let handle: ConnectionHandle
    private let wakeup: Wakeup
    private let statementTimeout: Duration
    private let notices: Unmanaged<NoticeSink>
    private var statements: [StatementKey: (name: String, lastUse: Int)] = [:]
    private var uses = 0
    private(set) var isBroken = false
    /// Set when a schema change made a prepared statement unusable; the transaction may be run again.
    private(set) var hasStalePlans = false

    /// What the server is asked to do.
    enum Statement {
        /// Text as it is.
        case text(String)
        /// A prepared statement with binary parameters and results.
        case bound(SQL)
    }

    struct StatementKey: Hashable {
        let text: String
        let types: [UInt32]
    }

    /// Opens a connection. Throws `PostgresError.connection`, `.cancelled` or `.deadlineExceeded`.
    init(
        configuration: PostgresConfiguration, wakeup: Wakeup, stop: StopRule, logger: Logger
    ) throws {
        let parameters = configuration.connectionParameters
        let opened = withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in PQconnectStartParams(keywords, values, 0) }
        }
        guard let opened else { throw PostgresError.connection("no memory for a connection") }
        handle = ConnectionHandle(pointer: opened)
        self.wakeup = wakeup
        statementTimeout = configuration.statementTimeout
        notices = Unmanaged.passRetained(NoticeSink(logger: logger))
        PQsetNoticeReceiver(opened, receiveNotice, notices.toOpaque())
        try finishConnecting(within: configuration.connectTimeout, stop: stop)
        guard PQsetnonblocking(opened, 1) == 0 else { throw broken() }
    }

    deinit {
        // The connection reports no notice any more once it has been closed, which happens after this.
        PQsetNoticeReceiver(handle.pointer, { _, _ in }, nil)
        notices.release()
    }

    private func finishConnecting(within timeout: Duration, stop: StopRule) throws {
        let limit = ContinuousClock.now + timeout
        var progress = PGRES_POLLING_WRITING
        while true {
            if PQstatus(handle.pointer) == CONNECTION_BAD || progress == PGRES_POLLING_FAILED { throw broken() }
            if progress == PGRES_POLLING_OK { return }
            if let reason = stop.reason { throw reason }
            let events = progress == PGRES_POLLING_READING ? POLLIN : POLLOUT
            let until = stop.deadline.map { min($0, limit) } ?? limit
            switch wakeup.wait(socket: PQsocket(handle.pointer), events: Int32(events), until: until) {
            case .socketReady: progress = PQconnectPoll(handle.pointer)
            case .signalled: continue
            case .limitReached:
                if ContinuousClock.now >= limit {
                    throw PostgresError.connection("no answer within the time to connect")
                }
            }
        }
    }

    var backendPID: Int32 { PQbackendPID(handle.pointer) }
    var socket: Int32 { PQsocket(handle.pointer) }
    var isInTransaction: Bool { PQtransactionStatus(handle.pointer) == PQTRANS_INTRANS }
    var isInFailedTransaction: Bool { PQtransactionStatus(handle.pointer) == PQTRANS_INERROR }
    var isIdle: Bool { !isBroken && PQtransactionStatus(handle.pointer) == PQTRANS_IDLE }

    /// Marks the connection as lost and says why.
    private func broken() -> PostgresError {
        isBroken = true
        let message = PQerrorMessage(handle.pointer).map { String(cString: $0).trimmedMessage } ?? ""
        return .connection(message.isEmpty ? "the connection was lost" : message)
    }

    /// Runs text as it is, possibly several statements; the last result counts.
    @discardableResult
    func simple(_ text: String, stop: StopRule) throws -> ResultSet {
        try exchange(stop) { PQsendQuery($0, text) }
    }

    /// Runs one statement and waits for its answer.
    func run(_ statement: Statement, stop: StopRule) throws -> ResultSet {
        switch statement {
        case .text(let text): return try simple(text, stop: stop)
        case .bound(let sql):
            return try noticingLostStatements {
                let call = try prepare(sql, stop: stop)
                if call.isNew { _ = try remembering(call) { try exchange(stop) { call.sendPreparation($0) } } }
                return try exchange(stop) { call.send($0) }
            }
        }
    }

    /// Sends several statements at once and waits for all their answers, which takes one round trip instead of one
    /// each (libpq's pipeline mode). After the first that fails the server runs none of the others.
    ///
    /// - Returns: one result for each statement; a text holds a single statement here.
    func run(together statements: [Statement], stop: StopRule) throws -> [ResultSet] {
        if isBroken { throw PostgresError.connection("the connection was lost") }
        if let reason = stop.reason { throw reason }
        return try noticingLostStatements {
            // Making room among the prepared statements is a conversation of its own, so it comes first.
            let calls = try statements.map { statement -> PreparedCall in
                switch statement {
                case .text(let text): PreparedCall(text: text)
                case .bound(let sql): try prepare(sql, stop: stop)
                }
            }
            guard PQenterPipelineMode(handle.pointer) == 1 else { throw broken() }
            let sent = calls.allSatisfy { call in
                (!call.isNew || call.sendPreparation(handle.pointer) == 1) && call.send(handle.pointer) == 1
            }
            let refusal = sent ? nil : self.refusal()
            guard PQpipelineSync(handle.pointer) == 1 else { throw broken() }
            var results: [ResultSet]
            do {
                results = try collect(stop)
                guard PQexitPipelineMode(handle.pointer) == 1 else { throw broken() }
            } catch {
                forget(calls)
                if !isBroken, PQexitPipelineMode(handle.pointer) != 1 { throw broken() }
                throw error
            }
            if let refusal {
                forget(calls)
                throw refusal
            }
            // Preparing has an answer of its own, before the statement's.
            for (index, call) in calls.enumerated() where call.isNew { results.remove(at: index) }
            return results
        }
    }

    /// Which of the new statements the server has kept after a failure is not worth finding out.
    private func forget(_ calls: [PreparedCall]) {
        for call in calls where call.isNew { statements[call.key] = nil }
    }

    private func remembering<Value>(_ call: PreparedCall, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            forget([call])
            throw error
        }
    }

    /// The server may have lost its prepared statements, for instance by DISCARD; the transaction may be run again.
    private func noticingLostStatements<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresError where error.sqlState == "26000" {
            statements = [:]
            hasStalePlans = true
            throw error
        }
    }

    private func prepare(_ sql: SQL, stop: StopRule) throws -> PreparedCall {
        let (text, parameters) = sql.rendered()
        let key = StatementKey(text: text, types: parameters.map(\.type.oid))
        uses += 1
        if let known = statements[key] {
            statements[key] = (known.name, uses)
            return PreparedCall(name: known.name, isNew: false, key: key, parameters: parameters)
        }
        if statements.count >= Self.statementLimit,
            let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            statements[oldest.key] = nil
            try simple("DEALLOCATE \(oldest.value.name)", stop: stop)
        }
        // A name is never used twice, since a statement that was forgotten here may still be known there.
        let name = "s\(uses)"
        statements[key] = (name, uses)
        return PreparedCall(name: name, isNew: true, key: key, parameters: parameters)
    }

    /// Forgets every prepared statement here and on the server; only between transactions.
    func dropStalePlans() throws {
        guard hasStalePlans else { return }
        statements = [:]
        try simple("DEALLOCATE ALL", stop: .none)
        hasStalePlans = false
    }

    /// Sends something and waits for everything the server answers. A cancelled task or a passed deadline cancels
    /// the statement on the server; a server that does not react is given up.
    @discardableResult
    private func exchange(_ stop: StopRule, send: (OpaquePointer) -> Int32) throws -> ResultSet {
        if isBroken { throw PostgresError.connection("the connection was lost") }
        if let reason = stop.reason { throw reason }
        guard send(handle.pointer) == 1 else { throw refusal() }
        return try last(of: collect(stop))
    }

    /// Why libpq did not even send something.
    private func refusal() -> PostgresError {
        if PQstatus(handle.pointer) == CONNECTION_BAD { return broken() }
        return .server(sqlState: "54000", message: String(cString: PQerrorMessage(handle.pointer)).trimmedMessage)
    }

    private func last(of results: [ResultSet]) throws -> ResultSet {
        guard let last = results.last else { throw broken() }
        return last
    }

    /// Waits until everything that was sent is answered.
    private func collect(_ stop: StopRule) throws -> [ResultSet] {
        let isPipeline = PQpipelineStatus(handle.pointer) != PQ_PIPELINE_OFF
        var results: [ResultSet] = []
        var giveUp: ContinuousClock.Instant? =
            statementTimeout == .zero ? nil : ContinuousClock.now + statementTimeout + Self.grace
        var stopping: (reason: PostgresError, request: CancelRequest)?
        while true {
            let flushed = PQflush(handle.pointer)
            // A broken connection may count as busy for ever, but then asking for the result does not wait.
            if PQstatus(handle.pointer) == CONNECTION_BAD || flushed == 0 && PQisBusy(handle.pointer) == 0 {
                guard let pointer = PQgetResult(handle.pointer) else {
                    // In a pipeline this only ends the answer to one statement.
                    if isPipeline && PQstatus(handle.pointer) != CONNECTION_BAD { continue }
                    break
                }
                let result = ResultSet(owning: pointer)
                if result.status == PGRES_PIPELINE_SYNC { break }
                results.append(result)
                // The server waits for data now; the caller sends them and collects again.
                if result.status == PGRES_COPY_IN { break }
                // Nothing here reads such data, and libpq would offer them again without end.
                if result.status == PGRES_COPY_OUT || result.status == PGRES_COPY_BOTH {
                    isBroken = true
                    throw PostgresError.server(sqlState: "0A000", message: "COPY to the client is not supported")
                }
                continue
            }
            if stopping == nil, let reason = stop.reason {
                stopping = (reason, CancelRequest(handle.pointer, wakeup: wakeup))
                giveUp = ContinuousClock.now + Self.grace
            }
            let until = [giveUp, stopping == nil ? stop.deadline : nil].compactMap { $0 }.min()
            let events = flushed == 1 ? POLLIN | POLLOUT : POLLIN
            switch wakeup.wait(socket: PQsocket(handle.pointer), events: Int32(events), until: until) {
            // After a failed read libpq still hands out what the server had said, and then its own error.
            case .socketReady: _ = PQconsumeInput(handle.pointer)
            case .signalled: continue
            case .limitReached:
                guard let giveUp, ContinuousClock.now >= giveUp else { continue }
                isBroken = true
                throw stopping?.reason ?? .connection("the server did not answer in time")
            }
        }
        try finish(stopping, until: giveUp)
        if let failure = results.first(where: \.isFailure) { throw error(of: failure) }
        if PQstatus(handle.pointer) == CONNECTION_BAD { throw broken() }
        return results
    }

    /// A cancel request still under way must not hit the next statement, so it is waited for.
    private func finish(
        _ stopping: (reason: PostgresError, request: CancelRequest)?, until limit: ContinuousClock.Instant?
    ) throws {
        guard let stopping else { return }
        while !stopping.request.isDone {
            if case .limitReached = wakeup.wait(socket: nil, events: 0, until: limit) {
                isBroken = true
                break
            }
        }
        if PQstatus(handle.pointer) == CONNECTION_BAD { isBroken = true }
        throw stopping.reason
    }

    private func error(of failure: ResultSet) -> PostgresError {
        if failure.isFatal || PQstatus(handle.pointer) == CONNECTION_BAD {
            isBroken = true
            if case .server(_, let message, _, _, _, _) = failure.error { return .connection(message) }
            return failure.error
        }
        // The name of the server's function is the only sign of this that does not depend on its language.
        if failure.errorField("C") == "0A000", failure.errorField("R") == "RevalidateCachedQuery" {
            hasStalePlans = true
        }
        return failure.error
    }

    /// Starts COPY FROM STDIN; text and the data follow by `sendCopy` and `endCopy`.
    func beginCopy(_ text: String, stop: StopRule) throws {
        let result = try simple(text, stop: stop)
        guard result.status == PGRES_COPY_IN else {
            throw PostgresError.server(sqlState: "42601", message: "the statement is not COPY … FROM STDIN")
        }
    }

    func sendCopy(_ bytes: [UInt8], stop: StopRule) throws {
        if let reason = stop.reason { throw reason }
        let sent = bytes.withUnsafeBytes { raw in
            PQputCopyData(handle.pointer, raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(raw.count))
        }
        guard sent == 1 else { throw broken() }
        // Without waiting here a slow server would let the outgoing buffer grow without bound.
        let giveUp = statementTimeout == .zero ? nil : ContinuousClock.now + statementTimeout + Self.grace
        while true {
            let flushed = PQflush(handle.pointer)
            if flushed == 0 { return }
            if flushed < 0 { throw broken() }
            if let reason = stop.reason { throw reason }
            let until = [giveUp, stop.deadline].compactMap { $0 }.min()
            switch wakeup.wait(socket: PQsocket(handle.pointer), events: Int32(POLLIN | POLLOUT), until: until) {
            case .socketReady: _ = PQconsumeInput(handle.pointer)
            case .signalled: continue
            case .limitReached:
                if let giveUp, ContinuousClock.now >= giveUp { throw broken() }
            }
        }
    }

    /// Ends COPY; with a reason the server discards what it got and fails the statement.
    func endCopy(failing reason: String? = nil, stop: StopRule) throws -> ResultSet {
        guard PQputCopyEnd(handle.pointer, reason) >= 0 else { throw broken() }
        return try last(of: collect(stop))
    }

    /// Notifications that have arrived, as channel and payload; marks the session as broken if the server is gone.
    func takeNotifications() -> [(channel: String, payload: String)] {
        if PQconsumeInput(handle.pointer) == 0 || PQstatus(handle.pointer) == CONNECTION_BAD { isBroken = true }
        var taken: [(String, String)] = []
        while let notification = PQnotifies(handle.pointer) {
            taken.append(
                (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return taken
    }

    /// The stored form of a password (SCRAM-SHA-256), so that the clear text never reaches the server or its log.
    func passwordVerifier(_ password: String, role: String) throws -> String {
        guard let encrypted = PQencryptPasswordConn(handle.pointer, password, role, "scram-sha-256") else {
            throw PostgresError.connection("the password could not be encrypted")
        }
        defer { PQfreemem(encrypted) }
        return String(cString: encrypted)
    }
}

/// Takes the server's notices, which libpq would print to the error stream otherwise.
private final class NoticeSink {
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func receive(_ text: String) { logger.debug("database notice", metadata: ["notice": "\(text)"]) }
}

private func receiveNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
    guard let context, let text = PQresultErrorField(result, Int32(UInt8(ascii: "M"))) else { return }
    Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue().receive(String(cString: text))
}

/// Calls the body with a NULL-terminated list of C strings that live as long as the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
}
