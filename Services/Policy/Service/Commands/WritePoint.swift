import Domain
import PolicyDomain
import ServiceRuntime

/// Drafts a point of a document (POL-2).
struct DraftPoint: PointUseCase {
    let id: PointID
    let document: DocumentID
    let content: PointContent

    func run(_ command: Command, _ store: PolicyStore) throws -> PointRevision {
        try command.caller.require(Action.draftPoint, unit: content.responsibleUnit.text)
        guard try store.documents.find(document, in: command.tx) != nil else {
            throw Problem.invalid("document_id", "no such document")
        }
        let point = Point.draft(content, of: document, id: id, by: command.account)
        try store.points.insert(point, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// Changes a draft (POL-6).
struct EditPoint: PointUseCase {
    let id: PointID
    let version: Int64
    let content: PointContent

    func run(_ command: Command, _ store: PolicyStore) throws -> PointRevision {
        var point = try store.point(id, version: version, in: command.tx)
        // A draft may be handed to another unit only by someone who acts for both.
        try command.caller.require(Action.draftPoint, unit: point.responsibleUnit.text)
        try command.caller.require(Action.draftPoint, unit: content.responsibleUnit.text)
        try point.edit(content, by: command.account)
        try store.points.saveWork(of: point, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// Opens a new draft version of a point in force (POL-6).
struct RevisePoint: PointUseCase {
    let id: PointID
    let version: Int64

    func run(_ command: Command, _ store: PolicyStore) throws -> PointRevision {
        var point = try store.point(id, version: version, in: command.tx)
        try command.caller.require(Action.draftPoint, unit: point.responsibleUnit.text)
        try point.revise(by: command.account)
        try store.points.saveWork(of: point, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}
