import Domain
import Foundation
import Testing

@testable import AssessmentDomain

@Suite("ASM-2, ASM-15 figures from events")
struct DerivationTests {
    private func contribution(_ day: String, _ numerator: Int64, _ denominator: Int64, unit slug: String = "a") throws
        -> Contribution
    {
        Contribution(
            unit: try unit(slug), on: try CivilDate(day), numerator: numerator, denominator: denominator)
    }

    @Test("ASM-2 sums count the period, the last of a place counts, excluded subjects do not")
    func sums() throws {
        var ledger = ContributionLedger()
        let march = try AssessmentPeriod(.month, year: 2020, number: 3)
        let first = ContributionPlace(.onTimeReply, "case-1", "round 1")
        ledger.apply([.put(first, try contribution("2020-03-31", 0, 1))])
        ledger.apply([.put(first, try contribution("2020-03-31", 1, 1))])
        ledger.apply([.put(ContributionPlace(.onTimeReply, "case-2", "round 1"), try contribution("2020-04-01", 1, 1))])
        ledger.apply([
            .putFirst(ContributionPlace(.onTimeReply, "case-3", "round 1"), try contribution("2020-03-01", 0, 1))
        ])
        ledger.apply([
            .putFirst(ContributionPlace(.onTimeReply, "case-3", "round 1"), try contribution("2020-03-01", 1, 1))
        ])
        ledger.apply([.counts(subject: "case-4", false)])
        ledger.apply([.put(ContributionPlace(.onTimeReply, "case-4", "round 1"), try contribution("2020-03-02", 1, 1))])
        let figures = try ledger.figures(.onTimeReply, in: march)
        #expect(figures == [try unit("a"): DerivedFigure(numerator: 1, denominator: 2, events: 2)])
        let indicator = try indicator(source: .events(.onTimeReply))
        #expect(
            Derivation.onTimeReply.value(of: figures[try unit("a")] ?? DerivedFigure(), for: indicator)
                == (try fixed("50")))
        #expect(Derivation.onTimeReply.value(of: DerivedFigure(), for: indicator) == nil)
        let third = DerivedFigure(numerator: 1, denominator: 3, events: 3)
        #expect(Derivation.satisfaction.value(of: third, for: indicator) == (try fixed("33.33")))
        ledger.apply([.counts(subject: "case-4", true), .remove(first)])
        #expect(
            try ledger.figures(.onTimeReply, in: march)
                == [try unit("a"): DerivedFigure(numerator: 1, denominator: 2, events: 2)])
    }

    @Test("ASM-2 funds are what came since the year began, investment is the last report of each project")
    func running() throws {
        var ledger = ContributionLedger()
        for (day, fen) in [("2019-12-31", 30), ("2020-01-31", 50), ("2020-03-31", 80), ("2020-04-30", 200)]
            as [(String, Int64)]
        {
            ledger.apply([
                .put(ContributionPlace(.fundsInPlace, "p", day), try contribution(day, fen * 10_000_000_000, 0)),
                .put(ContributionPlace(.investmentCompletion, "p", day), try contribution(day, fen, 400)),
            ])
        }
        let march = try AssessmentPeriod(.quarter, year: 2020, number: 1)
        let funds = try ledger.figures(.fundsInPlace, in: march)[try unit("a")] ?? DerivedFigure()
        #expect(Derivation.fundsInPlace.value(of: funds, for: try indicator()) == FixedNumber(whole: 50))
        let done = try ledger.figures(.investmentCompletion, in: march)[try unit("a")] ?? DerivedFigure()
        #expect(done == DerivedFigure(numerator: 80, denominator: 400, events: 1))
        #expect(Derivation.investmentCompletion.value(of: done, for: try indicator()) == FixedNumber(whole: 20))
    }

    @Test("ASM-7 a report speaks for the period that it lies in, and a longer one for those it ended by")
    func periods() throws {
        func period(_ kind: PeriodKind, _ number: Int, _ year: Int = 2020) throws -> AssessmentPeriod {
            try AssessmentPeriod(kind, year: year, number: number)
        }
        #expect(try period(.quarter, 1).takes(period(.month, 3)))
        #expect(try !period(.quarter, 2).takes(period(.month, 3)))
        #expect(try period(.year, 1).takes(period(.month, 12)))
        #expect(try period(.month, 5).takes(period(.quarter, 1)))
        #expect(try !period(.month, 2).takes(period(.quarter, 1)))
        #expect(try !period(.month, 3).takes(period(.month, 3, 2019)))
        #expect(try period(.month, 1).before == period(.month, 12, 2019))
        #expect(throws: DomainError.self) { try AssessmentPeriod(.quarter, year: 2020, number: 5) }
    }

    @Test("ASM-7 the reports of a period are those that speak for it; the one that reaches furthest comes first")
    func reports() throws {
        let all = try PeriodKind.allCases.flatMap { kind in
            try (1...(12 / kind.months)).map { try AssessmentPeriod(kind, year: 2020, number: $0) }
        }
        for asked in all {
            let reports = try asked.reports
            #expect(Set(reports) == Set(all.filter(asked.takes)) && reports.count == Set(reports).count)
            for (earlier, later) in zip(reports, reports.dropFirst()) {
                #expect(
                    earlier.lastMonth > later.lastMonth
                        || earlier.lastMonth == later.lastMonth && earlier.kind.months < later.kind.months)
            }
        }
    }
}
