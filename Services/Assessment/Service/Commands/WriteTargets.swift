import AssessmentDomain
import Domain
import ServiceRuntime

/// Drafts the targets of an indicator and year (ASM-3).
struct DraftTargets: TargetsUseCase {
    let id: TargetsID
    let indicator: IndicatorID
    let year: Int
    let content: TargetContent

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        guard let indicator = try store.indicators.find(indicator, in: command.tx) else {
            throw Problem.invalid("indicator_id", "no such indicator")
        }
        try command.caller.require(Action.draftTargets, unit: indicator.owner.text)
        let account = command.account
        let targets = try Targets.draft(content, of: indicator, year: year, id: id, by: account)
        try store.targets.insert(targets, by: account, at: command.time, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// Writes a draft anew (ASM-3).
struct EditTargets: TargetsUseCase {
    let id: TargetsID
    let version: Int64
    let content: TargetContent

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        var targets = try store.targets(id, version: version, in: command.tx)
        try command.caller.require(Action.draftTargets, unit: targets.owner.text)
        let indicator = try store.indicator(targets.indicator, in: command.tx)
        let account = command.account
        let before = targets.newest.decomposition.rows
        try targets.edit(content, of: indicator, by: account)
        try store.targets.save(
            .edit, of: targets, since: before, by: account, at: command.time, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// Accepts the mismatches of a draft as shown (ASM-3).
struct AcknowledgeMismatches: TargetsUseCase {
    let id: TargetsID
    let version: Int64
    let reason: String

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        var targets = try store.targets(id, version: version, in: command.tx)
        try command.caller.require(Action.draftTargets, unit: targets.owner.text)
        let account = command.account
        try targets.acknowledge(by: account)
        try store.targets.save(
            .acknowledge, of: targets, reason: reason, by: account, at: command.time, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// Hands a draft to review (ASM-3).
struct SubmitTargets: TargetsUseCase {
    let id: TargetsID
    let version: Int64

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        var targets = try store.targets(id, version: version, in: command.tx)
        try command.caller.require(Action.draftTargets, unit: targets.owner.text)
        try targets.submit()
        try store.targets.save(
            .submit, of: targets, by: command.account, at: command.time, in: command.tx
        )
        return try store.newest(id, in: command.tx)
    }
}

/// Opens a new draft of approved targets (ASM-3).
struct ReviseTargets: TargetsUseCase {
    let id: TargetsID
    let version: Int64
    let reason: String

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        var targets = try store.targets(id, version: version, in: command.tx)
        try command.caller.require(Action.draftTargets, unit: targets.owner.text)
        let account = command.account
        try targets.revise(reason: reason, by: account)
        try store.targets.save(
            .revise, of: targets, reason: reason, by: account, at: command.time, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}
