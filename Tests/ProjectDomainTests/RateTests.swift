import Domain
import Testing

@testable import ProjectDomain

@Suite("PRJ-18 rates")
struct RateTests {
    private func facts(
        _ number: Int, signed: String? = "2020-04-01", _ stage: Stage = .signed, yuan: Int64 = 100, dollars: Int64 = 0,
        completed: ProgressFigures? = nil, scheduled: Int64? = nil, problems: (Int64, Int64) = (0, 0),
        key: String? = nil
    ) throws -> RateFacts {
        RateFacts(
            id: id(number), number: "P\(number)", signedOn: try signed.map { try day($0) }, stage: stage,
            investment: try investment(yuan, dollars: dollars), figures: completed,
            scheduled: try scheduled.map { try Money(yuan: $0) }, problems: (solved: problems.0, total: problems.1),
            signingKey: key ?? "key \(number)")
    }

    @Test("PRJ-18 started, producing and performed of signed; unsigned ones have no place in the denominator")
    func counts() throws {
        let projects = [
            try facts(1), try facts(2, .started), try facts(3, .inProduction), try facts(4, signed: nil, .negotiating),
            try facts(5, completed: figures(0, domestic: 1)), try facts(6, completed: figures(0, dollars: 1)),
        ]
        func rate(_ kind: RateKind) throws -> [Int64] {
            let rate = try Rate(kind, over: projects)
            #expect(rate.lines.map(\.numerator).reduce(0, +) == rate.numerator)
            #expect(rate.lines.map(\.denominator).reduce(0, +) == rate.denominator)
            return [rate.numerator, rate.denominator]
        }
        #expect(try rate(.start) == [2, 5])
        #expect(try rate(.production) == [1, 5])
        #expect(try rate(.contractPerformance) == [4, 5])
    }

    @Test("PRJ-18 repeated signings of one investor, site and amount count once, as the one that came furthest")
    func repeated() throws {
        let projects = [
            try facts(1, signed: "2020-04-01", key: "same"), try facts(2, signed: "2020-05-01", .started, key: "same"),
            try facts(3, signed: "2020-03-01", key: "same"), try facts(4),
        ]
        let rate = try Rate(.start, over: projects)
        #expect(rate.numerator == 1 && rate.denominator == 2 && rate.repeated == 2)
        #expect(rate.lines.map(\.project) == [id(2), id(4)])
        #expect(rate.lines[0].signings == 3)
        #expect(rate.lines[0].signedOn == (try day("2020-03-01")))
        let money = try Rate(.fundsDomestic, over: projects)
        #expect(money.denominator == 20_000)
    }

    @Test("PRJ-3, PRJ-18 the key of a signing has investor, site and amount, whatever their spelling")
    func keys() throws {
        let key = try profile().signingKey
        #expect(try profile(investor: "鲁中 重工集团", site: "高新区，一号地块").signingKey == key)
        #expect(try profile(investor: "别家").signingKey != key)
        #expect(try profile(site: "高新区二号地块").signingKey != key)
        #expect(try profile(yuan: 99).signingKey != key)
    }

    @Test(
        "PRJ-18 money: domestic in fen, foreign in cents, completion of what is scheduled; nothing planned has no place"
    )
    func money() throws {
        let projects = [
            try facts(1, yuan: 100, dollars: 10, completed: figures(30, domestic: 40, dollars: 5), scheduled: 60),
            try facts(2, yuan: 50),
        ]
        let domestic = try Rate(.fundsDomestic, over: projects)
        #expect(domestic.numerator == 4_000 && domestic.denominator == 15_000)
        let foreign = try Rate(.fundsForeign, over: projects)
        #expect(foreign.numerator == 500 && foreign.denominator == 1_000 && foreign.lines.count == 1)
        let completion = try Rate(.investment, over: projects)
        #expect(completion.numerator == 3_000 && completion.denominator == 6_000 && completion.lines.count == 1)
        let greatest = try facts(3, yuan: Int64.max / 100 - 1)
        #expect(throws: DomainError.self) { _ = try Rate(.fundsDomestic, over: [greatest, facts(4, yuan: 1_000)]) }
    }

    @Test("PRJ-11, PRJ-18 solved problems of all, wherever they arose")
    func problems() throws {
        let rate = try Rate(
            .problems,
            over: [try facts(1, problems: (2, 3)), try facts(2, signed: nil, problems: (0, 1)), try facts(3)])
        #expect(rate.numerator == 2 && rate.denominator == 4 && rate.lines.count == 2)
    }

    @Test("PRJ-9 the last day for a report passes over the May holiday and counts moved working days")
    func dueDays() throws {
        let calendar = try WorkingCalendar.stateCouncil()
        let april = try Month("2020-04").period
        // 1 to 5 May are days off; the sixth, seventh and eighth are worked.
        #expect(try ProgressReport.dueOn(april, workingDays: 3, calendar: calendar) == day("2020-05-08"))
        #expect(try ProgressReport.dueOn(april, workingDays: 0, calendar: calendar) == day("2020-04-30"))
        let week = try Period(from: day("2020-05-04"), until: day("2020-05-11"))
        #expect(try ProgressReport.dueOn(week, workingDays: 1, calendar: calendar) == day("2020-05-11"))
    }
}
