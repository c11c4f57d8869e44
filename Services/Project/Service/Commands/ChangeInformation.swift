import Domain
import ProjectDomain
import ServiceRuntime

/// Files an item of information with the office (PRJ-1).
struct FileInformation: Sendable {
    let id: InformationID
    let informationClass: InformationClass
    let collector: Collector
    let unit: UnitID
    let subject: String
    let content: String

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        try command.caller.require(Action.fileInformation, unit: unit.text)
        let item = Information(
            id: id, informationClass: informationClass, collector: collector, unit: unit, subject: subject,
            content: content, filedAt: BusinessTime(command.now))
        try store.information.insert(item, in: command.tx)
        try command.emit(InformationEvents.filed(item, seq: 1))
        return item
    }
}

/// Gives an item its class and its unit (PRJ-1).
struct SortInformation: Sendable {
    let id: InformationID
    let version: Int64
    let informationClass: InformationClass
    let unit: UnitID

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        var item = try store.information(id, version: version, in: command.tx)
        try command.caller.require(Action.sortInformation, unit: item.unit.text)
        try item.sort(as: informationClass, to: unit, at: BusinessTime(command.now))
        _ = try store.information.save(item, events: 0, in: command.tx)
        return item
    }
}

/// Records how the unit dealt with an item (PRJ-1).
struct DisposeInformation: Sendable {
    let id: InformationID
    let version: Int64
    let disposal: String

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        var item = try store.information(id, version: version, in: command.tx)
        try command.caller.require(Action.handleInformation, unit: (item.sorting?.unit ?? item.unit).text)
        try item.dispose(disposal, at: BusinessTime(command.now))
        let seq = try store.information.save(item, events: 1, in: command.tx)
        try command.emit(InformationEvents.disposed(item, at: command.now, seq: seq))
        return item
    }
}

/// Tells whoever filed an item what became of it, which closes the loop (PRJ-1).
struct FeedBackInformation: Sendable {
    let id: InformationID
    let version: Int64
    let feedback: String

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        var item = try store.information(id, version: version, in: command.tx)
        try command.caller.require(Action.sortInformation, unit: item.unit.text)
        try item.feedBack(feedback, at: BusinessTime(command.now))
        let seq = try store.information.save(item, events: 1, in: command.tx)
        try command.emit(InformationEvents.fedBack(item, at: command.now, seq: seq))
        return item
    }
}
