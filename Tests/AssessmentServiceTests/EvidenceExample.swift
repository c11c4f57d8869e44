import AppealContracts
import AssessmentDomain
import CommonContracts
import Domain
import ProjectContracts
import SwiftProtobuf

/// Events of one or two subjects, in the order in which they come, and what they add up to in March 2020. Each example has
/// units and subjects of its own, so that all of them can be told to one service.
struct EvidenceExample: Sendable, CustomStringConvertible {
    let description: String
    let derivation: Derivation
    /// The figures of units; a unit with zeros has none.
    let figures: [String: DerivedFigure]
    /// The figures by the first rules, where they differ.
    var former: [String: DerivedFigure]?
    /// Each with its subject, which is the key.
    let events: [(subject: String, message: any Message)]

    static func all() throws -> [EvidenceExample] { try replies() + problems() + starts() + funds() }

    private static func replies() throws -> [EvidenceExample] {
        func overdue(_ id: String, _ subject: Zhitongche_Appeal_V1_ReminderSubject, month: Int) throws -> any Message {
            try Zhitongche_Appeal_V1_CaseOverdue.with {
                $0.case = facts(id, unit: id, submitted: try time(2020, 2, 3))
                ($0.at, $0.subject) = (try time(2020, month, 10), subject)
            }
        }
        let reply = try Zhitongche_Appeal_V1_CaseReplied.with {
            $0.case = facts("reply-late", unit: "reply-late", submitted: try time(2020, 2, 3))
            $0.at = try time(2020, 3, 12)
        }
        return [
            EvidenceExample(
                description: "an overdue reply is none in time", derivation: .onTimeReply,
                figures: ["reply-none": figure(0, 1)],
                events: [("reply-none", try overdue("reply-none", .reply, month: 3))]),
            EvidenceExample(
                description: "a late reply takes the place of its overdue limit", derivation: .onTimeReply,
                figures: ["reply-late": figure(0, 1)],
                events: [("reply-late", try overdue("reply-late", .reply, month: 2)), ("reply-late", reply)]),
            EvidenceExample(
                description: "the same within the period counts one time", derivation: .onTimeReply,
                figures: ["reply-once": figure(0, 1)],
                events: [
                    ("reply-once", try overdue("reply-once", .reply, month: 3)),
                    (
                        "reply-once",
                        try Zhitongche_Appeal_V1_CaseReplied.with {
                            $0.case = facts("reply-once", unit: "reply-once", submitted: try time(2020, 2, 3))
                            $0.at = try time(2020, 3, 12)
                        }
                    ),
                ]),
            EvidenceExample(
                description: "an overdue solution says nothing about the reply", derivation: .onTimeReply,
                figures: ["reply-other": DerivedFigure()],
                events: [("reply-other", try overdue("reply-other", .solution, month: 3))]),
        ]
    }

    private static func problems() throws -> [EvidenceExample] {
        let submitted = try time(2020, 3, 2)
        func event(
            _ step: Step, _ id: String, _ kind: Zhitongche_Appeal_V1_CaseKind = .problem
        ) -> (String, any Message) {
            var facts = facts(id, unit: id, submitted: submitted)
            facts.kind = kind
            return switch step {
            case .assigned: (id, Zhitongche_Appeal_V1_CaseAssigned.with { $0.case = facts })
            case .writtenOff: (id, Zhitongche_Appeal_V1_CaseWrittenOff.with { $0.case = facts })
            case .reopened: (id, Zhitongche_Appeal_V1_CaseReopened.with { $0.case = facts })
            case .withdrawn: (id, Zhitongche_Appeal_V1_CaseWithdrawn.with { $0.case = facts })
            }
        }
        var examples: [EvidenceExample] = []
        for (id, steps, expected) in [
            ("problem-open", [.assigned], figure(0, 1)),
            ("problem-solved", [.assigned, .writtenOff], figure(1, 1)),
            ("problem-reopened", [.assigned, .writtenOff, .reopened], figure(0, 1)),
            ("problem-withdrawn", [.assigned, .withdrawn], DerivedFigure()),
        ] as [(String, [Step], DerivedFigure)] {
            examples.append(
                EvidenceExample(
                    description: id, derivation: .solvedProblems, figures: [id: expected],
                    events: steps.map { event($0, id) }))
        }
        for (id, kind) in [("appeal", .appeal), ("enquiry", .enquiry), ("complaint", .complaint)]
            as [(String, Zhitongche_Appeal_V1_CaseKind)]
        {
            examples.append(
                EvidenceExample(
                    description: "an \(id) is no problem", derivation: .solvedProblems,
                    figures: ["no-\(id)": DerivedFigure()], former: ["no-\(id)": figure(1, 1)],
                    events: [event(.assigned, "no-\(id)", kind), event(.writtenOff, "no-\(id)", kind)]))
        }
        return examples
    }

    private enum Step { case assigned, writtenOff, reopened, withdrawn }

    private static func starts() -> [EvidenceExample] {
        func signed(_ id: String, on day: Int32, unit: String, repeats: String = "") -> (String, any Message) {
            stage(id, .signed, on: day, unit: unit, repeats: repeats)
        }
        func started(_ id: String, on day: Int32, unit: String, repeats: String = "") -> (String, any Message) {
            stage(id, .started, on: day, unit: unit, repeats: repeats)
        }
        let back = stage("s-back-b", .signed, on: 25, unit: "s-back", repeats: "s-back-a", wentBack: true)
        let outside = Zhitongche_Project_V1_LibraryStandingChanged.with {
            ($0.project.projectID, $0.project.unitID) = ("s-outside-a", "s-outside")
        }
        return [
            EvidenceExample(
                description: "a repetition that skips to the start starts the signing that it repeats",
                derivation: .startRate, figures: ["s-skip": figure(1, 1, 2)], former: ["s-skip": figure(1, 2, 3)],
                events: [
                    signed("s-skip-a", on: 2, unit: "s-skip"),
                    started("s-skip-b", on: 20, unit: "s-skip", repeats: "s-skip-a"),
                ]),
            EvidenceExample(
                description: "a signing that repeats a project that skipped to the start counts once, from its day",
                derivation: .startRate, figures: ["s-past": figure(1, 1, 2)], former: ["s-past": figure(1, 1, 4)],
                events: [
                    started("s-past-a", on: 2, unit: "s-past"),
                    signed("s-past-b", on: 20, unit: "s-past", repeats: "s-past-a"),
                ]),
            EvidenceExample(
                description: "both started count once", derivation: .startRate, figures: ["s-both": figure(1, 1, 2)],
                former: ["s-both": figure(2, 2, 4)],
                events: [
                    signed("s-both-a", on: 2, unit: "s-both"), started("s-both-a", on: 21, unit: "s-both"),
                    started("s-both-b", on: 20, unit: "s-both", repeats: "s-both-a"),
                ]),
            EvidenceExample(
                description: "the one furthest on counts, in the unit of the first, whichever is told first",
                derivation: .startRate, figures: ["s-first": figure(1, 1, 2), "s-second": DerivedFigure()],
                former: ["s-first": figure(0, 1, 1), "s-second": figure(0, 0, 2)],
                events: [
                    signed("s-second-b", on: 5, unit: "s-second", repeats: "s-first-a"),
                    started("s-second-b", on: 20, unit: "s-second", repeats: "s-first-a"),
                    signed("s-first-a", on: 2, unit: "s-first"),
                ]),
            EvidenceExample(
                description: "a start that was taken back counts no more", derivation: .startRate,
                figures: ["s-back": figure(0, 1)], former: ["s-back": figure(0, 1, 3)],
                events: [
                    signed("s-back-a", on: 2, unit: "s-back"),
                    signed("s-back-b", on: 5, unit: "s-back", repeats: "s-back-a"),
                    started("s-back-b", on: 20, unit: "s-back", repeats: "s-back-a"), back,
                ]),
            EvidenceExample(
                description: "a repetition of a project outside the library counts", derivation: .startRate,
                figures: ["s-outside": figure(1, 1, 2)], former: ["s-outside": figure(0, 0, 2)],
                events: [
                    signed("s-outside-a", on: 2, unit: "s-outside"), ("s-outside-a", outside),
                    signed("s-outside-b", on: 5, unit: "s-outside", repeats: "s-outside-a"),
                    started("s-outside-b", on: 20, unit: "s-outside", repeats: "s-outside-a"),
                ]),
        ]
    }

    private static func stage(
        _ id: String, _ stage: Zhitongche_Project_V1_Stage, on day: Int32, unit: String, repeats: String,
        wentBack: Bool = false
    ) -> (String, any Message) {
        let message = Zhitongche_Project_V1_StageEntered.with {
            ($0.project.projectID, $0.project.unitID, $0.project.counts) = (id, unit, true)
            ($0.to, $0.wentBack, $0.repeatsProjectID) = (stage, wentBack, repeats)
            $0.enteredOn = .with { ($0.year, $0.month, $0.day) = (2020, 3, day) }
        }
        return (id, message)
    }

    private static func funds() -> [EvidenceExample] {
        let report = Zhitongche_Project_V1_ProgressReported.with {
            ($0.project.projectID, $0.project.unitID, $0.project.counts) = ("funds-a", "funds", true)
            $0.period.start = .with { ($0.year, $0.month, $0.day) = (2020, 3, 1) }
            $0.period.end = .with { ($0.year, $0.month, $0.day) = (2020, 4, 1) }
            $0.figures.domesticInPlace.fen = 25_000_000_000
            ($0.figures.foreignInPlace.cents, $0.figures.foreignInPlace.currency) = (7_000_000_000, "USD")
        }
        return [
            EvidenceExample(
                description: "funds in place are yuan; dollars are never added to them", derivation: .fundsInPlace,
                figures: ["funds": figure(25_000_000_000, 0)], events: [("funds-a", report)])
        ]
    }

    private static func figure(_ numerator: Int64, _ denominator: Int64, _ events: Int = 1) -> DerivedFigure {
        DerivedFigure(numerator: numerator, denominator: denominator, events: events)
    }
}
