import Domain
import PolicyDomain
import ServiceRuntime

/// Withdraws a point in force with a reason (POL-6).
struct WithdrawPoint: PointUseCase {
    let id: PointID
    let version: Int64
    let reason: String

    func run(_ command: Command, _ store: PolicyStore) throws -> PointRevision {
        var point = try store.point(id, version: version, in: command.tx)
        let unit = point.inForce?.content.responsibleUnit ?? point.responsibleUnit
        try command.caller.require(Action.publishPoint, unit: unit.text)
        let fact = try point.withdraw(reason: reason, at: command.time)
        let seq = try store.points.save(fact, of: point, in: command.tx)
        try store.index.remove(point.id, in: command.tx)
        try command.emit(contentsOf: PolicyEvents.withdrawn(fact, of: point, seq: seq))
        guard let revision = try store.points.revision(fact.publication.revision, of: id, in: command.tx) else {
            throw Problem.notFound("point \(id)")
        }
        return revision
    }
}
