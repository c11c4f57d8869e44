import Crypto
import Foundation
import Messaging
import Postgres
import SwiftProtobuf

/// The one way of every command: request identifier, audit row, body and kept answer in one transaction (XCT-13).
///
/// The same identifier with the same request returns the first answer without any effect; with another request it is
/// INVALID_ARGUMENT with REQUEST_ID_REUSED. Failures are not kept, so a failed command may be repeated.
public struct Commands: Sendable {
    /// How long answers are kept.
    public static let retention = Duration.seconds(7 * 86_400)

    private let schema: String
    private let database: Database
    private let outbox: Outbox
    private let clock: BusinessClock
    private let audit: AuditLog

    /// The commands of a service's schema.
    public init(schema: String, database: Database, outbox: Outbox) {
        self.schema = schema
        self.database = database
        self.outbox = outbox
        clock = BusinessClock(schema: schema)
        audit = AuditLog(schema: schema)
    }

    /// Runs a command of the current call.
    ///
    /// - Parameters:
    ///   - id: the request identifier, 1 to 64 characters.
    ///   - object: what the command touches, for the audit.
    ///   - keepAnswer: false where the answer holds a secret; repeating such a command is ALREADY_EXISTS.
    ///   - body: synchronous, may run several times; loads everything inside and captures no state that it changes.
    /// - Throws: what the body throws, ``Problem``, or `PostgresError`.
    public func run<Request: Message, Answer: Message & Sendable>(
        _ request: Request, id: String, object: String = "", keepAnswer: Bool = true,
        _ body: @escaping @Sendable (Command) throws -> Answer
    ) async throws -> Answer {
        guard (1...64).contains(id.unicodeScalars.count), !id.utf8.contains(0) else {
            throw Problem.invalid("request_id", "must have 1 to 64 characters")
        }
        guard let call = CallContext.current, let caller = call.caller else {
            throw Problem.unauthenticated("a command needs a call")
        }
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        let bytes: [UInt8] = try request.serializedBytes(options: options)
        let hash = [UInt8](SHA256.hash(data: bytes))
        let claim = Claim(
            schema: schema, clock: clock, subject: caller.accountID, method: call.method, identifier: id, hash: hash)
        return try await database.transaction(.calls, deadline: call.deadline) {
            [outbox, audit] transaction in
            switch try claim.take(transaction) {
            case .repeated(let answer):
                guard let answer else {
                    throw Problem.alreadyExists("a command with this request_id; its answer is shown only once")
                }
                return try Answer(serializedBytes: answer)
            case .fresh(let now):
                let command = Command(
                    tx: transaction, caller: caller, now: now, today: try BusinessClock.date(of: now), outbox: outbox,
                    audit: audit, call: call)
                let answer = try body(command)
                command.audit(object: object)
                if keepAnswer { claim.keep(try answer.serializedBytes(), transaction) }
                return answer
            }
        }
    }

    /// Deletes answers past their time, a thousand at once.
    ///
    /// - Returns: how many were deleted.
    func forgetOldAnswers() async throws -> Int {
        let limit = Instant.now - Self.retention
        return try await database.transaction(.consumers) { [schema] transaction in
            try transaction.execute(
                """
                DELETE FROM \(identifier: schema).request_identifier WHERE ctid IN (
                    SELECT ctid FROM \(identifier: schema).request_identifier
                    WHERE created_at < \(limit) ORDER BY created_at LIMIT 1000)
                """)
        }
    }
}

/// The claim of one request identifier. The unique key makes a second call wait for the first one's transaction.
private struct Claim: Sendable {
    enum Outcome {
        case fresh(now: Instant)
        case repeated(answer: [UInt8]?)
    }

    let schema: String
    let clock: BusinessClock
    let subject: String
    let method: String
    let identifier: String
    let hash: [UInt8]

    func take(_ transaction: Transaction) throws -> Outcome {
        // The clock is asked in the same round trip, once the claim is taken.
        let claimed = try transaction.first(
            """
            INSERT INTO \(identifier: schema).request_identifier (subject, method, identifier, request_hash)
            VALUES (\(subject), \(method), \(identifier), \(hash)) ON CONFLICT DO NOTHING
            RETURNING \(clock.reading) AS now
            """)
        if let claimed { return .fresh(now: try claimed.get("now")) }
        let row = try transaction.only(
            """
            SELECT request_hash, answer FROM \(identifier: schema).request_identifier
            WHERE subject = \(subject) AND method = \(method) AND identifier = \(identifier)
            """)
        guard try row.get("request_hash", as: [UInt8].self) == hash else {
            throw Problem(
                .invalidArgument, .requestIDReused, zh: "请求编号已用于另一个请求",
                en: "the request_id was used before with another request",
                violations: [Problem.FieldViolation("request_id", "was used before with another request")])
        }
        return .repeated(answer: try row.get("answer", as: [UInt8]?.self))
    }

    func keep(_ answer: [UInt8], _ transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE \(identifier: schema).request_identifier SET answer = \(answer)
            WHERE subject = \(subject) AND method = \(method) AND identifier = \(identifier)
            """)
    }
}
