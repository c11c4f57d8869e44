import Postgres

/// Writes audit rows; the role of the running service may insert them and nothing else (rule 20).
public struct AuditLog: Sendable {
    /// How a call ended, as far as the audit is concerned.
    public enum Outcome: Sendable, Hashable {
        /// The effect is in the same transaction.
        case done
        /// Refused, with the reason.
        case denied(String)
    }

    private let schema: String

    /// The audit of a service's schema.
    public init(schema: String) { self.schema = schema }

    /// Adds a row about a call. `object` names what was touched, `detail` at most 2,000 characters without personal
    /// data.
    public func append(
        call: CallContext.Values, outcome: Outcome, object: String, detail: String, businessTime: Instant? = nil,
        in transaction: Transaction
    ) {
        let caller = call.caller ?? .anonymous
        let (word, reason): (String, String)
        switch outcome {
        case .done: (word, reason) = ("done", "")
        case .denied(let why): (word, reason) = ("denied", why)
        }
        transaction.enqueue(
            """
            INSERT INTO \(identifier: schema).audit_entry
                (business_at, subject, subject_kind, unit, enterprise, method, object, outcome, reason, detail,
                 request_identifier, trace_id, remote)
            VALUES (\(businessTime), \(caller.accountID), \(caller.kind.rawValue), \(caller.unitID ?? ""),
                \(caller.enterpriseID ?? ""), \(call.method), \(object), \(word), \(reason),
                \(String(String.UnicodeScalarView(detail.unicodeScalars.prefix(2_000)))), \(call.requestIdentifier), \(TraceContext.current?.traceID ?? ""),
                \(call.remotePeer))
            """)
    }
}
