import AssessmentContracts
import CommonContracts
import DirectoryContracts
import Foundation
import GRPCCore
import Messaging
import NotificationContracts
import Postgres
import ProjectContracts
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import NotificationService

@Suite("Notices about projects and results")
struct ProjectNoticeTests {
    private typealias Key = Zhitongche_Project_V1_ProjectKey

    private static let key = Key.with {
        $0.projectID = UUIDv7.make()
        $0.unitID = "zone"
        $0.number = "XM2020000003"
    }

    private static func change(
        _ from: Zhitongche_Project_V1_Light, _ to: Zhitongche_Project_V1_Light
    ) -> Zhitongche_Project_V1_LightChanged {
        .with {
            $0.project = key
            $0.from = from
            $0.to = to
        }
    }

    @Test("PRJ-10, NTF-3, NTF-7 staff of the unit that answers for a project are told of its lights, once each")
    func lights() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            // The first green and a light that goes out are no news.
            let changes: [(Zhitongche_Project_V1_Light, Zhitongche_Project_V1_Light)] = [
                (.unspecified, .green), (.green, .yellow), (.yellow, .red), (.red, .green), (.green, .unspecified),
                (.unspecified, .yellow),
            ]
            for (index, (from, to)) in changes.enumerated() {
                let id = UUIDv7.make()
                // Twice: the second delivery changes nothing.
                for _ in 0..<2 {
                    try await stage.bench.publish(
                        Self.change(from, to), topic: .projects, key: Self.key.projectID, seq: Int64(index + 1), id: id)
                }
            }
            let account = UUIDv7.make()
            let both = ["handler", "unit-leader"]
            let seen = try await eventually {
                try await stage.inbox(of: account, unit: "zone", roles: both, client)
            } is: {
                $0.count == 4
            }
            #expect(seen.allSatisfy { $0.kind == "project.light" })
            #expect(
                seen.reversed().map(\.title.zh)
                    == ["黄灯", "红灯", "绿灯", "黄灯"].map { "项目XM2020000003亮\($0)" })
            #expect(seen[0].body.zh == "项目XM2020000003的进度已亮黄灯，请查看原因并按计划推进。")
            #expect(try await stage.inbox(unit: "zone", roles: ["handler"], client).count == 4)
            #expect(try await stage.inbox(unit: "zone", roles: ["unit-leader"], client).count == 4)
            #expect(try await stage.inbox(unit: "zone", roles: ["supervisor"], client).isEmpty)
            #expect(try await stage.inbox(unit: "other", roles: both, client).isEmpty)
        }
    }

    @Test("DIR-3, NTF-7 what was told to a unit follows it: its successor's staff see it, others do not")
    func merger() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            try await stage.bench.publish(
                Self.change(.green, .red), topic: .projects, key: Self.key.projectID, seq: 1)
            func seen(_ unit: String) async throws -> Int {
                try await stage.inbox(unit: unit, roles: ["handler"], client).count
            }
            try await eventually {
                try await seen("zone")
            } is: {
                $0 == 1
            }
            #expect(try await seen("new-zone") == 0)
            let ended = Zhitongche_Directory_V1_Unit.with {
                ($0.unitID, $0.region, $0.version) = ("zone", "370900", 1)
                $0.active.end = .with { ($0.year, $0.month, $0.day) = (2020, 4, 1) }
                $0.successorIds = ["new-zone"]
            }
            try await stage.bench.publish(
                Zhitongche_Directory_V1_UnitState.with { $0.unit = ended }, topic: .state("directory", "unit"),
                key: "zone", seq: 1)
            try await eventually {
                try await seen("new-zone")
            } is: {
                $0 == 1
            }
            // Its staff went with it; those beside and above still see nothing.
            #expect(try await seen("zone") == 1)
            for unit in ["other", "office"] { #expect(try await seen(unit) == 0) }
        }
    }

    @Test("NTF-7, PRJ-5, PRJ-9 a missed report, a silent bureau and two months of red are told to their units")
    func duties() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let missed = Zhitongche_Project_V1_ReportMissed.with {
                $0.project = Self.key
                $0.dueOn = .with {
                    $0.year = 2020
                    $0.month = 5
                    $0.day = 10
                }
            }
            try await stage.bench.publish(missed, topic: .projects, key: Self.key.projectID, seq: 1)
            let referred = Zhitongche_Project_V1_ProjectReferredToSupervision.with { $0.project = Self.key }
            try await stage.bench.publish(referred, topic: .projects, key: Self.key.projectID, seq: 2)
            let overdue = Zhitongche_Project_V1_OpinionOverdue.with {
                $0.preAssessmentID = UUIDv7.make()
                $0.bureauUnitID = "ecology"
                // The end of 2020-04-23 in Asia/Shanghai.
                $0.dueAt = .with { $0.seconds = 1_587_657_600 }
            }
            try await stage.bench.publish(overdue, topic: .preAssessments, key: overdue.preAssessmentID, seq: 1)
            let seen = try await eventually {
                try await stage.inbox(unit: "zone", roles: ["handler"], client)
            } is: {
                $0.count == 2
            }
            #expect(
                Set(seen.map(\.body.zh)) == [
                    "项目XM2020000003的进度报告应于2020-05-10前填报，现已逾期，请尽快补报。", "项目XM2020000003连续两个月亮红灯，已转入督办。",
                ])
            let bureau = try await eventually {
                try await stage.inbox(unit: "ecology", roles: ["unit-leader"], client)
            } is: {
                $0.count == 1
            }
            #expect(bureau[0].body.zh == "有项目预评估意见应于2020-04-23前反馈，现已逾期，请尽快反馈。")
        }
    }

    @Test("PRJ-10, NTF-7 two months of red go to those who supervise in the office of the project's region, once each")
    func supervision() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            func refer(_ number: String, unit: String, region: String) async throws {
                let referred = Zhitongche_Project_V1_ProjectReferredToSupervision.with {
                    $0.project.projectID = UUIDv7.make()
                    ($0.project.unitID, $0.project.region, $0.project.number) = (unit, region, number)
                }
                let id = UUIDv7.make()
                // Twice: the second delivery changes nothing.
                for _ in 0..<2 {
                    try await stage.bench.publish(
                        referred, topic: .projects, key: referred.project.projectID, seq: 1, id: id)
                }
            }
            // One of a town below the office's region, one of a region without an office, one of the office itself.
            try await refer("P1", unit: "zone", region: "370902")
            try await refer("P2", unit: "elsewhere", region: "371302")
            try await refer("P3", unit: "office", region: "370900")
            let supervisors = try await eventually {
                try await stage.inbox(unit: "office", roles: ["supervisor"], client)
            } is: {
                $0.count == 2
            }
            #expect(
                Set(supervisors.map(\.body.zh)) == [
                    "项目P1连续两个月亮红灯，已转入督办。", "项目P3连续两个月亮红灯，已转入督办。",
                ])
            #expect(supervisors.allSatisfy { $0.kind == "project.supervision" })
            for (unit, roles, numbers) in [
                ("office", ["supervisor", "handler"], ["P1", "P3"]), ("office", ["handler"], ["P3"]),
                ("zone", ["handler"], ["P1"]), ("zone", ["supervisor"], []), ("elsewhere", ["unit-leader"], ["P2"]),
                ("elsewhere", ["supervisor"], []), ("finance", ["supervisor"], []),
            ] as [(String, [String], [String])] {
                let titles = try await eventually {
                    try await stage.inbox(unit: unit, roles: roles, client).map(\.title.zh).sorted()
                } is: {
                    $0.count == numbers.count
                }
                #expect(titles == numbers.map { "项目\($0)转入督办" })
            }
        }
    }

    @Test("PRJ-5, NTF-1 the result of a pre-assessment goes back to the unit that applied, and to nobody else")
    func preAssessments() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let results: [Zhitongche_Project_V1_PreAssessmentResult] = [
                .passed, .conditional, .refused, .vetoed, .unspecified,
            ]
            for result in results {
                let combined = Zhitongche_Project_V1_PreAssessmentCombined.with {
                    ($0.preAssessmentID, $0.applicantUnitID, $0.result) = (UUIDv7.make(), "zone", result)
                    $0.silentUnitIds = ["ecology"]
                }
                try await stage.bench.publish(
                    combined, topic: .preAssessments, key: combined.preAssessmentID, seq: 1)
            }
            let seen = try await eventually {
                try await stage.inbox(unit: "zone", roles: ["handler"], client)
            } is: {
                $0.count == 4
            }
            #expect(
                Set(seen.map(\.title.zh))
                    == Set(["通过", "有条件通过", "不予通过", "一票否决"].map { "项目预评估结果：\($0)" }))
            #expect(seen.allSatisfy { $0.kind == "project.preassessment" })
            #expect(seen.contains { $0.body.en.contains("was passed under conditions; see all opinions") })
            #expect(try await stage.inbox(unit: "zone", roles: ["unit-leader"], client).count == 4)
            #expect(try await stage.inbox(unit: "ecology", roles: ["handler", "unit-leader"], client).isEmpty)
            try await eventually {
                try await stage.deadLetters()
            } is: {
                $0 == ["the result is unknown"]
            }
        }
    }

    private static func part(
        _ number: Int32, _ scores: [(unit: String, millionths: Int64, rank: Int32)]
    ) -> Zhitongche_Assessment_V1_ResultScoresPart {
        .with {
            $0.resultID = key.projectID
            $0.part = number
            $0.period = .with {
                $0.kind = .quarter
                $0.year = 2020
                $0.number = 2
            }
            $0.scores = scores.map { score in
                .with {
                    $0.unitID = score.unit
                    $0.score = .with {
                        $0.unscaled = score.millionths
                        $0.scale = 6
                    }
                    $0.rank = score.rank
                }
            }
        }
    }

    @Test("NTF-1, ASM-10 every unit of a published result reads its own score and rank, and nobody else's")
    func results() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let id = Self.key.projectID
            let published = Zhitongche_Assessment_V1_ResultPublished.with { $0.resultID = id }
            try await stage.bench.publish(published, topic: .results, key: id, seq: 1)
            try await stage.bench.publish(
                Self.part(1, [("zone", 96_500_000, 1), ("port", 88_250_000, 2)]), topic: .results, key: id, seq: 2)
            try await stage.bench.publish(Self.part(2, [("town", 70_000_000, 3)]), topic: .results, key: id, seq: 3)
            let wanted = [("zone", "96.5", 1), ("port", "88.25", 2), ("town", "70", 3)]
            for (unit, score, rank) in wanted {
                let seen = try await eventually {
                    try await stage.inbox(unit: unit, roles: ["unit-leader"], client)
                } is: {
                    !$0.isEmpty
                }
                #expect(seen.map(\.body.zh) == ["2020年第2季度考核结果已公布：贵单位得分\(score)，排名第\(rank)。"])
                #expect(seen[0].title.en == "Results of 2020 Q2 are published" && seen[0].kind == "assessment.result")
            }
        }
    }

    @Test("XCT-6 scores of no period and lights of no colour become dead letters; a rule that is off stays silent")
    func refused() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            try await stage.bench.administration.transaction { transaction in
                try transaction.execute(
                    "UPDATE notification.rule SET is_enabled = false WHERE rule_id = 'project-light'", expecting: 1)
            }
            var part = Self.part(1, [("zone", 1, 1)])
            part.period.number = 5
            try await stage.bench.publish(part, topic: .results, key: part.resultID, seq: 1)
            let odd = UUIDv7.make()
            try await stage.bench.publish(
                Self.change(.green, .UNRECOGNIZED(9)), topic: .projects, key: odd, seq: 1)
            try await stage.bench.publish(
                Self.change(.green, .red), topic: .projects, key: Self.key.projectID, seq: 1)
            let referred = Zhitongche_Project_V1_ProjectReferredToSupervision.with { $0.project = Self.key }
            try await stage.bench.publish(referred, topic: .projects, key: Self.key.projectID, seq: 2)
            let seen = try await eventually {
                try await stage.inbox(unit: "zone", roles: ["handler"], client)
            } is: {
                !$0.isEmpty
            }
            #expect(seen.map(\.kind) == ["project.supervision"])
            try await eventually {
                try await stage.deadLetters().sorted()
            } is: {
                $0 == ["the light is unknown", "the period is out of range"]
            }
        }
    }
}
