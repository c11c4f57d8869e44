import Domain
import Foundation

@testable import ProjectDomain

let noon = BusinessTime(microseconds: 1_587_355_200_000_000)

func day(_ text: String) throws -> CivilDate { try CivilDate(text) }
func unit(_ text: String) throws -> UnitID { try UnitID(text, field: "unit") }

/// An identifier that tells its number.
func id<Object>(_ number: Int) -> Identifier<Object> {
    Identifier(UUID(uuid: (0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, UInt8(number >> 8), UInt8(number & 255))))
}

func investor(_ name: String = "鲁中重工集团", code: String? = nil) throws -> Investor {
    try Investor(name: name, creditCode: try code.map { try CreditCode($0) }, field: "investor")
}

func investment(_ yuan: Int64 = 100_000_000, dollars: Int64 = 0) throws -> Investment {
    try Investment(
        total: Money(yuan: yuan), domestic: Money(yuan: yuan), foreign: USDollars(cents: dollars * 100),
        field: "investment")
}

func profile(
    investor name: String = "鲁中重工集团", site: String = "高新区一号地块", yuan: Int64 = 100_000_000,
    category: ProjectCategory? = nil
) throws -> ProjectProfile {
    try ProjectProfile(
        name: "智能装备产业园", unit: unit("town"), region: RegionCode("370902"), site: site, investor: investor(name),
        source: .attracted, nature: .new, investment: investment(yuan), size: .large, industry: IndustryCode("C35"),
        category: category)
}

func registered(_ number: Int = 1, profile given: ProjectProfile? = nil) throws -> Project {
    Project.register(
        try given ?? profile(), id: id(number), number: "P2020-00000\(number)", lead: nil, at: noon,
        today: try day("2020-04-20"))
}

func plan(
    due: String = "2020-06-30", started: String? = nil, schedule: [(String, Int64)] = [],
    cadence: ReportCadence = .monthly, from: String = "2020-05-01"
) throws -> Plan {
    var milestones = [
        try Milestone(
            name: "厂房封顶", dueOn: day(due), unit: unit("town"), post: "分管副镇长", field: "plan.milestones[0]")
    ]
    if let started {
        milestones.append(
            try Milestone(
                name: "开工", dueOn: day(started), unit: unit("town"), post: "专员", stage: .started,
                field: "plan.milestones[1]"))
    }
    return try Plan(
        milestones: milestones,
        schedule: schedule.map { ScheduledAmount(month: try Month($0.0), completed: try Money(yuan: $0.1)) },
        cadence: cadence, reportsFrom: day(from), ruleSet: "standard")
}

func figures(_ yuan: Int64, domestic: Int64 = 0, dollars: Int64 = 0) throws -> ProgressFigures {
    try ProgressFigures(
        completed: Money(yuan: yuan), domesticInPlace: Money(yuan: domestic),
        foreignInPlace: USDollars(cents: dollars * 100))
}

/// Papers enough for any stage.
func papers() throws -> [Evidence] {
    try EvidenceKind.allCases.map { kind in
        try Evidence(kind: kind, number: "泰发改备〔2020〕1号", dated: day("2020-04-20"), field: "evidence")
    }
}

func expert(
    _ number: Int, employer: String = "大学", unit employerUnit: String? = nil, interests: [String] = [],
    isActive: Bool = true
) throws -> Expert {
    try Expert(
        id: id(number), name: "专家\(number)", employer: employer, employerUnit: employerUnit.map { try unit($0) },
        aspects: [.environment], interests: interests, isActive: isActive, version: 1)
}

func preAssessment(major: Bool = true) throws -> PreAssessment {
    PreAssessment(
        id: id(1), project: id(1), applicant: try unit("town"), combiner: try unit("commerce"),
        isMajorOrSpecial: major, papers: [.init(title: "可行性报告", number: "", sha256: [])], requestedAt: noon,
        dueAt: BusinessTime(microseconds: noon.microseconds + 1_000_000),
        bureaus: [
            BureauOpinion(unit: try unit("commerce"), aspects: [.benefit]),
            BureauOpinion(unit: try unit("environment"), aspects: [.environment]),
        ])
}

/// After the limit of ``preAssessment(major:)``.
let late = BusinessTime(microseconds: noon.microseconds + 1_000_000)

func says(_ opinion: Opinion, veto: VetoClass? = nil, at time: BusinessTime = noon) -> BureauOpinion.Statement {
    BureauOpinion.Statement(opinion: opinion, text: "见附件", veto: veto, at: time)
}
