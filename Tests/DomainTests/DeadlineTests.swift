import Domain
import Testing

@Suite("Working days and deadlines")
struct DeadlineTests {
    @Test("XCT-9 every day of 2019 to 2026 agrees with chinesecalendar")
    func oracle() throws {
        let calendar = try WorkingCalendar.stateCouncil()
        var lines: [String] = []
        var ours: [String] = []
        var date = try day("2019-01-01")
        let end = try day("2026-12-31")
        while date <= end {
            lines.append(date.description)
            ours.append(try calendar.isWorking(date) ? "1" : "0")
            date = try date.adding(days: 1)
        }
        let program = """
            import sys
            from datetime import date
            from chinese_calendar import is_workday
            for line in sys.stdin: print(int(is_workday(date.fromisoformat(line.strip()))))
            """
        #expect(lines.count == 2922)
        #expect(try python(program, input: lines) == ours)
    }

    @Test("XCT-9 a year without an arrangement is an error said aloud", arguments: ["2018-12-31", "2027-01-01"])
    func unknownYear(text: String) throws {
        let calendar = try WorkingCalendar.stateCouncil()
        #expect(throws: DomainError("calendar", .unknown("arrangement of working days for \(text.prefix(4))"))) {
            try calendar.kind(of: day(text))
        }
        #expect(throws: DomainError.self) {
            try DeadlineArithmetic(
                start: day("2026-12-30"), term: DeadlineTerm(days: 3, count: .working), calendar: calendar)
        }
    }

    @Test("Arrangements that contradict themselves are refused")
    func contradictions() throws {
        #expect(throws: DomainError.self) {
            try HolidayArrangement(
                name: "x", daysOff: day("2020-05-01")...day("2020-05-05"), movedWorkingDays: [day("2020-05-07")])
        }
        let may = try HolidayArrangement(name: "x", daysOff: day("2020-05-01")...day("2020-05-05"))
        let again = try HolidayArrangement(name: "y", daysOff: day("2020-05-05")...day("2020-05-06"))
        #expect(throws: DomainError("arrangements", .duplicate("2020-05-05"))) {
            try WorkingCalendar(years: [Year(2020)], arrangements: [may, again])
        }
    }

    @Test("APL-3 a working-day limit over the May holiday of 2020 prints its days")
    func mayHoliday() throws {
        let calendar = try WorkingCalendar.stateCouncil()
        let arithmetic = try DeadlineArithmetic(
            start: day("2020-04-30"), term: DeadlineTerm(days: 3, count: .working), calendar: calendar)
        // 1 to 5 May are off, 6, 7 and 8 count.
        #expect(arithmetic.outcome == .due(try day("2020-05-08")))
        #expect(arithmetic.days.count == 9)
        #expect(arithmetic.days.first?.effect == .start)
        #expect(arithmetic.days[1].kind == .holiday("劳动节"))
        #expect(arithmetic.days.last?.effect == .counted(3))
        let saturday = try DeadlineArithmetic(
            start: day("2020-05-08"), term: DeadlineTerm(days: 1, count: .working), calendar: calendar)
        #expect(saturday.outcome == .due(try day("2020-05-09")))
        #expect(saturday.days.last?.kind == .movedWorking(holiday: "劳动节"))
        let natural = try DeadlineArithmetic(
            start: day("2020-04-30"), term: DeadlineTerm(days: 3, count: .natural), calendar: calendar)
        #expect(natural.outcome == .due(try day("2020-05-03")))
    }

    @Test("APL-3 a limit of no days ends with the first day that can be worked on")
    func atOnce() throws {
        let calendar = try WorkingCalendar.stateCouncil()
        let atOnce = try DeadlineTerm(days: 0, count: .working)
        for (start, due) in [("2020-04-30", "2020-04-30"), ("2020-05-01", "2020-05-06"), ("2020-05-09", "2020-05-09")] {
            let arithmetic = try DeadlineArithmetic(start: day(start), term: atOnce, calendar: calendar)
            #expect(arithmetic.outcome == .due(try day(due)))
        }
    }

    @Test("APL-3 an absolute limit runs through every pause; another stands still")
    func absolute() throws {
        let calendar = try WorkingCalendar.stateCouncil()
        let open = try ClockPause(from: day("2020-04-22"), until: nil, reason: "waiting for the applicant")
        let fifteen = try DeadlineArithmetic(
            start: day("2020-04-20"), term: DeadlineTerm(days: 15, count: .natural, isAbsolute: true), pauses: [open],
            calendar: calendar)
        #expect(fifteen.outcome == .due(try day("2020-05-05")))
        let three = try DeadlineArithmetic(
            start: day("2020-04-20"), term: DeadlineTerm(days: 3, count: .natural), pauses: [open], calendar: calendar)
        #expect(three.outcome == .stopped(daysLeft: 2))
        #expect(three.days.last?.effect == .paused("waiting for the applicant"))
    }

    @Test("APL-3 random pause histories agree with a slow and obvious model")
    func model() throws {
        let calendar = try WorkingCalendar.stateCouncil()
        var random = SeededRandom(seed: testSeed, stream: "deadline-pauses")
        for _ in 0..<2_000 {
            let start = try day("2019-01-01").adding(days: Int.random(in: 0..<2_300, using: &random))
            let term = try DeadlineTerm(
                days: Int.random(in: 0...30, using: &random), count: random.pick(DayCount.allCases),
                isAbsolute: Int.random(in: 0..<5, using: &random) == 0)
            var pauses: [ClockPause] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let from = try start.adding(days: Int.random(in: -3...40, using: &random))
                let isOpen = Int.random(in: 0..<6, using: &random) == 0
                let until = try from.adding(days: Int.random(in: 0...20, using: &random))
                pauses.append(try ClockPause(from: from, until: isOpen ? nil : until, reason: "pause"))
            }
            let arithmetic = try DeadlineArithmetic(start: start, term: term, pauses: pauses, calendar: calendar)
            #expect(try arithmetic.outcome == Self.obvious(start, term, pauses, calendar), "\(start) \(term) \(pauses)")
        }
    }

    /// Lists the days that count within a year and takes the one wanted.
    private static func obvious(
        _ start: CivilDate, _ term: DeadlineTerm, _ pauses: [ClockPause], _ calendar: WorkingCalendar
    ) throws -> DeadlineArithmetic.Outcome {
        var good: [CivilDate] = []
        for offset in (term.days == 0 ? 0 : 1)..<365 {
            let date = try start.adding(days: offset)
            if term.count == .working, try !calendar.isWorking(date) { continue }
            let isPaused = pauses.contains { $0.from <= date && ($0.until.map { date < $0 } ?? true) }
            if !term.isAbsolute && isPaused { continue }
            good.append(date)
        }
        let wanted = max(term.days, 1)
        return good.count >= wanted ? .due(good[wanted - 1]) : .stopped(daysLeft: wanted - good.count)
    }
}
