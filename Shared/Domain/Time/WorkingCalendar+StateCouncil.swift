extension WorkingCalendar {
    /// The arrangements that the General Office of the State Council gave for 2019 to 2026, as amended: the May holiday
    /// of 2019 by 国办发明电〔2019〕3号, the Spring Festival of 2020 by 国办发明电〔2020〕1号.
    ///
    /// - Throws: ``DomainError`` only if the data below contradicted themselves, which a test rules out.
    public static func stateCouncil() throws(DomainError) -> WorkingCalendar {
        var years: [Year] = []
        var arrangements: [HolidayArrangement] = []
        for year in stateCouncilYears {
            years.append(try Year(year.number))
            for row in year.rows {
                let first = try day(row.first, in: year.number)
                // New Year's holiday may begin in the last days of the year before.
                let last = try day(row.last, in: year.number)
                let start = first > last ? try day(row.first, in: year.number - 1) : first
                var moved: [CivilDate] = []
                for text in row.moved { moved.append(try day(text, in: year.number)) }
                arrangements.append(
                    try HolidayArrangement(name: row.name, daysOff: start...last, movedWorkingDays: moved))
            }
        }
        return try WorkingCalendar(years: years, arrangements: arrangements)
    }

    private static func day(_ monthAndDay: String, in year: Int) throws(DomainError) -> CivilDate {
        try CivilDate("\(year)-\(monthAndDay)")
    }

    private struct Row {
        let name: String
        let first: String
        let last: String
        let moved: [String]

        init(_ name: String, _ first: String, _ last: String, moved: String...) {
            self.name = name
            self.first = first
            self.last = last
            self.moved = moved
        }
    }

    // One entry a year with the number of its notice; months and days of that year.
    private static let stateCouncilYears: [(number: Int, notice: String, rows: [Row])] = [
        (
            2019, "国办发明电〔2018〕15号, 〔2019〕3号",
            [
                // The first two days off lie in 2018, as does the day worked for them.
                Row("元旦", "12-30", "01-01"),
                Row("春节", "02-04", "02-10", moved: "02-02", "02-03"),
                Row("清明节", "04-05", "04-07"),
                Row("劳动节", "05-01", "05-04", moved: "04-28", "05-05"),
                Row("端午节", "06-07", "06-09"),
                Row("中秋节", "09-13", "09-15"),
                Row("国庆节", "10-01", "10-07", moved: "09-29", "10-12"),
            ]
        ),
        (
            2020, "国办发明电〔2019〕16号, 〔2020〕1号",
            [
                Row("元旦", "01-01", "01-01"),
                Row("春节", "01-24", "02-02", moved: "01-19"),
                Row("清明节", "04-04", "04-06"),
                Row("劳动节", "05-01", "05-05", moved: "04-26", "05-09"),
                Row("端午节", "06-25", "06-27", moved: "06-28"),
                Row("国庆节、中秋节", "10-01", "10-08", moved: "09-27", "10-10"),
            ]
        ),
        (
            2021, "国办发明电〔2020〕27号",
            [
                Row("元旦", "01-01", "01-03"),
                Row("春节", "02-11", "02-17", moved: "02-07", "02-20"),
                Row("清明节", "04-03", "04-05"),
                Row("劳动节", "05-01", "05-05", moved: "04-25", "05-08"),
                Row("端午节", "06-12", "06-14"),
                Row("中秋节", "09-19", "09-21", moved: "09-18"),
                Row("国庆节", "10-01", "10-07", moved: "09-26", "10-09"),
            ]
        ),
        (
            2022, "国办发明电〔2021〕11号",
            [
                Row("元旦", "01-01", "01-03"),
                Row("春节", "01-31", "02-06", moved: "01-29", "01-30"),
                Row("清明节", "04-03", "04-05", moved: "04-02"),
                Row("劳动节", "04-30", "05-04", moved: "04-24", "05-07"),
                Row("端午节", "06-03", "06-05"),
                Row("中秋节", "09-10", "09-12"),
                Row("国庆节", "10-01", "10-07", moved: "10-08", "10-09"),
            ]
        ),
        (
            2023, "国办发明电〔2022〕16号",
            [
                Row("元旦", "12-31", "01-02"),
                Row("春节", "01-21", "01-27", moved: "01-28", "01-29"),
                Row("清明节", "04-05", "04-05"),
                Row("劳动节", "04-29", "05-03", moved: "04-23", "05-06"),
                Row("端午节", "06-22", "06-24", moved: "06-25"),
                Row("中秋节、国庆节", "09-29", "10-06", moved: "10-07", "10-08"),
            ]
        ),
        (
            2024, "国办发明电〔2023〕7号",
            [
                Row("元旦", "01-01", "01-01"),
                Row("春节", "02-10", "02-17", moved: "02-04", "02-18"),
                Row("清明节", "04-04", "04-06", moved: "04-07"),
                Row("劳动节", "05-01", "05-05", moved: "04-28", "05-11"),
                Row("端午节", "06-10", "06-10"),
                Row("中秋节", "09-15", "09-17", moved: "09-14"),
                Row("国庆节", "10-01", "10-07", moved: "09-29", "10-12"),
            ]
        ),
        (
            2025, "国办发明电〔2024〕12号",
            [
                Row("元旦", "01-01", "01-01"),
                Row("春节", "01-28", "02-04", moved: "01-26", "02-08"),
                Row("清明节", "04-04", "04-06"),
                Row("劳动节", "05-01", "05-05", moved: "04-27"),
                Row("端午节", "05-31", "06-02"),
                Row("国庆节、中秋节", "10-01", "10-08", moved: "09-28", "10-11"),
            ]
        ),
        (
            2026, "国办发明电〔2025〕7号",
            [
                Row("元旦", "01-01", "01-03", moved: "01-04"),
                Row("春节", "02-15", "02-23", moved: "02-14", "02-28"),
                Row("清明节", "04-04", "04-06"),
                Row("劳动节", "05-01", "05-05", moved: "05-09"),
                Row("端午节", "06-19", "06-21"),
                Row("中秋节", "09-25", "09-27"),
                Row("国庆节", "10-01", "10-07", moved: "09-20", "10-10"),
            ]
        ),
    ]
}
