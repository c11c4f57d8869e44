import PolicyDomain
import ServiceRuntime

/// Hands a draft to review (POL-6).
struct SubmitPoint: PointUseCase {
    let id: PointID
    let version: Int64

    func run(_ command: Command, _ store: PolicyStore) throws -> PointRevision {
        var point = try store.point(id, version: version, in: command.tx)
        try command.caller.require(Action.draftPoint, unit: point.responsibleUnit.text)
        try point.submit()
        try store.points.saveWork(of: point, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// Sends a point in review back to its drafter with a reason (POL-6).
struct ReturnPoint: PointUseCase {
    let id: PointID
    let version: Int64
    let reason: String

    func run(_ command: Command, _ store: PolicyStore) throws -> PointRevision {
        var point = try store.point(id, version: version, in: command.tx)
        try command.caller.require(Action.reviewPoint, unit: point.responsibleUnit.text)
        try point.sendBack(reason: reason)
        try store.points.saveWork(of: point, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}
