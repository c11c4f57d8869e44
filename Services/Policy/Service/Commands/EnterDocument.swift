import Domain
import PolicyDomain
import ServiceRuntime

/// Enters a policy document (POL-1).
struct EnterDocument: UseCase {
    let id: DocumentID
    let content: DocumentContent

    var object: String { "document \(id)" }

    func run(_ command: Command, _ store: PolicyStore) throws -> Document {
        try command.caller.require(Action.writeDocument, unit: content.owner.text)
        let document = Document.enter(content, id: id, at: command.time)
        try store.documents.insert(document, in: command.tx)
        try command.emit(PolicyEvents.entered(document))
        return document
    }
}
