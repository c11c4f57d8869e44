import AppealContracts
import AppealDomain
import Domain
import ServiceRuntime

/// Issues a supervision order for a case (APL-5).
struct IssueSupervision: UseCase {
    let caseID: CaseID
    let version: Int64
    let ground: SupervisionGround
    let demand: String
    let days: Int

    var object: String { "case \(caseID)" }

    func run(_ command: Command, _ appeals: Appeals) throws -> StoredSupervision {
        var stored = try appeals.load(caseID, version: version, for: command.caller, in: command.tx)
        try CaseRole.office.require(of: command.caller, for: stored.one)
        guard stored.one.state.name.isOpen, let unit = stored.one.state.assignment?.unit else {
            throw Problem.illegalState(zh: "该事项没有正在办理的单位，不能督办", en: "no unit has the case")
        }
        guard try !appeals.supervisions.hasOpen(caseID, in: command.tx) else {
            throw Problem.illegalState(zh: "该事项已有未销号的督办单", en: "another order of the case is not closed")
        }
        let order = try appeals.issue(
            of: &stored, unit: unit, ground: ground, demand: demand, days: days, at: try Moment(command.now),
            in: command.tx)
        return StoredSupervision(order: order, caseNumber: stored.one.number, kind: stored.one.submission.kind)
    }
}

/// What is done to an order that was issued (APL-5).
enum SupervisionStep: Sendable {
    case putOnList(days: Int, reason: String)
    case refer(reason: String)
    case answer(String)
    case returnAnswer(reason: String)
    case close
}

/// Takes an order one step further (APL-5).
struct ChangeSupervision: UseCase {
    let id: SupervisionID
    let version: Int64
    let step: SupervisionStep

    var object: String { "supervision \(id)" }

    func run(_ command: Command, _ appeals: Appeals) throws -> StoredSupervision {
        guard let caseID = try appeals.supervisions.find(id, in: command.tx)?.order.caseID else { throw absent }
        // The case's row comes first, as with every change of a case; the order is read behind its lock.
        var stored: StoredCase
        do {
            stored = try appeals.visible(caseID, locks: true, for: command.caller, in: command.tx)
        } catch let problem as Problem where problem.code == .notFound {
            throw absent
        }
        guard var found = try appeals.supervisions.find(id, in: command.tx) else { throw absent }
        try require(command.caller, found.order, stored.one)
        guard found.order.version == version else { throw Problem.conflict(currentVersion: found.order.version) }
        let moment = try Moment(command.now)
        let event = try change(&found.order, moment, appeals)
        try appeals.supervisions.save(found.order, in: command.tx)
        try appeals.announce([event], of: &stored, at: command.now, in: command.tx)
        let isOpen = found.order.state.name == .open
        try appeals.setTimers(
            .supervision, subject: id.description, dueOn: isOpen ? found.order.dueOn : nil, at: moment, in: command.tx)
        return found
    }

    private var absent: Problem { Problem.notFound("supervision order \(id)") }

    private func require(_ caller: Caller, _ order: Supervision, _ one: Case) throws {
        switch step {
        case .answer: try caller.require(Action.handle, unit: order.unit.text)
        case .putOnList, .refer, .returnAnswer, .close: try CaseRole.office.require(of: caller, for: one)
        }
    }

    private func change(_ order: inout Supervision, _ moment: Moment, _ appeals: Appeals) throws -> CaseEvent {
        switch step {
        case .putOnList(let days, let reason):
            try order.putOnList(
                ground: .grave, reason: reason, dueOn: try appeals.due(after: days, from: moment.today))
            return .supervision(Zhitongche_Appeal_V1_SupervisionListed.self, order)
        case .refer(let reason):
            try order.refer(reason: reason)
            return .supervision(Zhitongche_Appeal_V1_SupervisionReferred.self, order)
        case .answer(let text):
            try order.answer(text)
            return .supervision(Zhitongche_Appeal_V1_SupervisionAnswered.self, order)
        case .returnAnswer(let reason):
            try order.returnAnswer(reason: reason)
            return .supervision(Zhitongche_Appeal_V1_SupervisionReturned.self, order)
        case .close:
            try order.close(at: BusinessTime(moment.now))
            return .supervision(Zhitongche_Appeal_V1_SupervisionClosed.self, order)
        }
    }
}
