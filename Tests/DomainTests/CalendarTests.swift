import Domain
import Testing

@Suite("Dates and periods")
struct CalendarTests {
    @Test("Date arithmetic agrees with Python's datetime")
    func dates() throws {
        var random = SeededRandom(seed: testSeed, stream: "dates")
        var lines: [String] = []
        var ours: [String] = []
        for index in 0..<3000 {
            let number = Int.random(
                in: Int(CivilDate.earliest.dayNumber)...Int(CivilDate.latest.dayNumber), using: &random)
            let date = try index < 800 ? CivilDate(dayNumber: 18_000 + index) : CivilDate(dayNumber: number)
            let step = Int.random(in: -400...400, using: &random)
            lines.append("\(date) \(step)")
            let moved = (try? date.adding(days: step))?.description ?? "none"
            ours.append("\(moved) \(date.weekday.rawValue) \(date.dayNumber) \(Quarter(containing: date))")
            #expect(try CivilDate(date.description) == date)
        }
        let program = """
            import sys
            from datetime import date, timedelta
            for line in sys.stdin:
                t, n = line.split()
                d = date.fromisoformat(t)
                try: m = (d + timedelta(days=int(n))).isoformat()
                except OverflowError: m = 'none'
                print(m, d.isoweekday(), d.toordinal() - date(1970, 1, 1).toordinal(),
                      '%04dQ%d' % (d.year, (d.month + 2) // 3))
            """
        #expect(try python(program, input: lines) == ours)
    }

    @Test(
        "Months are added with the last day of shorter ones",
        arguments: [
            ("2020-01-31", 1, "2020-02-29"), ("2019-01-31", 1, "2019-02-28"), ("2020-03-31", -1, "2020-02-29"),
            ("2020-11-30", 3, "2021-02-28"), ("2020-02-29", 12, "2021-02-28"), ("2020-12-15", -12, "2019-12-15"),
        ])
    func months(from: String, months: Int, to: String) throws {
        #expect(try day(from).adding(months: months) == day(to))
    }

    @Test(
        "Days that do not exist are refused",
        arguments: [
            "2019-02-29", "1900-02-29", "2020-13-01", "2020-00-01", "2020-04-31", "2020-4-1", "0000-01-01", "20200401",
            "",
            "2020-04-0x", "2020/04/01",
        ])
    func refused(text: String) {
        #expect(throws: DomainError.self) { try CivilDate(text, field: "issued") }
    }

    @Test("Periods are half-open")
    func periods() throws {
        let period = try Period(from: day("2020-01-01"), until: day("2020-07-01"))
        #expect(period.contains(try day("2020-01-01")))
        #expect(period.contains(try day("2020-06-30")))
        #expect(!period.contains(try day("2020-07-01")))
        #expect(try period == Period(first: day("2020-01-01"), last: day("2020-06-30")))
        #expect(period.lastDay == (try day("2020-06-30")))
        #expect(period.dayCount == 182)
        let next = try Period(from: day("2020-07-01"))
        #expect(!period.overlaps(next))
        #expect(!next.overlaps(period))
        #expect(try next.overlaps(Period(from: day("2025-01-01"))))
        #expect(!period.contains(next))
        #expect(next.contains(try Year(2021).period))
        #expect(throws: DomainError("valid", .disorder)) {
            try Period(from: day("2020-01-01"), until: day("2020-01-01"), field: "valid")
        }
        #expect(try Month("2020-12").period == Period(from: day("2020-12-01"), until: day("2021-01-01")))
        #expect(try Quarter("2020Q4").period == Period(from: day("2020-10-01"), until: day("2021-01-01")))
        #expect(try Year(9999).period == Period(from: day("9999-01-01")))
    }

    @Test("Months and quarters move over the year's end")
    func moves() throws {
        #expect(try Month("2020-11").adding(months: 14) == Month("2022-01"))
        #expect(try Month("2020-01").adding(months: -1) == Month("2019-12"))
        #expect(throws: DomainError.self) { try Month("0001-01").adding(months: -1) }
        #expect(try Quarter("2020Q1").adding(quarters: -1) == Quarter("2019Q4"))
        #expect(throws: DomainError.self) { try Quarter("2020Q5") }
    }

    @Test(
        "ENT-3 periods of attributes are written and read back",
        arguments: [
            "2020-03-31", "2020-03", "2020Q1", "2020", "2020-01-01/2020-02-15", "2020-01-01/",
        ])
    func attributePeriods(text: String) throws {
        #expect(try AttributePeriod(text).description == text)
    }

    @Test("The days of an attribute's period")
    func attributeDays() throws {
        #expect(try AttributePeriod("2020-02-29").days.dayCount == 1)
        #expect(try AttributePeriod("2020Q1").days.dayCount == 91)
        #expect(throws: DomainError.self) { try AttributePeriod("2020-1") }
    }
}
