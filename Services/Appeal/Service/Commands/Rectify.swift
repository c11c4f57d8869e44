import AppealContracts
import AppealDomain
import Domain
import ServiceRuntime

/// What is done to a rectification (APL-9).
enum RectificationStep: Sendable {
    case answer(String)
    case accept
    case sendBack(reason: String)
}

/// Takes a rectification one step further (APL-9).
struct ChangeRectification: UseCase {
    let id: RectificationID
    let version: Int64
    let step: RectificationStep

    var object: String { "rectification \(id)" }

    func run(_ command: Command, _ appeals: Appeals) throws -> StoredRectification {
        guard let caseID = try appeals.ratings.find(id, in: command.tx)?.one.caseID else { throw absent }
        var stored: StoredCase
        do {
            stored = try appeals.visible(caseID, locks: true, for: command.caller, in: command.tx)
        } catch let problem as Problem where problem.code == .notFound {
            throw absent
        }
        guard var found = try appeals.ratings.find(id, in: command.tx) else { throw absent }
        switch step {
        case .answer: try command.caller.require(Action.handle, unit: found.one.unit.text)
        case .accept, .sendBack: try CaseRole.office.require(of: command.caller, for: stored.one)
        }
        guard found.one.version == version else { throw Problem.conflict(currentVersion: found.one.version) }
        let event: CaseEvent
        switch step {
        case .answer(let measures):
            try found.one.answer(measures)
            event = .rectification(Zhitongche_Appeal_V1_RectificationAnswered.self, found.one)
        case .accept:
            try found.one.accept()
            event = .rectification(Zhitongche_Appeal_V1_RectificationClosed.self, found.one)
        case .sendBack(let reason):
            try found.one.sendBack(reason: reason)
            event = .rectification(Zhitongche_Appeal_V1_RectificationReturned.self, found.one)
        }
        try appeals.ratings.save(found.one, in: command.tx)
        try appeals.announce([event], of: &stored, at: command.now, in: command.tx)
        // A rectification that comes back after its last day is overdue at once; answered, it reminds of nothing.
        let isOpen = found.one.state.name == .open
        try appeals.setTimers(
            .rectification, subject: id.description, dueOn: isOpen ? found.one.dueOn : nil, at: Moment(command.now),
            in: command.tx)
        return found
    }

    private var absent: Problem { Problem.notFound("rectification \(id)") }
}
