import CommonContracts
import Foundation
import GRPCCore
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import ProjectService

/// Pre-assessments as people work on them.
private struct Desk: Sendable {
    let office: Office

    func bureau(_ unit: String, _ aspects: [Zhitongche_Project_V1_Aspect], combines: Bool = false) async throws {
        _ = try await office.project.setOpinionBureau(
            .with {
                $0.requestID = newID()
                $0.bureau = .with {
                    ($0.unitID, $0.aspects, $0.active, $0.combines) = (unit, aspects, true, combines)
                }
            }, metadata: try await office.metadata(.administrator), options: office.options)
    }

    func expert(_ name: String, employer: String = "大学", interests: [String] = []) async throws -> String {
        try await office.project.setExpert(
            .with {
                $0.requestID = newID()
                $0.expert = .with {
                    ($0.name, $0.employer, $0.interests) = (name, employer, interests)
                    ($0.aspects, $0.active) = ([.environment], true)
                }
            }, metadata: try await office.metadata(.administrator), options: office.options
        ).expert.expertID
    }

    func request(_ project: WireProject, by person: Person = .town) async throws -> WirePreAssessment {
        try await office.project.requestPreAssessment(
            .with {
                ($0.requestID, $0.projectID, $0.applicantUnitID) = (newID(), project.projectID, person.rawValue)
                $0.papers = [.with { ($0.title, $0.sha256) = ("可行性研究报告", Data(repeating: 7, count: 32)) }]
                $0.truthAssured = true
            }, metadata: try await office.metadata(person), options: office.options
        ).preAssessment
    }

    func give(
        _ given: WirePreAssessment, by person: Person, _ opinion: Zhitongche_Project_V1_Opinion = .agrees,
        veto: Zhitongche_Project_V1_VetoClass = .unspecified
    ) async throws -> WirePreAssessment {
        try await office.project.giveOpinion(
            .with {
                ($0.requestID, $0.preAssessmentID, $0.version) = (newID(), given.preAssessmentID, given.version)
                ($0.bureauUnitID, $0.opinion, $0.text, $0.veto) = (person.rawValue, opinion, "见附件", veto)
            }, metadata: try await office.metadata(person), options: office.options
        ).preAssessment
    }

    func combine(
        _ given: WirePreAssessment, _ result: Zhitongche_Project_V1_PreAssessmentResult, by person: Person = .commerce
    ) async throws -> WirePreAssessment {
        try await office.project.combinePreAssessment(
            .with {
                ($0.requestID, $0.preAssessmentID, $0.version) = (newID(), given.preAssessmentID, given.version)
                ($0.result, $0.text) = (result, "综合意见")
            }, metadata: try await office.metadata(person), options: office.options
        ).preAssessment
    }

    func get(_ id: String, as person: Person = .town) async throws -> WirePreAssessment {
        try await office.project.getPreAssessment(
            .with { $0.preAssessmentID = id }, metadata: try await office.metadata(person), options: office.options
        ).preAssessment
    }
}

@Suite("Project: pre-assessment", .serialized)
struct PreAssessmentServiceTests {
    @Test(
        "PRJ-5 bureaus of the list are asked in parallel for two working days; a silent one is overdue, once, and never agrees"
    )
    func silence() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let second = try await bench.start()
            let desk = Desk(office: office)
            // Thursday before the May holiday: the two working days are 6 and 7 May.
            try await office.travel(to: 2020, 4, 30)
            let project = try await office.create()
            #expect(try await problem { try await desk.request(project) }?.code == .failedPrecondition)
            try await desk.bureau("commerce", [.benefit, .industry], combines: true)
            try await desk.bureau("environment", [.environment])
            let twice = try await problem { try await desk.bureau("finance", [.finance], combines: true) }
            #expect(twice?.code == .failedPrecondition)
            var given = try await desk.request(project)
            #expect(given.opinions.map(\.bureauUnitID) == ["commerce", "environment"])
            #expect(Set(given.opinions.map(\.dueAt.seconds)) == [1_588_867_200])  // 8 May, 00:00 in Shanghai
            #expect(try await problem { try await desk.request(project) }?.code == .failedPrecondition)
            let outsider = try await problem { try await desk.give(given, by: .finance) }
            #expect(outsider?.code == .failedPrecondition)
            given = try await desk.give(given, by: .commerce)
            let early = given
            #expect(try await problem { try await desk.combine(early, .refused) }?.code == .failedPrecondition)
            let waiting = try await office.project.listPreAssessments(
                .with { $0.waitingUnitID = "environment" }, metadata: try await office.metadata(.environment),
                options: office.options)
            #expect(waiting.preAssessments.map(\.preAssessmentID) == [given.preAssessmentID])
            try await office.travel(to: 2020, 5, 7)
            #expect(try await !desk.get(given.preAssessmentID).opinions[1].overdue)
            try await office.travel(to: 2020, 5, 8)
            given = try await eventually(within: .seconds(20)) {
                try await desk.get(given.preAssessmentID)
            } is: {
                $0.opinions[1].overdue
            }
            let silent = given
            #expect(try await problem { try await desk.combine(silent, .passed) }?.code == .failedPrecondition)
            #expect(
                try await problem { try await desk.combine(silent, .conditional, by: .environment) }?.reason
                    == .scopeDenied)
            given = try await desk.combine(silent, .conditional)
            #expect(given.state == .combined && given.opinions[0].text == "见附件")
            let foreign = try await problem { try await desk.get(given.preAssessmentID, as: .elsewhere) }
            #expect(foreign?.code == .notFound)
            let events = try await eventually(within: .seconds(20)) {
                try await bench.published(ProjectApp.assessmentEvents)
            } is: {
                $0.count == 4
            }
            #expect(events.map(\.seq) == [1, 2, 3, 4])
            let overdue = try Zhitongche_Project_V1_OpinionOverdue(serializedBytes: events[2].payload)
            #expect(overdue.bureauUnitID == "environment" && overdue.projectID == project.projectID)
            let combined = try Zhitongche_Project_V1_PreAssessmentCombined(serializedBytes: events[3].payload)
            #expect(combined.silentUnitIds == ["environment"] && combined.result == .conditional)
            try await second.stop()
        }
    }

    @Test("PRJ-5 a veto class leaves no other result")
    func veto() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let desk = Desk(office: office)
            try await office.travel(to: 2020, 4, 20)
            try await desk.bureau("commerce", [.benefit], combines: true)
            try await desk.bureau("environment", [.environment])
            var given = try await desk.request(try await office.create())
            given = try await desk.give(given, by: .commerce)
            given = try await desk.give(given, by: .environment, .conditional, veto: .highPollution)
            let found = given
            for result in [.passed, .conditional, .refused] as [Zhitongche_Project_V1_PreAssessmentResult] {
                #expect(try await problem { try await desk.combine(found, result) }?.code == .failedPrecondition)
            }
            #expect(try await desk.combine(found, .vetoed).result == .vetoed)
        }
    }

    @Test(
        "PRJ-5 experts are drawn by lot for major projects, without conflicts of interest, and again the same from the printed seed"
    )
    func lot() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let desk = Desk(office: office)
            try await office.travel(to: 2020, 4, 20)
            try await desk.bureau("commerce", [.benefit], combines: true)
            var candidates: [String] = []
            for number in 1...4 { candidates.append(try await desk.expert("专家\(number)")) }
            let excluded = [
                try await desk.expert("甲", employer: "鲁中重工 集团"), try await desk.expert("乙", interests: ["鲁中重工集团"]),
            ]
            func draw(_ given: WirePreAssessment, _ count: Int32) async throws -> WirePreAssessment {
                try await office.project.drawExperts(
                    .with {
                        ($0.requestID, $0.preAssessmentID, $0.version) = (newID(), given.preAssessmentID, given.version)
                        ($0.count, $0.aspects) = (count, [.environment])
                    }, metadata: try await office.metadata(.commerce), options: office.options
                ).preAssessment
            }
            let ordinary = try await desk.request(try await office.create())
            #expect(try await problem { try await draw(ordinary, 2) }?.code == .failedPrecondition)
            let given = try await desk.request(try await office.create { $0.category = .growthDriver })
            #expect(try await problem { try await draw(given, 5) }?.code == .failedPrecondition)
            let drawn = try await draw(given, 2)
            #expect(drawn.draw.candidateIds == candidates.sorted() && Set(drawn.draw.excludedIds) == Set(excluded))
            let order = try drawn.draw.candidateIds.map { try ExpertID($0, field: "id") }
            #expect(
                ExpertDraw.lot(2, of: order, seed: drawn.draw.seed).map(\.description) == drawn.draw.drawnIds)
            #expect(drawn.expertOpinions.map(\.expertID) == drawn.draw.drawnIds)
            let recorded = try await office.project.recordExpertOpinion(
                .with {
                    ($0.requestID, $0.preAssessmentID, $0.version) = (newID(), drawn.preAssessmentID, drawn.version)
                    ($0.expertID, $0.opinion, $0.text) = (drawn.draw.drawnIds[0], .agrees, "工艺成熟")
                }, metadata: try await office.metadata(.commerce), options: office.options
            ).preAssessment
            #expect(recorded.expertOpinions[0].opinion == .agrees && recorded.expertOpinions[1].opinion == .unspecified)
            let events = try await eventually(within: .seconds(20)) {
                try await bench.published(Zhitongche_Project_V1_ExpertsDrawn.self, on: ProjectApp.assessmentEvents)
            } is: {
                $0.count == 1
            }
            #expect(events[0].seed == drawn.draw.seed && events[0].excluded == 2)
        }
    }
}
