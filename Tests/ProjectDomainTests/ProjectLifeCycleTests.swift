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
        #expect(try !project.report(figures(5, domestic: 2), for: may, correctionNote: "", today: day("2020-05-31")))
        for fallen in [try figures(4, domestic: 2), try figures(9, domestic: 1)] {
            let before = project
            #expect(throws: ProjectError.correctionNote(isMissing: true)) {
                _ = try project.report(fallen, for: june, correctionNote: "", today: day("2020-07-01"))
            }
            #expect(project == before)
        }
        #expect(throws: ProjectError.correctionNote(isMissing: false)) {
            _ = try project.report(figures(5, domestic: 2), for: june, correctionNote: "多报", today: day("2020-07-01"))
        }
        #expect(try project.report(figures(4), for: june, correctionNote: "审计核减", today: day("2020-07-01")))
        #expect(project.figures == (try figures(4)))
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
        for _ in 0..<100 {
            var project = try registered()
            for _ in 0..<40 {
                let before = project
                let command = ProjectCommand.allCases.randomElement(using: &random) ?? .edit
                do {
                    try project.perform(command)
                    #expect(project.version == before.version + 1)
                } catch is ProjectError {
                    #expect(project == before)
                }
                // A terminated project stays so, a stage always has its day, and counting means being in the library.
                if before.status == .terminated { #expect(project == before) }
                #expect(project.stageDates[project.stage] != nil)
                for later in Stage.allCases where later > project.stage { #expect(project.stageDates[later] == nil) }
                #expect(project.statisticsOn == nil || project.stage >= .started)
                if let earlier = before.figures, let now = project.figures { #expect(!now.falls(below: earlier)) }
            }
        }
    }
}
