import Foundation
import Postgres
import ServiceRuntime

/// Whose inbox it is: the account reads, and what its enterprise is told is what it sees (NTF-1).
struct InboxOwner: Sendable {
    let account: UUID
    /// Nil for staff, and for users whose claim is not proven yet: their inbox is empty.
    let enterprise: UUID?

    /// The inbox of a caller.
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED for callers without an account, such as services.
    init(_ caller: Caller) throws {
        guard caller.kind == .staff || caller.kind == .enterprise, let account = UUID(uuidString: caller.accountID)
        else {
            throw Problem.denied("only accounts of people have an inbox")
        }
        self.account = account
        enterprise = caller.enterpriseID.flatMap { UUID(uuidString: $0) }
    }

    /// By which number audiences name the enterprise; nil when there is none or it is not known here yet.
    func ordinal(in transaction: Transaction) throws -> UInt32? {
        try enterprise.flatMap { try EnterpriseReplica.ordinal(of: $0, in: transaction) }
    }
}
