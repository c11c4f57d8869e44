import AppealContracts
import CommonContracts
import DirectoryContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport

@testable import ProjectService

typealias WireProject = Zhitongche_Project_V1_Project
typealias WireLead = Zhitongche_Project_V1_Lead
typealias WirePreAssessment = Zhitongche_Project_V1_PreAssessment

extension ServiceBench<ProjectApp> {
    /// Cases of appeal, which the service reads.
    static let cases = Topic.events("appeal", "case")

    /// A bench with the roles that the directory gives for projects.
    static func project() async throws -> ServiceBench {
        let handler: [(String, Zhitongche_Directory_V1_Scope)] = [
            "information.file", "information.handle", "information.read", "lead.report", "lead.place", "lead.read",
            "write", "plan", "report", "assessment.request", "assessment.opine", "assessment.combine",
            "assessment.read",
        ].map { ("project.\($0)", .ownUnitAndBelow) }
        let directory = BenchDirectory(
            roles: [
                "handler": handler + [("project.read", .region), ("project.rate.read", .region)],
                "dispatcher": [
                    ("project.information.*", .all), ("project.lead.*", .all), ("project.read", .all),
                    ("project.library.admit", .all), ("project.assessment.read", .all), ("project.rate.read", .all),
                ],
                "enterprise-user": [
                    ("project.information.file", .ownEnterprise), ("project.information.read", .ownEnterprise),
                ],
                "recorder": [("project.library.except", .all), ("project.read", .all)],
                "administrator": [
                    ("project.bureau.write", .all), ("project.expert.write", .all), ("project.rules.write", .all),
                    ("project.assessment.read", .all), ("project.read", .all),
                ],
            ],
            units: [
                ("office", "", "370900"), ("town", "office", "370902"), ("finance", "office", "370900"),
                ("commerce", "office", "370900"), ("environment", "office", "370900"), ("elsewhere", "", "371302"),
            ])
        return try await ServiceBench.make(ProjectApp.self, directory: directory, topics: [cases])
    }

    /// Runs one replica around a body that works as different people.
    func office<T: Sendable>(_ body: (Office) async throws -> T) async throws -> T {
        try await run { handle, client in try await body(Office(bench: self, handle: handle, client: client)) }
    }
}

/// The people of the tests.
enum Person: String, Sendable, CaseIterable {
    case town, finance, commerce, environment, elsewhere, dispatcher, recorder, administrator, nobody
}

/// The service as people use it.
struct Office: ServiceVisit {
    let bench: ServiceBench<ProjectApp>
    let handle: ServiceHandle
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    var project: Zhitongche_Project_V1_ProjectService.Client<HTTP2ClientTransport.Posix> { .init(wrapping: client) }

    func metadata(_ person: Person) async throws -> Metadata {
        let claims =
            switch person {
            case .elsewhere:
                bench.directory.staff(person.rawValue, unit: person.rawValue, region: "371302", roles: ["handler"])
            case .town, .finance, .commerce, .environment:
                bench.directory.staff(person.rawValue, unit: person.rawValue, roles: ["handler"])
            case .dispatcher, .recorder, .administrator:
                bench.directory.staff(person.rawValue, unit: "office", roles: [person.rawValue])
            case .nobody: bench.directory.staff("nobody", unit: "town", roles: [])
            }
        return try await bench.metadata(claims)
    }

    func create(
        by person: Person = .town, request: String = newID(), lead: WireLead? = nil,
        change: (inout Zhitongche_Project_V1_ProjectProfile) -> Void = { _ in }
    ) async throws -> WireProject {
        var profile = Zhitongche_Project_V1_ProjectProfile.sample()
        change(&profile)
        let sent = profile
        return try await project.createProject(
            .with {
                $0.requestID = request
                $0.profile = sent
                $0.leadID = lead?.leadID ?? ""
                $0.leadVersion = lead?.version ?? 0
            }, metadata: try await metadata(person), options: options
        ).project
    }

    func advance(
        _ given: WireProject, to stage: Zhitongche_Project_V1_Stage, on day: Zhitongche_Common_V1_Date,
        reason: String = "按进度", papers: [Zhitongche_Project_V1_Evidence] = .all, by person: Person = .town
    ) async throws -> WireProject {
        try await project.advanceProject(
            .with {
                $0.requestID = newID()
                $0.projectID = given.projectID
                $0.version = given.version
                $0.stage = stage
                $0.enteredOn = day
                $0.evidence = papers
                $0.reason = reason
            }, metadata: try await metadata(person), options: options
        ).project
    }

    func admit(_ given: WireProject) async throws -> WireProject {
        try await project.admitProject(
            .with {
                $0.requestID = newID()
                $0.projectID = given.projectID
                $0.version = given.version
                ($0.fitsPlan, $0.fitsIndustry, $0.fitsPark) = (true, true, true)
            }, metadata: try await metadata(.dispatcher), options: options
        ).project
    }

    func plan(
        _ given: WireProject, due: Zhitongche_Common_V1_Date,
        schedule: [(Int32, Int32, Int64)] = [], from: Zhitongche_Common_V1_Date = .day(2020, 5, 1),
        rules: String = ""
    ) async throws -> WireProject {
        try await project.setPlan(
            .with {
                $0.requestID = newID()
                $0.projectID = given.projectID
                $0.version = given.version
                $0.plan.milestones = [
                    .with {
                        $0.name = "厂房封顶"
                        $0.dueOn = due
                        $0.unitID = "town"
                        $0.post = "分管副镇长"
                    }
                ]
                $0.plan.schedule = schedule.map { year, month, fen in
                    .with {
                        ($0.month.year, $0.month.month) = (year, month)
                        $0.completed.fen = fen
                    }
                }
                $0.plan.cadence = .monthly
                $0.plan.reportsFrom = from
                $0.plan.ruleSet = rules
            }, metadata: try await metadata(.town), options: options
        ).project
    }

    func report(
        _ given: WireProject, version: Int64, month: (Int32, Int32), completed: Int64, note: String = "",
        request: String = newID()
    ) async throws -> Zhitongche_Project_V1_ProgressReport {
        try await project.submitReport(
            .with {
                $0.requestID = request
                $0.projectID = given.projectID
                $0.version = version
                $0.period.start = .day(month.0, month.1, 1)
                $0.period.end = .day(month.1 == 12 ? month.0 + 1 : month.0, month.1 % 12 + 1, 1)
                $0.figures.completed.fen = completed
                $0.figures.domesticInPlace.fen = completed
                $0.picture = "主体施工"
                $0.correctionNote = note
            }, metadata: try await metadata(.town), options: options
        ).report
    }

    func get(_ id: String, as person: Person = .town) async throws -> WireProject {
        try await project.getProject(
            .with { $0.projectID = id }, metadata: try await metadata(person), options: options
        ).project
    }

    func report(
        lead investor: String = "鲁中重工集团", source: Zhitongche_Project_V1_Collector = .externalInvestment,
        by person: Person = .finance
    ) async throws -> Zhitongche_Project_V1_ReportLeadResponse {
        try await project.reportLead(
            .with {
                $0.requestID = newID()
                $0.source = source
                $0.unitID = person.rawValue
                $0.content = .with {
                    $0.investor = investor
                    $0.industry = "C35"
                    $0.investment.total.fen = 5_000_000_000
                    $0.origin = "商会推荐"
                }
            }, metadata: try await metadata(person), options: options)
    }

    func rate(
        _ kind: Zhitongche_Project_V1_RateKind, as person: Person = .dispatcher,
        change: (inout Zhitongche_Project_V1_GetRateRequest) -> Void = { _ in }
    ) async throws -> Zhitongche_Project_V1_GetRateResponse {
        var request = Zhitongche_Project_V1_GetRateRequest()
        request.kind = kind
        change(&request)
        return try await project.getRate(request, metadata: try await metadata(person), options: options)
    }

    /// Tells what appeal would tell of a problem.
    func tell(
        _ message: some Message & Sendable, of caseID: String, seq: Int64, id: String = UUIDv7.make()
    ) async throws {
        try await bench.publish(message, topic: ServiceBench<ProjectApp>.cases, key: caseID, seq: seq, id: id)
    }

    /// The light of a project once it is the given one.
    func light(_ id: String, becomes light: Zhitongche_Project_V1_Light) async throws -> WireProject {
        try await eventually(within: .seconds(60)) {
            try await get(id)
        } is: {
            $0.light == light
        }
    }
}

extension Zhitongche_Common_V1_Month {
    /// A month of a year.
    static func of(_ year: Int32, _ month: Int32) -> Self { .with { ($0.year, $0.month) = (year, month) } }
}

extension Zhitongche_Project_V1_ProjectProfile {
    /// A sound profile.
    static func sample() -> Self {
        .with {
            $0.name = "智能装备产业园"
            $0.unitID = "town"
            $0.region = "370902"
            $0.site = "高新区一号地块"
            $0.investor = "鲁中重工集团"
            $0.source = .attracted
            $0.nature = .new
            $0.investment.total.fen = 10_000_000_000
            $0.investment.domestic.fen = 8_000_000_000
            $0.investment.foreign = .with { ($0.cents, $0.currency) = (30_000_000, "USD") }
            $0.size = .large
            $0.industry = "C35"
            $0.standings = [.listed]
        }
    }
}

extension [Zhitongche_Project_V1_Evidence] {
    /// Papers enough for any stage.
    static var all: Self {
        let kinds: [Zhitongche_Project_V1_EvidenceKind] = [
            .negotiation, .contract, .registration, .land, .startPermit, .acceptance, .production,
        ]
        return kinds.map { kind in
            .with {
                $0.kind = kind
                $0.number = "泰发改备〔2020〕1号"
                $0.dated = .day(2020, 4, 1)
            }
        }
    }
}

extension Zhitongche_Common_V1_Date {
    static func day(_ year: Int32, _ month: Int32, _ day: Int32) -> Self {
        .with { ($0.year, $0.month, $0.day) = (year, month, day) }
    }
}
