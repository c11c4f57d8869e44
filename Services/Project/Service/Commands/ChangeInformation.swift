import Domain
import Foundation
import ProjectDomain
import ServiceRuntime

/// Files an item of information with the office: a unit what it collected, an enterprise what it tells itself (PRJ-1).
struct FileInformation: InformationUseCase {
    let id: InformationID
    let informationClass: InformationClass
    let collector: Collector
    /// The unit that staff file for; nil for an enterprise.
    let unit: UnitID?
    let subject: String
    let content: String

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        let item = Information(
            id: id, informationClass: informationClass, collector: collector, filer: try filer(command.caller),
            subject: subject, content: content, filedAt: command.time)
        try store.information.insert(item, in: command.tx)
        try command.emit(InformationEvents.filed(item, seq: 1))
        return item
    }

    /// Enterprises file for the enterprise that their token names, staff for a unit within their scope.
    private func filer(_ caller: Caller) throws -> Information.Filer {
        if caller.kind == .enterprise {
            guard let text = caller.enterpriseID, let enterprise = UUID(uuidString: text) else {
                throw Problem.denied(
                    "the token acts for no enterprise", zh: "请先选择所代表的企业", reason: .scopeDenied)
            }
            guard unit == nil else { throw Problem.invalid("unit_id", "enterprises file for themselves") }
            guard collector == .enterprise else { throw Problem.invalid("collector", "must be ENTERPRISE") }
            try caller.require(Action.fileInformation, enterprise: text)
            return .enterprise(enterprise)
        }
        guard let unit else { throw Problem.invalid("unit_id", "must not be empty") }
        try caller.require(Action.fileInformation, unit: unit.text)
        return .unit(unit)
    }
}

/// Gives an item its class and its unit (PRJ-1).
struct SortInformation: InformationUseCase {
    let id: InformationID
    let version: Int64
    let informationClass: InformationClass
    let unit: UnitID

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        var item = try store.information(id, version: version, in: command.tx)
        try command.caller.require(Action.sortInformation, filedBy: item.filer)
        try item.sort(as: informationClass, to: unit, at: command.time)
        _ = try store.information.save(item, events: 0, in: command.tx)
        return item
    }
}

/// Records how the unit dealt with an item (PRJ-1).
struct DisposeInformation: InformationUseCase {
    let id: InformationID
    let version: Int64
    let disposal: String

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        var item = try store.information(id, version: version, in: command.tx)
        if let unit = item.sorting?.unit {
            try command.caller.require(Action.handleInformation, unit: unit.text)
        } else {
            try command.caller.require(Action.handleInformation, filedBy: item.filer)
        }
        try item.dispose(disposal, at: command.time)
        let seq = try store.information.save(item, events: 1, in: command.tx)
        try command.emit(InformationEvents.disposed(item, at: command.now, seq: seq))
        return item
    }
}

/// Tells whoever filed an item what became of it, which closes the loop (PRJ-1).
struct FeedBackInformation: InformationUseCase {
    let id: InformationID
    let version: Int64
    let feedback: String

    func run(_ command: Command, _ store: ProjectStore) throws -> Information {
        var item = try store.information(id, version: version, in: command.tx)
        try command.caller.require(Action.sortInformation, filedBy: item.filer)
        try item.feedBack(feedback, at: command.time)
        let seq = try store.information.save(item, events: 1, in: command.tx)
        try command.emit(InformationEvents.fedBack(item, at: command.now, seq: seq))
        return item
    }
}

extension Caller {
    /// Requires an action for what somebody filed.
    ///
    /// - Throws: `Problem` PERMISSION_DENIED.
    func require(_ action: String, filedBy filer: Information.Filer) throws {
        switch filer {
        case .unit(let unit): try require(action, unit: unit.text)
        case .enterprise(let id): try require(action, enterprise: id.uuidString.lowercased())
        }
    }

    /// Whether the caller holds an action for what somebody filed.
    func may(_ action: String, filedBy filer: Information.Filer) -> Bool {
        do {
            try require(action, filedBy: filer)
            return true
        } catch {
            return false
        }
    }
}
