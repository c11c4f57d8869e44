import NotificationContracts
import Postgres
import ServiceRuntime

/// The caller's own address, and what is sent to it (NTF-4).
struct GetContact: Sendable {
    let database: Database

    func callAsFunction(owner: InboxOwner) async throws -> StoredContact? {
        try await database.transaction(readOnly: true, deadline: CallContext.deadline) { transaction in
            try ContactRepository.find(owner.account, enterprise: owner.enterprise, in: transaction)
        }
    }
}
