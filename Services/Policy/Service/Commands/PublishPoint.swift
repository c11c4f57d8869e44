import Domain
import PolicyDomain
import ServiceRuntime

/// Publishes a point in review; the version in force before is superseded (POL-6).
struct PublishPoint: PointUseCase {
    let id: PointID
    let version: Int64

    func run(_ command: Command, _ store: PolicyStore) throws -> PointRevision {
        var point = try store.point(id, version: version, in: command.tx)
        try command.caller.require(Action.publishPoint, unit: point.responsibleUnit.text)
        // A revision may move a point to another unit, but not out of a unit that the publisher does not act for.
        if let before = point.inForce {
            try command.caller.require(Action.publishPoint, unit: before.content.responsibleUnit.text)
        }
        let fact = try point.publish(
            by: command.account, at: command.time, today: command.today)
        let seq = try store.points.save(fact, of: point, in: command.tx)
        let document = try store.document(point.documentID, in: command.tx)
        try store.index.enter(
            fact.publication, of: point.id, number: document.content.number, in: command.tx)
        try command.emit(contentsOf: PolicyEvents.published(fact, of: point, document: document, seq: seq))
        return try store.newest(id, in: command.tx)
    }
}
