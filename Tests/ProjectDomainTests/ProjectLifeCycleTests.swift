import Domain
import Testing

@testable import ProjectDomain

/// A project in every stage and status, made by its own commands alone.
struct Situation: Hashable, Sendable, CustomTestStringConvertible {
    let stage: Stage
    let status: ProjectStatus

    static let all = Stage.allCases.flatMap { stage in
        ProjectStatus.allCases.map { Situation(stage: stage, status: $0) }
    }

    var testDescription: String { "\(stage.rawValue) \(status.rawValue)" }

    func project() throws -> Project {
        var project = try registered()
        try project.set(try plan(cadence: .monthly, from: "2020-04-01"))
        for next in Stage.allCases where next > .planned && next <= stage {
            _ = try project.advance(
                to: next, on: day("2020-04-20"), evidence: papers(), reason: "", today: day("2020-04-20"))
        }
        switch status {
        case .active: break
        case .suspended: try project.suspend(reason: "资金暂缓")
        case .terminated: try project.terminate(reason: "投资方退出")
        }
        return project
    }

    /// The commands that the situation allows; every other one must be refused (PRJ-3).
    var allowed: Set<ProjectCommand> {
        switch status {
        case .active:
            let always: Set<ProjectCommand> = [
                .edit, .advance, .suspend, .terminate, .admit, .except, .plan, .reach, .report,
            ]
            return stage >= .started ? always.union([.enterStatistics]) : always
        case .suspended: return [.edit, .resume, .terminate, .admit, .except]
        case .terminated: return []
        }
    }
}

extension Project {
    /// Gives a command with arguments that are right whenever the state is.
    mutating func perform(_ command: ProjectCommand) throws {
        let today = try day("2020-05-10")
        switch command {
        case .edit: try edit(try ProjectDomainTests.profile(site: "高新区二号地块"))
        case .advance:
            let target: Stage = stage == .inProduction ? .completed : Stage.allCases[stage.place + 1]
            _ = try advance(to: target, on: today, evidence: papers(), reason: "如实调整", today: today)
        case .suspend: try suspend(reason: "资金暂缓")
        case .resume: try resume(today: today)
        case .terminate: try terminate(reason: "投资方退出")
        case .admit: try admit(LibraryFit(plan: true, industry: true, park: true))
        case .except: try except(by: Decision(number: "泰领〔2020〕3号", day: day("2020-05-01")), today: today)
        case .remove: try remove()
        case .plan: try set(try ProjectDomainTests.plan())
        case .reach: _ = try reach(1, on: today, today: today)
        case .report:
            let period = try nextPeriod() ?? Period(from: today)
            _ = try report(ProjectDomainTests.figures(1), for: period, correctionNote: "", today: today)
        case .enterStatistics: try enterStatistics(on: today, today: today)
        }
    }
}

@Suite("PRJ-3 life cycle of projects")
struct ProjectLifeCycleTests {
    @Test(
        "PRJ-3 every state and command: allowed ones raise the version by one, others change nothing",
        arguments: Situation.all, ProjectCommand.allCases)
    func table(situation: Situation, command: ProjectCommand) throws {
        let before = try situation.project()
        var project = before
        if situation.allowed.contains(command) {
            try project.perform(command)
            #expect(project.version == before.version + 1)
        } else {
            #expect(throws: ProjectError.self) { try project.perform(command) }
            #expect(project == before)
        }
    }

    @Test("PRJ-3 the next stage needs its evidence, a later one also a reason, an earlier one a reason alone")
    func evidence() throws {
        var project = try registered()
        let today = try day("2020-06-01")
        #expect(throws: ProjectError.evidenceMissing([.negotiation])) {
            _ = try project.advance(to: .negotiating, on: day("2020-04-21"), evidence: [], reason: "", today: today)
        }
        #expect(throws: ProjectError.reasonMissing) {
            _ = try project.advance(to: .started, on: today, evidence: papers(), reason: "", today: today)
        }
        let skipped = try project.advance(
            to: .started, on: day("2020-05-10"), evidence: papers(), reason: "容缺受理", today: today)
        #expect(skipped.skipped && !skipped.wentBack)
        #expect(throws: ProjectError.sameStage(.started)) {
            _ = try project.advance(to: .started, on: today, evidence: papers(), reason: "x", today: today)
        }
        #expect(throws: ProjectError.dayOutOfPlace(try day("2020-05-09"))) {
            _ = try project.advance(
                to: .completed, on: day("2020-05-09"), evidence: papers(), reason: "", today: today)
        }
        let back = try project.advance(to: .signed, on: today, evidence: [], reason: "土地手续未完成", today: today)
        #expect(back.wentBack && project.stage == .signed && project.stageDates[.started] == nil)
    }

    @Test(
        "PRJ-18 the day of signing is that of the entry, or of coming past it, and none before",
        arguments: Stage.allCases)
    func signingDay(stage: Stage) throws {
        var project = try registered()
        let (moved, today) = (try day("2020-05-10"), try day("2020-06-01"))
        #expect(project.stageDates.signing == nil)
        guard stage != .planned else { return }
        _ = try project.advance(to: stage, on: moved, evidence: papers(), reason: "补录", today: today)
        #expect(project.stageDates.signing == (stage >= .signed ? moved : nil))
        if stage < .inProduction {
            _ = try project.advance(to: .inProduction, on: today, evidence: papers(), reason: "补录", today: today)
            #expect(project.stageDates.signing == (stage >= .signed ? moved : today))
        }
        _ = try project.advance(to: .planned, on: today, evidence: [], reason: "重新谈判", today: today)
        #expect(project.stageDates.signing == nil)
    }

    @Test("PRJ-4 what does not fit enters the library only by a decision of the leading group")
    func library() throws {
        for fit in [
            LibraryFit(plan: false, industry: true, park: true), LibraryFit(plan: true, industry: false, park: true),
            LibraryFit(plan: true, industry: true, park: false),
        ] {
            var project = try registered()
            #expect(throws: ProjectError.doesNotFit(plan: fit.plan, industry: fit.industry, park: fit.park)) {
                try project.admit(fit)
            }
            #expect(!project.library.counts)
            let decision = Project.Decision(number: "泰领〔2020〕3号", day: try day("2020-04-20"))
            #expect(throws: ProjectError.dayOutOfPlace(decision.day)) {
                try project.except(by: decision, today: day("2020-04-19"))
            }
            try project.except(by: decision, today: day("2020-04-20"))
            #expect(project.library == .excepted(decision) && project.library.counts)
            #expect(throws: ProjectError.libraryStanding(isInside: true)) {
                try project.admit(LibraryFit(plan: true, industry: true, park: true))
            }
            try project.remove()
            #expect(throws: ProjectError.libraryStanding(isInside: false)) { try project.remove() }
        }
    }

    @Test("PRJ-9 figures never fall without a correction note, and reports come period by period")
    func reports() throws {
        var project = try registered()
        try project.set(try plan())
        let (may, june) = (try Month("2020-05").period, try Month("2020-06").period)
        #expect(throws: ProjectError.notNextPeriod(may)) {
            _ = try project.report(figures(5), for: june, correctionNote: "", today: day("2020-07-01"))
        }
        #expect(throws: ProjectError.dayOutOfPlace(try day("2020-05-01"))) {
            _ = try project.report(figures(5), for: may, correctionNote: "", today: day("2020-04-30"))
        }
        let first = try figures(5, domestic: 2, dollars: 3)
        #expect(try !project.report(first, for: may, correctionNote: "", today: day("2020-05-31")))
        for fallen in [
            try figures(4, domestic: 2, dollars: 3), try figures(9, domestic: 1, dollars: 3),
            try figures(9, domestic: 2, dollars: 2),
        ] {
            let before = project
            #expect(throws: ProjectError.correctionNote(isMissing: true)) {
                _ = try project.report(fallen, for: june, correctionNote: "", today: day("2020-07-01"))
            }
            #expect(project == before)
        }
        #expect(throws: ProjectError.correctionNote(isMissing: false)) {
            _ = try project.report(first, for: june, correctionNote: "多报", today: day("2020-07-01"))
        }
        #expect(try project.report(figures(4), for: june, correctionNote: "审计核减", today: day("2020-07-01")))
        #expect(project.figures == (try figures(4)))
    }

    @Test("PRJ-9 the schedule stays within the investment, whichever of the two is changed")
    func schedule() throws {
        let above = try plan(schedule: [("2020-05", 101)])
        var project = try registered(profile: try profile(yuan: 100))
        #expect(throws: ProjectError.scheduleAboveInvestment) { try project.set(above) }
        try project.set(try plan(schedule: [("2020-05", 100)]))
        let before = project
        #expect(throws: ProjectError.scheduleAboveInvestment) { try project.edit(try profile(yuan: 99)) }
        #expect(project == before)
        try project.edit(try profile(yuan: 100))
    }

    @Test("PRJ-9 weeks begin on Monday, and no report is due for the time of a suspension")
    func periods() throws {
        var project = try registered()
        try project.set(try plan(cadence: .weekly, from: "2020-04-22"))
        #expect(try project.nextPeriod() == Period(from: day("2020-04-20"), until: day("2020-04-27")))
        try project.suspend(reason: "停工")
        try project.resume(today: day("2020-06-10"))
        #expect(try project.nextPeriod()?.start == day("2020-06-08"))
    }

    @Test("PRJ-9 a milestone of a stage follows the entry into it, also back; reached ones outlive a new plan")
    func milestones() throws {
        var project = try registered()
        try project.set(try plan(due: "2020-07-01", started: "2020-06-01"))
        let today = try day("2020-08-01")
        _ = try project.advance(to: .started, on: day("2020-05-20"), evidence: papers(), reason: "提速", today: today)
        #expect(project.plan?.milestones.map(\.reachedOn) == [try day("2020-05-20"), nil])
        _ = try project.reach(2, on: day("2020-07-20"), today: today)
        #expect(throws: ProjectError.milestone(2)) { _ = try project.reach(2, on: today, today: today) }
        #expect(throws: ProjectError.milestone(9)) { _ = try project.reach(9, on: today, today: today) }
        try project.set(try plan(due: "2020-09-01"))
        #expect(project.plan?.milestones.count == 2)
        #expect(project.plan?.milestones.last?.reachedOn == (try day("2020-07-20")))
        _ = try project.advance(to: .negotiating, on: today, evidence: [], reason: "重新谈判", today: today)
        #expect(project.plan?.milestones.first?.reachedOn == nil)
    }

    @Test("PRJ-3, PRJ-9 a random walk keeps the invariants", arguments: [1, 2, 3] as [UInt64])
    func walk(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "project.project.walk")
        var reports = 0
        for _ in 0..<100 {
            var project = try registered()
            for _ in 0..<40 {
                let before = project
                // Reports come often and ends seldom, so that most walks have figures that could fall.
                let others = ProjectCommand.allCases.filter { $0 != .terminate }
                let isReport = Int.random(in: 0..<3, using: &random) == 0
                let isEnd = Int.random(in: 0..<60, using: &random) == 0
                let command = isEnd ? .terminate : isReport ? .report : others.randomElement(using: &random) ?? .edit
                var note = ""
                do {
                    switch command {
                    case .advance:
                        // Back as well as on.
                        let target = Stage.allCases.randomElement(using: &random) ?? .planned
                        let today = try day("2020-05-10")
                        _ = try project.advance(
                            to: target, on: today, evidence: papers(), reason: "如实调整", today: today)
                    case .report:
                        let amounts = (0..<3).map { _ in Int64.random(in: 0...2, using: &random) }
                        note = Bool.random(using: &random) ? "审计核减" : ""
                        let period = try project.nextPeriod() ?? Period(from: day("2020-05-01"))
                        _ = try project.report(
                            figures(amounts[0], domestic: amounts[1], dollars: amounts[2]), for: period,
                            correctionNote: note, today: day("2025-01-01"))
                        reports += 1
                    case .edit, .suspend, .resume, .terminate, .admit, .except, .remove, .plan, .reach,
                        .enterStatistics:
                        try project.perform(command)
                    }
                    #expect(project.version == before.version + 1)
                } catch is ProjectError {
                    #expect(project == before)
                }
                // A terminated project stays so, a stage always has its day, and counting means being in the library.
                if before.status == .terminated { #expect(project == before) }
                #expect(project.stageDates[project.stage] != nil)
                for later in Stage.allCases where later > project.stage { #expect(project.stageDates[later] == nil) }
                #expect(project.statisticsOn == nil || project.stage >= .started)
                // Compared one by one, so that the comparison under test cannot excuse itself.
                if let earlier = before.figures, let now = project.figures, project.version > before.version {
                    let holds = [
                        now.completed >= earlier.completed, now.domesticInPlace >= earlier.domesticInPlace,
                        now.foreignInPlace >= earlier.foreignInPlace,
                    ]
                    #expect(holds.allSatisfy { $0 } == note.isEmpty)
                }
            }
        }
        #expect(reports > 100)
    }
}
