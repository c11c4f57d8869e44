import PolicyDomain
import Postgres
import ServiceRuntime

/// Takes the texts of points in force apart again where an earlier program did it in another way (POL-9).
struct RenewIndex: Sendable {
    /// Points per transaction, so that none holds its locks for long.
    private static let batch = 100

    let store: PolicyStore
    let database: Database

    /// Renews all rows of another format.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func run() async throws -> Int {
        var total = 0
        while true {
            let renewed = try await database.transaction(.consumers) { try batch(in: $0) }
            total += renewed
            if renewed < Self.batch { return total }
        }
    }

    private func batch(in tx: Transaction) throws -> Int {
        let outdated = try store.index.outdated(limit: Self.batch, in: tx)
        for id in outdated {
            guard let point = try store.points.find(id, in: tx), let publication = point.inForce else { continue }
            let document = try store.document(point.documentID, in: tx)
            try store.index.enter(publication, of: id, number: document.content.number, in: tx)
        }
        return outdated.count
    }
}
