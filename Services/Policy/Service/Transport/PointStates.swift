import Messaging
import PolicyDomain
import Postgres
import ServiceRuntime

/// Seeds the state topic of points from the tables (rule 11). Points are withdrawn or expire, they are never deleted,
/// so there is no tombstone.
enum PointStates {
    static func source(_ store: PolicyStore) -> StateSource {
        StateSource(PolicyApp.pointState) { after, limit, tx in
            try store.points.announced(
                after: try after.map { try PointID($0, field: "page_token") }, limit: limit, in: tx)
        } name: {
            $0.id.description
        } states: { points, now, tx in
            try points.compactMap { announced in
                guard let point = try store.points.find(announced.id, in: tx), let standing = point.standing
                else { return nil }
                return try PolicyEvents.state(standing, of: point, time: now, seq: announced.seq)
            }
        }
    }
}
