import Crypto
import DirectoryDomain
import Domain
import Messaging
import Postgres
import ServiceRuntime

/// Here a unit's name is the one that directory gives, which is stricter than what others accept in reading it.
typealias UnitID = DirectoryDomain.UnitID

/// What the use cases are built on, put together once by ``DirectoryApp``.
struct DirectoryParts: Sendable {
    let runtime: Runtime
    let vault: DataVault
    let hasher: PasswordHasher
    let passwordRules: PasswordRules
    let serviceSecrets: ServiceSecrets
    let rootKey: RootKey
    let codeSender: CodeSender
    /// Shortest pause between two codes to one phone, in seconds.
    let codePauseSeconds: Int64
    /// Codes that may be asked for from one address in an hour; 0 for any number.
    let codesPerAddress: Int

    /// Runs a call that has no request identifier, such as a login, in a transaction of its own. The body returns what
    /// it found instead of throwing where a refusal has to be counted: what it stored then stays stored.
    func perform<Value: Sendable>(_ body: @escaping @Sendable (Work) throws -> Value) async throws -> Value {
        guard let call = CallContext.current else { throw Problem.unauthenticated("a command needs a call") }
        return try await runtime.database.transaction(.calls, deadline: call.deadline) { [runtime] tx in
            try body(Work(tx: tx, call: call, now: try runtime.clock.now(tx), runtime: runtime))
        }
    }

    /// Checks that a phone, and the address that the call comes from, may get another code. Without the second one
    /// caller could have codes sent to every phone there is.
    ///
    /// - Returns: the address's index, to be kept with the code.
    /// - Throws: ``Problem`` RESOURCE_EXHAUSTED.
    func checkAllowance(phoneIndex: [UInt8], at now: RealTime, _ command: Command) throws -> [UInt8] {
        let allowance = try OneTimeCodeRepository.allowance(
            phoneIndex: phoneIndex, pauseSeconds: codePauseSeconds, at: now, command.tx)
        guard allowance.allowsSending(at: now) else { throw Problem.exhausted("too many codes for this phone") }
        let address = vault.index(ofAddress: CallContext.current?.remoteNetwork ?? "")
        let sent = try OneTimeCodeRepository.sentInHour(addressIndex: address, at: now, command.tx)
        guard codesPerAddress == 0 || sent < codesPerAddress else {
            throw Problem.exhausted("too many codes were asked for from this address")
        }
        return address
    }

    /// Runs a query of the current call.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Transaction, CivilDate) throws -> Value) async throws
        -> Value
    {
        try await runtime.database.transaction(.calls, readOnly: true, deadline: CallContext.deadline) {
            [clock = runtime.clock] tx in try body(tx, try clock.today(tx))
        }
    }
}

/// What the body of a call without a request identifier works with.
struct Work {
    let tx: Transaction
    let call: CallContext.Values
    /// Business time.
    let now: Instant
    let runtime: Runtime

    /// Publishes events when the transaction commits.
    func emit(_ events: [OutgoingEvent]) throws { try runtime.outbox.append(contentsOf: events, in: tx) }

    /// Adds an audit row that stays with what the transaction stored; no personal data.
    func audit(_ outcome: AuditLog.Outcome, object: String, detail: String = "") throws {
        runtime.audit.append(
            call: call, outcome: outcome, object: object, detail: detail, businessTime: now, in: tx)
    }
}

/// What a transaction led to when a refusal must not undo it.
enum Verdict<Value: Sendable>: Sendable {
    case granted(Value)
    case refused(Problem)

    /// The value.
    ///
    /// - Throws: The refusal.
    func get() throws -> Value {
        switch self {
        case .granted(let value): return value
        case .refused(let problem): throw problem
        }
    }
}

/// The key under which every key set is signed (DIR-6).
struct RootKey: Sendable {
    let key: Curve25519.Signing.PrivateKey
    /// The first eight bytes of the public key's SHA-256, in hexadecimal digits.
    let id: String

    /// A root key from its raw 32 bytes.
    init(_ bytes: [UInt8]) throws {
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        id = Secret.hexadecimal([UInt8](SHA256.hash(data: key.publicKey.rawRepresentation).prefix(8)))
    }
}
