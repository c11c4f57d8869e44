import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime

/// A point was withdrawn: its audience is dissolved (ENT-9). A point that was never seen needs nothing.
struct OnPointWithdrawn: Sendable {
    let parts: EnterpriseParts

    /// Adds the handler to the subscription of points.
    func register(_ subscription: inout Subscription) {
        subscription.on(Zhitongche_Policy_V1_PointWithdrawn.self) { try apply($0, $1, $2) }
    }

    private func apply(
        _ ended: Zhitongche_Policy_V1_PointWithdrawn, _ event: IncomingEvent, _ tx: Transaction
    ) throws {
        guard ended.pointID == event.key else { throw EventRejection("the point is not the key") }
        guard try PointReplica(tx: tx).end(id: ended.pointID, as: .withdrawn, eventSeq: event.seq) else { return }
        try MatchQueue(tx: tx).append(point: ended.pointID)
        parts.wakeAfterCommit(tx)
    }
}
