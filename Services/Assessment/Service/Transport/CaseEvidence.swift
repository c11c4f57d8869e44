import AppealContracts
import AssessmentDomain
import Domain
import Messaging
import SwiftProtobuf

/// Cases: replies in time, satisfaction, problems written off. A round counts once per unit: a reply takes the place of
/// an overdue limit.
enum CaseEvidence {
    static func changes(
        of type: String, _ payload: [UInt8], by reading: EvidenceReading
    ) throws -> [ContributionChange] {
        switch type {
        case Zhitongche_Appeal_V1_CaseAssigned.protoMessageName:
            let event = try Zhitongche_Appeal_V1_CaseAssigned(serializedBytes: payload)
            return try solved(event.case, false, by: reading)
        case Zhitongche_Appeal_V1_CaseReopened.protoMessageName:
            let event = try Zhitongche_Appeal_V1_CaseReopened(serializedBytes: payload)
            return try solved(event.case, false, by: reading)
        case Zhitongche_Appeal_V1_CaseWrittenOff.protoMessageName:
            let event = try Zhitongche_Appeal_V1_CaseWrittenOff(serializedBytes: payload)
            return try solved(event.case, true, by: reading)
        case Zhitongche_Appeal_V1_CaseWithdrawn.protoMessageName:
            let event = try Zhitongche_Appeal_V1_CaseWithdrawn(serializedBytes: payload)
            return [.remove(problem(event.case))]
        case Zhitongche_Appeal_V1_CaseReplied.protoMessageName:
            let event = try Zhitongche_Appeal_V1_CaseReplied(serializedBytes: payload)
            let day = try Evidence.day(event.hasAt ? event.at : nil, "at")
            return try counted(.onTimeReply, event.case, on: day, event.case.onTime ? 1 : 0, of: 1)
        case Zhitongche_Appeal_V1_CaseOverdue.protoMessageName:
            let event = try Zhitongche_Appeal_V1_CaseOverdue(serializedBytes: payload)
            guard event.subject == .reply else { return [] }
            let day = try Evidence.day(event.hasAt ? event.at : nil, "at")
            return try counted(.onTimeReply, event.case, on: day, 0, of: 1)
        case Zhitongche_Appeal_V1_CaseRated.protoMessageName:
            let event = try Zhitongche_Appeal_V1_CaseRated(serializedBytes: payload)
            guard (1...5).contains(event.mark) else { throw EventRejection("mark is not 1 to 5") }
            let day = try Evidence.day(event.hasAt ? event.at : nil, "at")
            return try counted(.satisfaction, event.case, on: day, Int64(event.mark), of: 5)
        case _:
            return []
        }
    }

    private static func problem(_ facts: Zhitongche_Appeal_V1_CaseFacts) -> ContributionPlace {
        ContributionPlace(.solvedProblems, facts.caseID, "case")
    }

    /// A case of another kind is no problem; what the first rules made of it is taken away.
    private static func solved(
        _ facts: Zhitongche_Appeal_V1_CaseFacts, _ isSolved: Bool, by reading: EvidenceReading
    ) throws -> [ContributionChange] {
        guard reading == .first || facts.kind == .problem else { return [.remove(problem(facts))] }
        guard !facts.unitID.isEmpty else { return [] }
        return [
            .put(
                problem(facts),
                Contribution(
                    unit: try UnitID(facts.unitID, field: "case.unit_id"),
                    on: try Evidence.day(facts.hasSubmittedAt ? facts.submittedAt : nil, "case.submitted_at"),
                    numerator: isSolved ? 1 : 0, denominator: 1))
        ]
    }

    private static func counted(
        _ derivation: Derivation, _ facts: Zhitongche_Appeal_V1_CaseFacts, on day: CivilDate, _ numerator: Int64,
        of denominator: Int64
    ) throws -> [ContributionChange] {
        guard !facts.unitID.isEmpty else { return [] }
        return [
            .put(
                ContributionPlace(derivation, facts.caseID, "round \(facts.round)"),
                Contribution(
                    unit: try UnitID(facts.unitID, field: "case.unit_id"), on: day, numerator: numerator,
                    denominator: denominator))
        ]
    }
}
