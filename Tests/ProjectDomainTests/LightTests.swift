import Domain
import Testing

@testable import ProjectDomain

@Suite("PRJ-10 lights")
struct LightTests {
    private let standard: LightRuleSet
    private let yinchuan: LightRuleSet

    init() throws {
        standard = try LightRuleSet(name: "standard", rules: LightRuleSet.standard, version: 1)
        yinchuan = try LightRuleSet(name: "yinchuan", rules: LightRuleSet.yinchuan, version: 1)
    }

    private func light(
        _ project: Project, _ rules: LightRuleSet, on today: String, problems: [OpenProblem] = [],
        at now: BusinessTime = noon
    ) throws -> (Light?, [LightMeasure]) {
        var project = project
        _ = try project.shine(by: rules, problems: problems, at: now, today: day(today))
        return (project.lamp.light, project.lamp.reasons.map(\.rule.measure))
    }

    @Test(
        "PRJ-10 behind a milestone: green on its day, yellow up to 30 days, red beyond",
        arguments: [
            ("2020-06-30", Light.green), ("2020-07-01", .yellow), ("2020-07-30", .yellow), ("2020-07-31", .red),
        ])
    func milestone(today: String, expected: Light) throws {
        var project = try registered()
        try project.set(try plan(due: "2020-06-30"))
        #expect(try light(project, standard, on: today).0 == expected)
    }

    @Test(
        "PRJ-10 under 90 % of the schedule yellow, under 70 % red, by exact ratios",
        arguments: [(90, Light.green), (89, .yellow), (70, .yellow), (69, .red), (0, .red)] as [(Int64, Light)])
    func investmentShare(completed: Int64, expected: Light) throws {
        var project = try registered()
        try project.set(try plan(due: "2021-06-30", schedule: [("2020-05", 100), ("2020-06", 200)]))
        _ = try project.report(
            figures(completed), for: Month("2020-05").period, correctionNote: "", today: day("2020-05-31"))
        // On the last day of May nothing is due yet; the month's amount is due when the month is over.
        #expect(try light(project, standard, on: "2020-05-31").0 == .green)
        #expect(try light(project, standard, on: "2020-06-01").0 == expected)
        if expected != .green { #expect(try light(project, standard, on: "2020-06-01").1 == [.investmentShare]) }
    }

    @Test(
        "PRJ-10, PRJ-11 an open problem past half its limit is yellow, an overdue one red, one without a limit nothing")
    func problems() throws {
        var project = try registered()
        try project.set(try plan(due: "2021-06-30"))
        func problem(_ opened: Int64, _ due: Int64?) -> OpenProblem {
            OpenProblem(
                openedAt: BusinessTime(microseconds: opened), dueAt: due.map { BusinessTime(microseconds: $0) })
        }
        func shines(_ now: Int64, _ problems: [OpenProblem]) throws -> Light? {
            try light(project, standard, on: "2020-05-01", problems: problems, at: BusinessTime(microseconds: now)).0
        }
        #expect(try shines(50, [problem(0, 100)]) == .green)
        #expect(try shines(51, [problem(0, 100)]) == .yellow)
        #expect(try shines(99, [problem(0, 100), problem(98, 200)]) == .yellow)
        #expect(try shines(100, [problem(0, 100)]) == .red)
        #expect(try shines(1_000, [problem(0, nil)]) == .green)
    }

    @Test(
        "PRJ-10 the Yinchuan preset: 10 to 30 points behind yellow, over 30 red",
        arguments: [(71, Light.green), (70, .yellow), (50, .yellow), (49, .red)] as [(Int64, Light)])
    func points(completed: Int64, expected: Light) throws {
        var project = try registered(profile: try profile(yuan: 100))
        try project.set(try plan(due: "2021-06-30", schedule: [("2020-05", 80)]))
        // 80 of 100 should be completed; 70 and 50 of them are 10 and 30 points behind.
        _ = try project.report(
            figures(completed), for: Month("2020-05").period, correctionNote: "", today: day("2020-05-31"))
        #expect(try light(project, yinchuan, on: "2020-06-01").0 == expected)
    }

    @Test(
        "PRJ-10 the Yinchuan preset: due to start this month and not started yellow, three months running red",
        arguments: [
            ("2020-05-31", Light.green), ("2020-06-01", .yellow), ("2020-07-31", .yellow), ("2020-08-01", .red),
        ])
    func notStarted(today: String, expected: Light) throws {
        var project = try registered()
        try project.set(try plan(due: "2021-06-30", started: "2020-06-20"))
        #expect(try light(project, yinchuan, on: today).0 == expected)
        _ = try project.advance(
            to: .started, on: day("2020-05-20"), evidence: papers(), reason: "提速", today: day("2020-05-20"))
        try project.enterStatistics(on: day("2020-05-21"), today: day("2020-05-21"))
        #expect(try light(project, yinchuan, on: today).0 == .green)
    }

    @Test(
        "PRJ-10 the Yinchuan preset: not in the statistics library a month after the start yellow, over two months red",
        arguments: [
            ("2020-06-19", Light.green), ("2020-06-20", .yellow), ("2020-07-20", .yellow), ("2020-07-21", .red),
        ])
    func notCounted(today: String, expected: Light) throws {
        var project = try registered()
        try project.set(try plan(due: "2021-06-30"))
        _ = try project.advance(
            to: .started, on: day("2020-05-20"), evidence: papers(), reason: "提速", today: day("2020-05-20"))
        #expect(try light(project, yinchuan, on: today).0 == expected)
    }

    @Test("PRJ-10 a change tells its reason, once; red for two months goes to supervision, once for every red")
    func changes() throws {
        var project = try registered()
        try project.set(try plan(due: "2020-06-30"))
        func shine(_ today: String) throws -> LightOutcome {
            try project.shine(by: standard, problems: [], at: noon, today: day(today))
        }
        #expect(try shine("2020-06-01").change?.to == .green)
        #expect(try shine("2020-06-02").change == nil)
        let red = try shine("2020-07-31").change
        #expect(red?.from == .green && red?.to == .red)
        #expect(red?.reasons == [LightReason(rule: LightRuleSet.standard[1], value: .whole(31))])
        #expect(try shine("2020-09-29").referredSince == nil)
        #expect(try shine("2020-09-30").referredSince == day("2020-07-31"))
        #expect(try shine("2020-10-01").referredSince == nil)
        _ = try project.reach(1, on: day("2020-10-01"), today: day("2020-10-01"))
        #expect(try shine("2020-10-01").change?.to == .green)
        #expect(project.lamp.redSince == nil && !project.lamp.isReferred)
    }

    @Test("PRJ-10 without a plan, at rest and in production no light shines", arguments: ProjectStatus.allCases)
    func dark(status: ProjectStatus) throws {
        var project = try Situation(stage: .signed, status: status).project()
        _ = try project.shine(by: standard, problems: [], at: noon, today: day("2020-05-01"))
        #expect((project.lamp.light != nil) == (status == .active))
        var unplanned = try registered()
        #expect(try unplanned.shine(by: standard, problems: [], at: noon, today: day("2020-05-01")).change == nil)
        var producing = try Situation(stage: .inProduction, status: .active).project()
        #expect(try producing.shine(by: standard, problems: [], at: noon, today: day("2020-05-01")).change == nil)
    }
}
