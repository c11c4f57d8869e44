import CommonContracts
import Domain
import Foundation
import GRPCCore
import ProjectContracts
import Wire

/// The part of the story in which a project starts, falls behind, and catches up (PRJ-9, PRJ-10).
extension Scenario {
    private static let milestone = "主体封顶"

    /// Planned, started in time, behind by ten days, by more than thirty, and on schedule again.
    func tellLights(of project: WireProject, _ clock: StoryClock) async throws -> [Outcome] {
        let id = project.projectID
        let signedOn = try await clock.today()
        // Days of the plan, counted from the signing.
        let start = try signedOn.adding(days: 5)
        let due = try signedOn.adding(days: 10)
        narrator.step("签订计划，按期开工，亮绿灯")
        try await plan(id, from: signedOn, start: start, due: due)
        Console.line("计划：\(start) 开工，\(due) \(Self.milestone)")
        try await clock.move(to: start)
        try await advance(id, to: .started, [.registration, .land, .startPermit], on: start)
        try await report(id, for: signedOn)
        try await waitForLight(.green, of: id)

        narrator.step("进度滞后，亮黄灯，再转红灯")
        try await clock.move(to: due.adding(days: 10))
        try await waitForLight(.yellow, of: id)
        try await readNotices(
            about: project.number, as: Self.projectPost, post: "机械制造专班经办岗", ["project.light": 1])
        try await clock.move(to: due.adding(days: 31))
        try await waitForLight(.red, of: id)
        try await readNotices(
            about: project.number, as: Self.projectPost, post: "机械制造专班经办岗", ["project.light": 1])

        narrator.step("\(Self.milestone)完成，恢复绿灯")
        let today = try await clock.today()
        let number = try await found(projectID: id).plan.milestones.first { $0.name == Self.milestone }?.number ?? 0
        try await change(id, as: Self.projectPost) { client, bearer, version in
            try await client.reachMilestone(
                request: bearer.request(
                    .with {
                        $0.set(id, version)
                        $0.milestone = number
                        $0.reachedOn = today.wire
                    }), options: .ordinary
            ).project
        }
        try await waitForLight(.green, of: id)
        try await readNotices(
            about: project.number, as: Self.projectPost, post: "机械制造专班经办岗", ["project.light": 1])
        return try await outcomes(of: id)
    }

    /// Two milestones, a schedule of investment that is kept, and a report each month.
    private func plan(_ id: String, from day: CivilDate, start: CivilDate, due: CivilDate) async throws {
        let month = Month(containing: start)
        let schedule = try [2, 3].enumerated().map { index, tens in
            let scheduled = try month.adding(months: index)
            return Zhitongche_Project_V1_ScheduledAmount.with {
                $0.month = .with {
                    $0.year = Int32(scheduled.year)
                    $0.month = Int32(scheduled.month)
                }
                $0.completed = .with { $0.fen = Int64(tens) * 1_000_000_000 }
            }
        }
        try await change(id, as: Self.projectPost) { client, bearer, version in
            try await client.setPlan(
                request: bearer.request(
                    .with {
                        $0.set(id, version)
                        $0.plan = .with {
                            $0.milestones = [
                                Self.milestone("开工", start, stage: .started),
                                Self.milestone(Self.milestone, due, stage: .unspecified),
                            ]
                            $0.schedule = schedule
                            $0.cadence = .monthly
                            $0.reportsFrom = day.wire
                        }
                    }), options: .ordinary
            ).project
        }
    }

    private static func milestone(
        _ name: String, _ day: CivilDate, stage: Zhitongche_Project_V1_Stage
    ) -> Zhitongche_Project_V1_Milestone {
        .with {
            $0.name = name
            $0.dueOn = day.wire
            $0.unitID = projectUnit
            $0.post = "机械制造专班经办岗"
            $0.stage = stage
        }
    }

    /// Reports what the schedule wants for the months of the story, so that milestones alone decide the light.
    private func report(_ id: String, for day: CivilDate) async throws {
        let period = Month(containing: day).period
        let amount = Zhitongche_Common_V1_Money.with { $0.fen = 3_000_000_000 }
        let reported = try await project(as: Self.projectPost) { client, bearer in
            try await whileOvertaken {
                let version = try await client.getProject(
                    request: bearer.request(.with { $0.projectID = id }), options: .ordinary
                ).project.version
                return try await client.submitReport(
                    request: bearer.request(
                        .with {
                            $0.set(id, version)
                            $0.period = period.wire
                            $0.figures = .with {
                                $0.completed = amount
                                $0.domesticInPlace = amount
                            }
                            $0.picture = "场地平整完成，桩基施工"
                        }), options: .ordinary
                ).report
            }
        }
        Console.line("进度月报：完成投资 \(Console.yuan(reported.figures.completed.fen))，\(reported.picture)")
    }

    private func found(projectID id: String) async throws -> WireProject {
        try await project(as: Self.projectPost) { client, bearer in
            try await client.getProject(request: bearer.request(.with { $0.projectID = id }), options: .ordinary)
                .project
        }
    }

    private func waitForLight(_ light: Zhitongche_Project_V1_Light, of id: String) async throws {
        let seen = try await eventually("the light of \(id) is \(light)") {
            let seen = try await self.found(projectID: id)
            return seen.light == light ? seen : nil
        }
        Console.line("\(Self.name(light))：\(Self.words(seen.lightReasons))")
    }

    /// What the history of the light says, oldest change first.
    private func outcomes(of id: String) async throws -> [Outcome] {
        let changes = try await project(as: Self.projectPost) { client, bearer in
            try await client.listLightChanges(
                request: bearer.request(.with { $0.projectID = id }), options: .ordinary
            ).changes
        }.reversed()
        let lights = changes.map { Self.name($0.to) }
        guard lights == ["绿灯", "黄灯", "红灯", "绿灯"] else {
            throw Refusal("the light went another way: \(lights.joined(separator: ", "))")
        }
        return changes.enumerated().map { index, change in
            Outcome(
                subject: index == 0 ? "项目亮灯" : "", result: Self.name(change.to),
                reason: Self.words(change.reasons))
        }
    }

    private static func name(_ light: Zhitongche_Project_V1_Light) -> String {
        switch light {
        case .green: "绿灯"
        case .yellow: "黄灯"
        case .red: "红灯"
        case .unspecified, .UNRECOGNIZED: "无灯"
        }
    }

    private static func words(_ reasons: [Zhitongche_Project_V1_LightReason]) -> String {
        guard !reasons.isEmpty else { return "按计划推进" }
        return reasons.map { reason in
            let (value, limit) = (reason.value, reason.rule.threshold)
            func text(_ ratio: Zhitongche_Common_V1_Ratio) -> String {
                ratio.denominator == 1 ? "\(ratio.numerator)" : "\(ratio.numerator)/\(ratio.denominator)"
            }
            return "\(name(reason.rule.measure)) \(text(value))（规则：\(name(reason.rule.comparison)) \(text(limit))）"
        }.joined(separator: "；")
    }

    private static func name(_ measure: Zhitongche_Project_V1_LightMeasure) -> String {
        switch measure {
        case .milestoneDays: "节点滞后天数"
        case .investmentShare: "投资完成比例"
        case .problemLimit: "未办结问题已用期限"
        case .overdueProblems: "逾期问题数"
        case .pointsBehind: "投资滞后比例"
        case .monthsNotStarted: "应开工未开工月数"
        case .monthsNotCounted: "未入统月数"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }

    private static func name(_ comparison: Zhitongche_Project_V1_LightComparison) -> String {
        switch comparison {
        case .above: "大于"
        case .atLeast: "不小于"
        case .below: "小于"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }
}
