import Domain
import EnterpriseDomain
import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime

/// A point came into force: it is replicated and matched (ENT-9).
struct OnPointPublished: Sendable {
    let parts: EnterpriseParts

    /// Adds the handler to the subscription of points.
    func register(_ subscription: inout Subscription) {
        subscription.on(Zhitongche_Policy_V1_PointPublished.self) { try apply($0, $1, $2) }
    }

    private func apply(
        _ published: Zhitongche_Policy_V1_PointPublished, _ event: IncomingEvent, _ tx: Transaction
    ) throws {
        guard published.pointID == event.key, published.revision >= 1, published.hasContent else {
            throw EventRejection("point, revision and content are required, and the point is the key")
        }
        do {
            try Identifiers.check(published.pointID, field: "point_id", length: 1...64)
            try Identifiers.check(published.content.title, field: "content.title", length: 1...256)
            _ = try PointTerms(published.content)
        } catch {
            throw EventRejection("the point cannot be matched: \(error)")
        }
        let isNewer = try PointReplica(tx: tx).publish(
            id: published.pointID, revision: published.revision, title: published.content.title,
            content: published.content.serializedBytes(), publishedAt: Instant(published.publishedAt),
            eventSeq: event.seq)
        guard isNewer else { return }
        try MatchQueue(tx: tx).append(point: published.pointID)
        parts.wakeAfterCommit(tx)
    }
}
