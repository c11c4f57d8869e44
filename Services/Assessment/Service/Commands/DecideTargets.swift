import AssessmentDomain
import Domain
import ServiceRuntime

/// The office's review (ASM-3).
struct ReviewTargets: TargetsUseCase {
    let id: TargetsID
    let version: Int64

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        var targets = try store.targets(id, version: version, in: command.tx)
        try command.caller.require(Action.reviewTargets, unit: targets.owner.text)
        let account = command.account
        try targets.review(by: account)
        try store.targets.save(
            .review, of: targets, by: account, at: command.time, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// Sends targets back to their drafter (ASM-3).
struct ReturnTargets: TargetsUseCase {
    let id: TargetsID
    let version: Int64
    let reason: String

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        var targets = try store.targets(id, version: version, in: command.tx)
        switch targets.state {
        case .reviewed: try command.caller.require(Action.approveTargets, unit: targets.owner.text)
        case .draft, .inReview, .approved: try command.caller.require(Action.reviewTargets, unit: targets.owner.text)
        }
        try targets.sendBack(reason: reason)
        try store.targets.save(
            .sendBack, of: targets, reason: reason, by: command.account,
            at: command.time, in: command.tx)
        return try store.newest(id, in: command.tx)
    }
}

/// The leading group's approval (ASM-3).
struct ApproveTargets: TargetsUseCase {
    let id: TargetsID
    let version: Int64

    func run(_ command: Command, _ store: AssessmentStore) throws -> StoredTargets {
        var targets = try store.targets(id, version: version, in: command.tx)
        try command.caller.require(Action.approveTargets, unit: targets.owner.text)
        let account = command.account
        let superseded = try targets.approve(by: account)
        let events = AssessmentEvents.count(ofTargets: targets)
        let seq = try store.targets.save(
            .approve, of: targets, superseding: superseded, events: events, by: account,
            at: command.time, in: command.tx)
        try command.emit(contentsOf: AssessmentEvents.approved(targets, at: command.now, seq: seq))
        return try store.newest(id, in: command.tx)
    }
}
