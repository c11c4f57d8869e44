import AssessmentDomain
import Domain
import ServiceRuntime

/// Drafts a scheme of a tier (ASM-8).
struct DraftScheme: SchemeUseCase {
    let id: SchemeID
    let tier: Tier
    let content: SchemeContent

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredScheme {
        try store.validate(content, in: command.tx)
        let scheme = Scheme.draft(content, of: tier, id: id, by: command.account)
        try store.schemes.insert(scheme, in: command.tx)
        return try store.scheme(id, revision: nil, in: command.tx)
    }
}

/// Writes a draft anew (ASM-8).
struct EditScheme: SchemeUseCase {
    let id: SchemeID
    let version: Int64
    let content: SchemeContent

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredScheme {
        var scheme = try store.scheme(id, version: version, in: command.tx)
        try store.validate(content, in: command.tx)
        try scheme.edit(content, by: command.account)
        try store.schemes.save(scheme, in: command.tx)
        return try store.scheme(id, revision: nil, in: command.tx)
    }
}

/// Puts a draft into force (ASM-8).
struct PublishScheme: SchemeUseCase {
    let id: SchemeID
    let version: Int64

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredScheme {
        var scheme = try store.scheme(id, version: version, in: command.tx)
        let publisher = command.account
        let superseded = try scheme.publish(by: publisher)
        let seq = try store.schemes.save(
            scheme, publishedBy: publisher, superseding: superseded, in: command.tx)
        try command.emit(AssessmentEvents.published(scheme, at: command.now, seq: seq))
        return try store.scheme(id, revision: nil, in: command.tx)
    }
}

/// Opens a new draft of a scheme in force (ASM-8).
struct ReviseScheme: SchemeUseCase {
    let id: SchemeID
    let version: Int64

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredScheme {
        var scheme = try store.scheme(id, version: version, in: command.tx)
        try scheme.revise(by: command.account)
        try store.schemes.save(scheme, in: command.tx)
        return try store.scheme(id, revision: nil, in: command.tx)
    }
}
