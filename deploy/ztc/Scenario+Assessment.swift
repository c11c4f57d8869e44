import AssessmentContracts
import CommonContracts
import Foundation
import GRPCCore

extension Scenario {
    /// The last part: targets of 2020, achievements, scores by a frozen scheme, ranks and awards, and one figure traced
    /// to the bytes of its events.
    func tellAssessment() async throws -> [Outcome] {
        func read<File: Decodable>(_ name: String, as type: File.Type) throws -> File {
            try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
        }
        let units = try read("units.json", as: UnitsFile.self).units
        let posts = try read("accounts-development.json", as: AccountsFile.self).accounts
        let tables = try read("targets-taian-2020.json", as: TargetTables.self)
        let example = try read("assessment-example-2020.json", as: AssessmentExample.self)
        return try await withConnection(to: "assessment", of: stack) { client in
            try await AssessmentStory(
                scenario: self, tables: tables, example: example, units: units, posts: posts,
                calls: .init(wrapping: client)
            ).tell()
        }
    }
}

/// How the city's targets of 2020 become scores, ranks and awards (ASM-1 to ASM-3, ASM-7, ASM-8, ASM-10, ASM-15).
///
/// What is there already stays as it is: the story is told from what the service answers, so that it can be told again,
/// and a published result stays the same whatever happens afterwards. Commands carry fixed request identifiers.
struct AssessmentStory {
    typealias Calls = Zhitongche_Assessment_V1_AssessmentService.Client<OperatorTransport>

    /// Posts of the story.
    enum Post {
        static let drafter = "shangwuju.jingban"
        static let verifier = "shangwuju.shenhe"
        static let assessor = "kaohezu.kaohe"
        static let leadingGroup = "zhihuibu.lingdao"
        static let library = "zhihuibu.ruku"
    }

    /// A group with what was published for it.
    struct Standing {
        let group: AssessmentExample.Group
        let result: Zhitongche_Assessment_V1_Result
        let scores: [Zhitongche_Assessment_V1_UnitScore]
        let awards: [Zhitongche_Assessment_V1_Award]
        let ruleNames: [String: String]
    }

    let scenario: Scenario
    let tables: TargetTables
    let example: AssessmentExample
    let units: [UnitsFile.Unit]
    let posts: [AccountsFile.Account]
    let calls: Calls

    var period: Zhitongche_Assessment_V1_AssessmentPeriod {
        .with {
            $0.kind = .year
            $0.year = example.year
            $0.number = 1
        }
    }

    func tell() async throws -> [Scenario.Outcome] {
        let year = example.year
        scenario.narrator.step("下达 \(year) 年目标：市商务局起草，考核奖惩组复核，领导小组批准")
        try await setUp()
        try await show(setTargets())

        scenario.narrator.step("县区示例项目的进度报告，由事件计成“内资到位”")
        Console.line("以下完成数、权重、省均值均为示例，不是真实数据；每次演示都相同")
        try await ProjectExamples(story: self).report()

        scenario.narrator.step("县区经办岗上报其余指标，市商务局核实岗逐项核实")
        try await reportValues()

        scenario.narrator.step("考核方案计算、冻结，由另一岗位发布")
        var standings: [Standing] = []
        for group in example.tiers { standings.append(try await standing(of: group)) }

        scenario.narrator.step("\(year) 年目标、完成与排名")
        for standing in standings { try await show(standing) }

        guard let first = standings.first, let best = first.scores.first else { throw Refusal("nobody was ranked") }
        scenario.narrator.step("一个数字追溯到事件：\(name(of: best.unitID)) 内资到位")
        try await trace("domestic-funds", of: best.unitID, in: first)

        scenario.narrator.step("其他服务的事件此刻计得的指标（随事件变化，已冻结的排名不变）")
        try await showCurrentFigures()
        return standings.compactMap { standing in
            standing.scores.first.map { best in
                Scenario.Outcome(
                    subject: "\(year) 年考核：\(standing.group.name)",
                    result: "第 1 名 \(name(of: best.unitID))，\(best.score.printed) 分",
                    reason: "\(standing.scores.count) 家排名，奖励 \(standing.awards.count) 项，可追溯到事件")
            }
        }
    }

    // MARK: Names

    /// The slug of a unit of the tables.
    func unit(_ name: String) throws -> String {
        guard let unit = units.first(where: { $0.name == name && $0.id.hasPrefix("taian-") }) else {
            throw Refusal("no unit of the city is called \(name)")
        }
        return unit.id
    }

    func name(of unit: String) -> String { units.first { $0.id == unit }?.name ?? unit }

    /// The account of a unit's post that reports.
    func reporter(of unit: String) -> String { unit.replacing(/^taian-/, with: "") + ".jingban" }

    /// A request identifier that is the same in every telling.
    func request(_ parts: String...) -> String {
        (["story", String(example.year)] + parts).joined(separator: ".").prefix64
    }

    func bearer(_ login: String) async throws -> Bearer { try await scenario.accounts.bearer(login) }

    // MARK: Ranking

    private func show(_ standing: Standing) async throws {
        let group = standing.group
        let leaves = tables.indicators.filter { group.weights[$0.id] != nil }
        let assessor = try await bearer(Post.assessor)
        var rows: [[String]] = []
        for score in standing.scores {
            var row = [String(score.rank), name(of: score.unitID)]
            for leaf in leaves {
                let input = try await calls.traceScore(
                    request: assessor.request(
                        .with {
                            $0.resultID = standing.result.resultID
                            $0.unitID = score.unitID
                            $0.code = leaf.id
                        }), options: .ordinary
                ).input
                row.append(
                    (input.hasValue ? input.value.printed : "–") + "/" + (input.hasTarget ? input.target.printed : "–"))
            }
            let money = standing.awards.filter { $0.unitID == score.unitID }.reduce(0) { $0 + $1.amount.fen }
            rows.append(
                row + [score.bonus.printed, score.score.printed, money == 0 ? "–" : Console.yuan(money)])
        }
        let header = leaves.map { leaf in
            "\(example.shortNames[leaf.id] ?? leaf.name)(\(leaf.unit))×\(group.weights[leaf.id] ?? 0)%"
        }
        Console.line("")
        Console.line("\(group.name)（各指标为 完成/目标，完成数为示例）")
        Console.table(
            ["排名", "县区"] + header + ["加分", "得分", "奖励"], rows, right: Set([0] + (2..<header.count + 5)))
        Console.line("")
        Console.table(
            ["县区", "奖项", "金额", "计算"],
            standing.awards.map { award in
                [
                    name(of: award.unitID), standing.ruleNames[award.ruleCode] ?? award.ruleCode,
                    Console.yuan(award.amount.fen), award.arithmetic,
                ]
            }, right: [2])
    }
}
