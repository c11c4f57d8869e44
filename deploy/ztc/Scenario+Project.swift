import CommonContracts
import Domain
import Foundation
import GRPCCore
import ProjectContracts
import Wire

typealias ProjectClient = Zhitongche_Project_V1_ProjectService.Client<OperatorTransport>
typealias WireProject = Zhitongche_Project_V1_Project
typealias WirePreAssessment = Zhitongche_Project_V1_PreAssessment

/// The part of the story in which a lead becomes a project (PRJ-2 to PRJ-5).
extension Scenario {
    /// The unit that takes the lead and answers for the project.
    static let projectUnit = "lanshan-jixiezhizaozhuanban"
    /// Its post.
    static let projectPost = "lanshan.jixie"
    private static let amount: Int64 = 12_000_000_000

    /// A bureau that is asked, with its post.
    private struct Bureau {
        let unit: String
        let login: String
        let name: String
    }

    /// The bureaus of the pre-assessment. The last one gives its opinion late.
    private static let bureaus = [
        Bureau(unit: "lanshan-qushangwuju", login: "lanshan.jingban", name: "区商务局"),
        Bureau(unit: "lanshan-qufagaiju", login: "lanshan.fagai", name: "区发改局"),
        Bureau(unit: "lanshan-qukejiju", login: "lanshan.keji", name: "区科技局"),
        Bureau(unit: "lanshan-qugongxinju", login: "lanshan.gongxin", name: "区工信局"),
        Bureau(unit: "lanshan-qucaizhengju", login: "lanshan.caizheng", name: "区财政局"),
        Bureau(unit: "lanshan-quziranziyuanju", login: "lanshan.ziran", name: "区自然资源局"),
        Bureau(unit: "lanshan-lanshanguihuafenju", login: "lanshan.guihua", name: "兰山规划分局"),
    ]

    /// Reported, recommended, taken, registered, assessed, signed, and then followed by its light.
    func tellProject(_ clock: StoryClock) async throws -> [Outcome] {
        let project = try await register(try await placeLead())
        let assessment = try await assess(project.projectID, clock)
        try await sign(project.projectID, on: try await clock.today())
        let lights = try await tellLights(of: project, clock)
        let late = assessment.opinions.count { $0.overdue }
        return [
            Outcome(
                subject: "项目：\(project.profile.name)",
                result: "预评估\(Self.name(assessment.result))，签约开工",
                reason: "\(assessment.opinions.count) 个部门提出意见，\(late) 个逾期")
        ] + lights
    }

    /// A lead of the external-investment department finds the unit that takes it.
    private func placeLead() async throws -> Zhitongche_Project_V1_Lead {
        let bureau = Self.bureaus[0]
        narrator.step("\(bureau.name)报送招商线索，领导小组办公室推荐，专班承接")
        let reported = try await project(as: bureau.login) { client, bearer in
            try await client.reportLead(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.source = .externalInvestment
                        $0.unitID = bureau.unit
                        $0.content = .with {
                            $0.investor = "华东精密传动有限公司"
                            $0.industry = "34"
                            $0.investment = .with {
                                $0.total = .with { $0.fen = Self.amount }
                                $0.domestic = .with { $0.fen = Self.amount }
                            }
                            $0.requirements = "用地 60 亩，两年内投产"
                            $0.region = "371302"
                            $0.origin = "行业展会洽谈"
                        }
                    }), options: .ordinary
            ).lead
        }
        Console.line("\(reported.content.investor)，意向投资 \(Console.yuan(reported.content.investment.total.fen))")
        let recommended = try await project(as: "lanshan.diaodu") { client, bearer in
            try await client.recommendLead(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.leadID = reported.leadID
                        $0.version = reported.version
                        $0.unitIds = [Self.projectUnit]
                    }), options: .ordinary
            ).lead
        }
        let taken = try await project(as: Self.projectPost) { client, bearer in
            try await client.takeLead(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.leadID = recommended.leadID
                        $0.version = recommended.version
                        $0.unitID = Self.projectUnit
                    }), options: .ordinary
            ).lead
        }
        Console.line("机械制造专班承接")
        return taken
    }

    /// The lead becomes a project, which enters the library.
    private func register(_ lead: Zhitongche_Project_V1_Lead) async throws -> WireProject {
        narrator.step("线索转为项目，入库")
        let created = try await project(as: Self.projectPost) { client, bearer in
            try await client.createProject(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.leadID = lead.leadID
                        $0.leadVersion = lead.version
                        $0.profile = .with {
                            $0.name = "精密传动部件智能制造项目"
                            $0.unitID = Self.projectUnit
                            $0.region = "371302"
                            $0.site = "兰山工业园"
                            $0.investor = lead.content.investor
                            $0.source = .attracted
                            $0.nature = .new
                            $0.investment = lead.content.investment
                            $0.size = .medium
                            $0.industry = lead.content.industry
                            $0.industryGroup = "高端装备制造"
                            $0.chainRole = .strengthens
                        }
                    }), options: .ordinary
            ).project
        }
        let admitted = try await change(created.projectID, as: "lanshan.diaodu") { client, bearer, version in
            try await client.admitProject(
                request: bearer.request(
                    .with {
                        $0.set(created.projectID, version)
                        $0.fitsPlan = true
                        $0.fitsIndustry = true
                        $0.fitsPark = true
                    }), options: .ordinary
            ).project
        }
        Console.line("\(admitted.profile.name) \(admitted.number)，符合规划、主导产业和园区定位，已入库")
        return admitted
    }

    /// Seven bureaus give their opinions in two working days; one is late.
    private func assess(_ id: String, _ clock: StoryClock) async throws -> WirePreAssessment {
        narrator.step("预评估：七个部门并联提出意见，限两个工作日")
        let requested = try await project(as: Self.projectPost) { client, bearer in
            try await client.requestPreAssessment(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.projectID = id
                        $0.applicantUnitID = Self.projectUnit
                        $0.papers = [
                            .with { $0.title = "项目建议书" }, .with { $0.title = "投资方资信证明" },
                        ]
                        $0.truthAssured = true
                    }), options: .ordinary
            ).preAssessment
        }
        let asked = Set(requested.opinions.map(\.bureauUnitID))
        guard asked == Set(Self.bureaus.map(\.unit)), let last = Self.bureaus.last,
            let dueAt = requested.opinions.first?.dueAt
        else { throw Refusal("other bureaus are asked than the story knows: \(asked.sorted())") }
        for bureau in Self.bureaus.dropLast() { try await opine(requested.preAssessmentID, bureau) }
        // The limit ends with its last day, so its moment lies at the beginning of the next one.
        try await clock.move(to: StoryClock.day(of: dueAt))
        _ = try await eventually("\(last.name) is overdue") {
            let seen = try await self.preAssessment(requested.preAssessmentID, as: last.login)
            return seen.opinions.contains { $0.bureauUnitID == last.unit && $0.overdue } ? seen : nil
        }
        Console.line("\(last.name)：到期未答复，记逾期，不视为同意")
        try await readNotices(
            about: "预评估", as: last.login, post: "\(last.name)经办岗", ["project.reminder": 1])
        try await opine(requested.preAssessmentID, last)
        let combiner = Self.bureaus[0]
        let combined = try await changeAssessment(requested.preAssessmentID, as: combiner.login) {
            client, bearer, version in
            try await client.combinePreAssessment(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.preAssessmentID = requested.preAssessmentID
                        $0.version = version
                        $0.result = .conditional
                        $0.text = "原则同意；开工前落实节能审查意见。"
                    }), options: .ordinary
            ).preAssessment
        }
        Console.line("\(combiner.name)汇总：\(Self.name(combined.result))，反馈申报单位")
        return combined
    }

    private func opine(_ id: String, _ bureau: Bureau) async throws {
        let isConditional = bureau.unit == "lanshan-qugongxinju"
        let given = try await changeAssessment(id, as: bureau.login) { client, bearer, version in
            try await client.giveOpinion(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.preAssessmentID = id
                        $0.version = version
                        $0.bureauUnitID = bureau.unit
                        $0.opinion = isConditional ? .conditional : .agrees
                        $0.text = isConditional ? "单位产品能耗需通过节能审查" : "无不同意见"
                    }), options: .ordinary
            ).preAssessment
        }
        let isLate = given.opinions.first { $0.bureauUnitID == bureau.unit }?.overdue ?? false
        Console.line("\(bureau.name)：\(isConditional ? "有条件同意" : "同意")\(isLate ? "（逾期）" : "")")
    }

    /// Negotiations and contract, each with its evidence.
    private func sign(_ id: String, on day: CivilDate) async throws {
        narrator.step("洽谈、签约")
        let stages: [(Zhitongche_Project_V1_Stage, [Zhitongche_Project_V1_EvidenceKind], String)] = [
            (.negotiating, [.negotiation], "洽谈纪要"), (.signed, [.contract], "投资合同"),
        ]
        for (stage, evidence, paper) in stages {
            try await advance(id, to: stage, evidence, on: day)
            Console.line("进入\(Self.name(stage))阶段，凭据：\(paper)")
        }
    }
}

// Steps that the parts about projects have in common.
extension Scenario {
    /// Makes a call to project as a post.
    func project<Answer: Sendable>(
        as login: String, _ call: (ProjectClient, Bearer) async throws -> Answer
    ) async throws -> Answer {
        try await at("project", as: login) { try await call(ProjectClient(wrapping: $0), $1) }
    }

    func advance(
        _ id: String, to stage: Zhitongche_Project_V1_Stage, _ evidence: [Zhitongche_Project_V1_EvidenceKind],
        on day: CivilDate
    ) async throws {
        try await change(id, as: Self.projectPost) { client, bearer, version in
            try await client.advanceProject(
                request: bearer.request(
                    .with {
                        $0.set(id, version)
                        $0.stage = stage
                        $0.enteredOn = day.wire
                        $0.evidence = evidence.enumerated().map { index, kind in
                            .with {
                                $0.kind = kind
                                $0.number = "兰经〔\(day.year)〕\(stage.rawValue)\(index + 1) 号"
                                $0.dated = day.wire
                            }
                        }
                    }), options: .ordinary
            ).project
        }
    }

    /// Changes a project as it is now.
    @discardableResult
    func change(
        _ id: String, as login: String, _ call: (ProjectClient, Bearer, _ version: Int64) async throws -> WireProject
    ) async throws -> WireProject {
        try await project(as: login) { client, bearer in
            try await whileOvertaken {
                let version = try await client.getProject(
                    request: bearer.request(.with { $0.projectID = id }), options: .ordinary
                ).project.version
                return try await call(client, bearer, version)
            }
        }
    }

    private func preAssessment(_ id: String, as login: String) async throws -> WirePreAssessment {
        try await project(as: login) { client, bearer in
            try await client.getPreAssessment(
                request: bearer.request(.with { $0.preAssessmentID = id }), options: .ordinary
            ).preAssessment
        }
    }

    private func changeAssessment(
        _ id: String, as login: String,
        _ call: (ProjectClient, Bearer, _ version: Int64) async throws -> WirePreAssessment
    ) async throws -> WirePreAssessment {
        try await project(as: login) { client, bearer in
            try await whileOvertaken {
                let version = try await client.getPreAssessment(
                    request: bearer.request(.with { $0.preAssessmentID = id }), options: .ordinary
                ).preAssessment.version
                return try await call(client, bearer, version)
            }
        }
    }

    private static func name(_ result: Zhitongche_Project_V1_PreAssessmentResult) -> String {
        switch result {
        case .passed: "通过"
        case .conditional: "有条件通过"
        case .refused: "不通过"
        case .vetoed: "否决"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }

    private static func name(_ stage: Zhitongche_Project_V1_Stage) -> String {
        switch stage {
        case .planned: "策划"
        case .negotiating: "洽谈"
        case .signed: "签约"
        case .started: "开工"
        case .completed: "竣工"
        case .inProduction: "投产"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }
}

/// Requests that change a project.
protocol ProjectRequest {
    var requestID: String { get set }
    var projectID: String { get set }
    var version: Int64 { get set }
}

extension ProjectRequest {
    /// Says which project, by which version, under a fresh identifier.
    mutating func set(_ id: String, _ version: Int64) {
        requestID = UUID().uuidString
        projectID = id
        self.version = version
    }
}

extension Zhitongche_Project_V1_AdmitProjectRequest: ProjectRequest {}
extension Zhitongche_Project_V1_AdvanceProjectRequest: ProjectRequest {}
extension Zhitongche_Project_V1_SetPlanRequest: ProjectRequest {}
extension Zhitongche_Project_V1_SubmitReportRequest: ProjectRequest {}
extension Zhitongche_Project_V1_ReachMilestoneRequest: ProjectRequest {}
