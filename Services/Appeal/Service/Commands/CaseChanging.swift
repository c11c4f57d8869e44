import AppealDomain
import ServiceRuntime

/// Whose business a command is.
enum CaseRole: Sendable {
    /// The enterprise or unit that applied.
    case applicant
    /// Whoever dispatches in the case's region.
    case dispatcher
    /// The desk on which the accepted case lies.
    case desk
    /// The unit that has the case.
    case handler
    /// The unit that has it, or the dispatcher.
    case handlerOrDispatcher
    /// The leading-group office.
    case office
    /// Everybody who may see the case.
    case party
}

/// What a command does to one case; ``ChangeCase`` runs it.
protocol CaseChanging: Sendable {
    /// Whose business it is.
    static var role: CaseRole { get }
    /// What it does; the case is loaded, its version compared, and the caller's right checked.
    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange
}

/// A command that changes one case: loads it, checks the caller's right to it, changes it and stores what changed.
struct ChangeCase<Changing: CaseChanging>: UseCase {
    let id: CaseID
    let version: Int64
    let changing: Changing

    var object: String { "case \(id)" }

    func run(_ command: Command, _ appeals: Appeals) throws -> StoredCase {
        let stored = try appeals.load(id, version: version, for: command.caller, in: command.tx)
        try Changing.role.require(of: command.caller, for: stored.one)
        var one = stored.one
        let change = try changing.change(&one, command, appeals)
        return try appeals.save(
            one, [change], before: stored, by: Actor(command.caller), at: try Moment(command.now), in: command.tx)
    }
}

extension CaseRole {
    /// Requires that a caller has the role for a case that it may see.
    ///
    /// - Throws: `Problem` PERMISSION_DENIED.
    func require(of caller: Caller, for one: Case) throws {
        let (kind, region) = (one.submission.kind, one.submission.region.description)
        switch self {
        case .applicant:
            switch one.submission.applicant {
            case .enterprise(let id): try caller.require(Action.submit, enterprise: id.uuidString.lowercased())
            case .unit(let unit): try caller.require(Action.submit, unit: unit.text)
            case .bank(let unit): try caller.require(Action.submitForBank, unit: unit.text)
            }
        case .dispatcher: try caller.require(Action.dispatch(kind), region: region)
        case .desk:
            switch one.state {
            case .accepted(.office): try caller.require(Action.office(kind), region: region)
            case .accepted(.dispatcher), .submitted, .refused, .assigned, .inHandling, .waitingForApplicant,
                .waitingForHigherLevel, .replied, .resolved, .rated, .writtenOff, .withdrawn:
                try caller.require(Action.dispatch(kind), region: region)
            }
        case .handler: try requireHandler(caller, one)
        case .handlerOrDispatcher:
            do {
                try requireHandler(caller, one)
            } catch is Problem {
                try caller.require(Action.dispatch(kind), region: region)
            }
        case .office: try caller.require(Action.office(kind), region: region)
        case .party: break
        }
    }

    /// A case that no unit has is nobody's to handle; the state then refuses the command.
    private func requireHandler(_ caller: Caller, _ one: Case) throws {
        if let unit = one.state.assignment?.unit {
            try caller.require(Action.handle, unit: unit.text)
        } else {
            try caller.require(Action.handle)
        }
    }
}
