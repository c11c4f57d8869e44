import AssessmentDomain
import Domain
import Messaging
import ProjectContracts
import SwiftProtobuf
import Wire

/// Projects: starts, investment done, funds in place. Every event tells whether the project counts (PRJ-4), and that
/// holds for all of its contributions.
enum ProjectEvidence {
    /// Greatest amount that is believed, in fen: a thousand thousand million yuan. It keeps every sum in 64 bits.
    private static let greatestFen: Int64 = 100_000_000_000_000

    static func changes(
        of type: String, _ payload: [UInt8], by reading: EvidenceReading
    ) throws -> [ContributionChange] {
        switch type {
        case Zhitongche_Project_V1_ProjectRegistered.protoMessageName:
            return counts(try Zhitongche_Project_V1_ProjectRegistered(serializedBytes: payload).project)
        case Zhitongche_Project_V1_LibraryStandingChanged.protoMessageName:
            return counts(try Zhitongche_Project_V1_LibraryStandingChanged(serializedBytes: payload).project)
        case Zhitongche_Project_V1_StageEntered.protoMessageName:
            let event = try Zhitongche_Project_V1_StageEntered(serializedBytes: payload)
            return counts(event.project) + (try stage(event, by: reading))
        case Zhitongche_Project_V1_ProgressReported.protoMessageName:
            let event = try Zhitongche_Project_V1_ProgressReported(serializedBytes: payload)
            return counts(event.project) + (try progress(event))
        case _:
            return []
        }
    }

    private static func counts(_ project: Zhitongche_Project_V1_ProjectKey) -> [ContributionChange] {
        [.counts(subject: project.projectID, project.counts)]
    }

    /// A signing counts on its day and a start on its day, each once. A project that repeats an earlier signing says so,
    /// at whatever stage it is, and counts once with it (PRJ-18); by the first rules a repeated signing counted for
    /// nothing, and a start counted always.
    private static func stage(
        _ event: Zhitongche_Project_V1_StageEntered, by reading: EvidenceReading
    ) throws -> [ContributionChange] {
        let unit = try UnitID(event.project.unitID, field: "project.unit_id")
        let day = try CivilDate(event.enteredOn, field: "entered_on")
        let signed = ContributionPlace(.startRate, event.project.projectID, "signed")
        let started = ContributionPlace(.startRate, event.project.projectID, "started")
        let repeats = reading == .first || event.repeatsProjectID.isEmpty ? nil : event.repeatsProjectID
        let signing = Contribution(unit: unit, on: day, numerator: 0, denominator: 1, repeats: repeats)
        let start = Contribution(unit: unit, on: day, numerator: 1, denominator: 0, repeats: repeats)
        switch event.to {
        case .planned, .negotiating:
            return [.remove(signed), .remove(started)]
        case .signed:
            if reading == .first, !event.repeatsProjectID.isEmpty {
                let nothing = Contribution(unit: unit, on: day, numerator: 0, denominator: 0)
                return [.put(signed, nothing), .put(started, nothing)]
            }
            return event.wentBack ? [.putFirst(signed, signing), .remove(started)] : [.putFirst(signed, signing)]
        case .started, .completed, .inProduction:
            return [.putFirst(signed, signing), .putFirst(started, start)]
        case .unspecified, .UNRECOGNIZED:
            throw EventRejection("the stage is unknown")
        }
    }

    /// Figures run since the beginning of the project and count for the last day of the report. Funds in place are the
    /// domestic ones, in yuan: foreign money is a rate of its own (PRJ-18) and is never added to yuan.
    private static func progress(_ event: Zhitongche_Project_V1_ProgressReported) throws -> [ContributionChange] {
        let unit = try UnitID(event.project.unitID, field: "project.unit_id")
        let period = try Period(event.period, field: "period")
        let day: CivilDate
        if let end = period.end {
            day = try CivilDate(dayNumber: Int(end.dayNumber) - 1)
        } else {
            day = try Evidence.day(event.hasReportedAt ? event.reportedAt : nil, "reported_at")
        }
        let completed = try amount(event.figures.completed.fen, "figures.completed")
        let total = try amount(event.investment.total.fen, "investment.total")
        let inPlace = try amount(event.figures.domesticInPlace.fen, "figures.domestic_in_place")
        let project = event.project.projectID
        return [
            .put(
                ContributionPlace(.investmentCompletion, project, day.description),
                Contribution(unit: unit, on: day, numerator: completed, denominator: total)),
            .put(
                ContributionPlace(.fundsInPlace, project, day.description),
                Contribution(unit: unit, on: day, numerator: inPlace, denominator: 0)),
        ]
    }

    private static func amount(_ fen: Int64, _ field: String) throws -> Int64 {
        guard (0...greatestFen).contains(fen) else { throw EventRejection("\(field) is out of range") }
        return fen
    }
}
