import Foundation
import NotificationDomain
import Postgres
import ServiceRuntime

/// Whose inbox it is: the account reads, and what its enterprise is told is what it sees (NTF-1).
struct InboxOwner: Sendable {
    let account: UUID
    /// Nil for staff, and for users whose claim is not proven yet.
    let enterprise: UUID?
    /// Units whose notices staff see: the own one and those that have become it, since what was routed to a unit follows
    /// it (DIR-3).
    let units: [String]
    /// What staff hold in their unit, as far as notices can be for it.
    let posts: Set<Post>

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
        units = caller.kind == .staff ? caller.ownUnits : []
        posts = Set(caller.roles.compactMap(Post.init(rawValue:)))
    }

    /// By which number audiences name the enterprise; nil when there is none or it is not known here yet.
    func ordinal(in transaction: Transaction) throws -> UInt32? {
        try enterprise.flatMap { try EnterpriseReplica.ordinal(of: $0, in: transaction) }
    }
}
