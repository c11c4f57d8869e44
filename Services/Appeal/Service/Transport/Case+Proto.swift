import AppealContracts
import AppealDomain
import Domain
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

extension StoredCase {
    /// The case as a caller may see it: who complains anonymously only those see who dispatch, and the applicant.
    func wire(for caller: Caller) -> Zhitongche_Appeal_V1_Case {
        let (submission, clocks, state) = (one.submission, one.clocks, one.state)
        let columns = StateColumns(state)
        let showsApplicant =
            !submission.isAnonymous || caller.kind == .enterprise
            || caller.scope(of: Action.dispatchComplaint) != nil || caller.scope(of: Action.officeComplaint) != nil
        return .with {
            $0.caseID = one.id.description
            $0.number = one.number
            $0.kind = submission.kind.wire
            $0.state = state.name.wire
            $0.category = one.category
            $0.content = .with {
                $0.title = one.content.title
                $0.text = one.content.text
            }
            $0.enterpriseID = showsApplicant ? submission.applicant.enterprise?.uuidString.lowercased() ?? "" : ""
            $0.applicantUnitID = submission.applicant.unit?.text ?? ""
            $0.anonymous = submission.isAnonymous
            $0.namedUnitID = submission.namedUnit?.text ?? ""
            $0.complainedUnitID = submission.complainedUnit?.text ?? ""
            $0.regionCode = submission.region.description
            $0.industryCode = submission.industry?.description ?? ""
            $0.projectID = submission.project?.uuidString.lowercased() ?? ""
            $0.route = clocks.route.wire
            $0.desk = columns.desk.flatMap(Desk.init(rawValue:))?.wire ?? .unspecified
            $0.unitID = state.assignment?.unit.text ?? ""
            $0.returns = Int32(one.returns)
            $0.round = Int32(clocks.round)
            $0.submittedAt = Google_Protobuf_Timestamp(submission.at.instant)
            if state.name.owesReply, let day = replyDueOn { $0.replyDueOn = day.wire }
            if state.name.isOpen, state.resolvedAt == nil, let day = solutionDueOn { $0.solutionDueOn = day.wire }
            if let day = promisedOn { $0.promisedOn = day.wire }
            $0.extension = clocks.extension.name.wire
            switch clocks.extension {
            case .requested(let days, _), .approved(let days): $0.extensionDays = Int32(days)
            case .none, .rejected: break
            }
            // What unit and higher level write to one another is not for enterprises, here as in the trail.
            let isInside = caller.kind == .staff
            $0.reason = isInside || state.name != .waitingForHigherLevel ? columns.reason : ""
            $0.rightPlace = columns.rightPlace
            $0.question = columns.question
            $0.decision = isInside ? one.decision : ""
            if let reply = state.reply {
                $0.reply = reply.text
                $0.repliedAt = Google_Protobuf_Timestamp(reply.at.instant)
                $0.onTime = reply.isOnTime
            }
            if let at = state.resolvedAt { $0.resolvedAt = Google_Protobuf_Timestamp(at.instant) }
            $0.rating = Int32(state.rating?.mark ?? 0)
            $0.ratingWords = state.rating?.words ?? ""
            $0.overdue = !clocks.overdue.isEmpty
            $0.version = one.version
        }
    }
}

extension StoredStep {
    /// The step as a caller may see it: enterprises see neither persons nor what the offices wrote to one another.
    func wire(for caller: Caller) -> Zhitongche_Appeal_V1_Step {
        let isInside = caller.kind == .staff
        return .with {
            $0.place = Int32(place)
            $0.kind = kind.wire
            $0.at = Google_Protobuf_Timestamp(at)
            $0.accountID = isInside && (kind != .submitted || unit != "") ? account : ""
            $0.unitID = unit
            $0.toUnitID = toUnit ?? ""
            $0.state = state.wire
            $0.text = isInside || kind.isForApplicant ? text : ""
            $0.round = Int32(round)
        }
    }
}

extension StepKind {
    /// Whether its text is meant for the applicant, or comes from there.
    fileprivate var isForApplicant: Bool {
        switch self {
        case .submitted, .edited, .commented, .refused, .applicantAsked, .informationSupplied, .promised, .replied,
            .resolved, .rated, .reopened, .withdrawn:
            true
        case .accepted, .assigned, .transferred, .returned, .takenUp, .escalated, .decided, .extensionRequested,
            .extensionApproved, .extensionRejected, .writtenOff, .becameOverdue:
            false
        }
    }
}

extension CaseDeadline {
    func wire(start: CivilDate, isBinding: Bool) -> Zhitongche_Appeal_V1_DeadlineExplanation {
        .with {
            $0.clock = clock.wire
            $0.ruleID = rule?.id ?? ""
            $0.source = rule?.source ?? ""
            $0.start = start.wire
            $0.days = Int32(term.days)
            $0.count = term.count.wire
            $0.absolute = term.isAbsolute
            switch arithmetic.outcome {
            case .due(let day): $0.dueOn = day.wire
            case .stopped(let days): $0.daysLeft = Int32(days)
            }
            $0.lines = arithmetic.days.map(\.wire)
            $0.binding = isBinding
        }
    }
}

extension DeadlineDay {
    fileprivate var wire: Zhitongche_Appeal_V1_DeadlineDay {
        .with {
            $0.date = date.wire
            switch kind {
            case nil: break
            case .working: $0.kind = .working
            case .movedWorking(let holiday):
                $0.kind = .movedWorking
                $0.holiday = holiday
            case .weekend: $0.kind = .weekend
            case .holiday(let name):
                $0.kind = .holiday
                $0.holiday = name
            }
            switch effect {
            case .start: $0.effect = .start
            case .counted(let number):
                $0.effect = .counted
                $0.number = Int32(number)
            case .notWorking: $0.effect = .notWorking
            case .paused(let reason):
                $0.effect = .paused
                $0.reason = reason
            }
        }
    }
}

extension PauseLine {
    var wire: Zhitongche_Appeal_V1_ClockPause {
        .with {
            $0.line = Int32(number)
            $0.from = pause.from.wire
            if let day = pause.until { $0.until = day.wire }
            $0.reason = pause.reason
            $0.accountID = account
        }
    }
}

extension StoredSupervision {
    var wire: Zhitongche_Appeal_V1_Supervision {
        .with {
            $0.supervisionID = order.id.description
            $0.number = order.number
            $0.caseID = order.caseID.description
            $0.caseNumber = caseNumber
            $0.kind = kind.wire
            $0.unitID = order.unit.text
            $0.level = order.level.wire
            $0.state = order.state.name.wire
            $0.ground = order.ground.wire
            $0.demand = order.demand
            $0.issuedAt = Google_Protobuf_Timestamp(order.issuedAt.instant)
            $0.dueOn = order.dueOn.wire
            $0.answer = order.state.answer
            switch order.state {
            case .closed(_, let at): $0.closedAt = Google_Protobuf_Timestamp(at.instant)
            case .open, .answered: break
            }
            $0.overdue = order.isOverdue
            $0.version = order.version
        }
    }
}

extension StoredRectification {
    var wire: Zhitongche_Appeal_V1_Rectification {
        .with {
            $0.rectificationID = one.id.description
            $0.caseID = one.caseID.description
            $0.caseNumber = caseNumber
            $0.unitID = one.unit.text
            $0.mark = Int32(one.mark)
            $0.state = one.state.name.wire
            $0.openedAt = Google_Protobuf_Timestamp(one.openedAt.instant)
            $0.dueOn = one.dueOn.wire
            $0.measures = one.state.text
            $0.overdue = one.isOverdue
            $0.version = one.version
        }
    }
}

extension StoredRating {
    var wire: Zhitongche_Appeal_V1_Rating {
        .with {
            $0.caseID = caseID.description
            $0.caseNumber = caseNumber
            $0.round = Int32(round)
            $0.mark = Int32(rating.mark)
            $0.words = rating.words
            $0.ratedAt = Google_Protobuf_Timestamp(rating.at.instant)
        }
    }
}
