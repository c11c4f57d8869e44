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
            given = try await eventually(within: .seconds(60)) {
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
            let events = try await eventually(within: .seconds(60)) {
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

    @Test("PRJ-5 a veto class leaves no other result, and a vetoed project enters neither the library nor signing")
    func veto() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let desk = Desk(office: office)
            try await office.travel(to: 2020, 4, 20)
            try await desk.bureau("commerce", [.benefit], combines: true)
            try await desk.bureau("environment", [.environment])
            let project = try await office.create()
            var given = try await desk.request(project)
            given = try await desk.give(given, by: .commerce)
            given = try await desk.give(given, by: .environment, .conditional, veto: .highPollution)
            let found = given
            for result in [.passed, .conditional, .refused] as [Zhitongche_Project_V1_PreAssessmentResult] {
                #expect(try await problem { try await desk.combine(found, result) }?.code == .failedPrecondition)
            }
            #expect(try await desk.combine(found, .vetoed).result == .vetoed)
            #expect(try await problem { try await office.admit(project) }?.code == .failedPrecondition)
            let signing = try await problem {
                try await office.advance(project, to: .signed, on: .day(2020, 4, 20))
            }
            #expect(signing?.code == .failedPrecondition)
            let moved = try await office.advance(project, to: .negotiating, on: .day(2020, 4, 20))
            // A later pre-assessment, of a plan that was changed, decides anew.
            given = try await desk.request(project)
            given = try await desk.give(given, by: .commerce)
            given = try await desk.give(given, by: .environment)
            _ = try await desk.combine(given, .passed)
            #expect(try await office.admit(moved).library == .admitted)
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
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_ExpertsDrawn.self, on: ProjectApp.assessmentEvents)
            } is: {
                $0.count == 1
            }
            #expect(events[0].seed == drawn.draw.seed && events[0].excluded == 2)
        }
    }

    @Test("PRJ-5 the applicant alone withdraws; nobody answers, is overdue or combines any more, a new one may follow")
    func withdrawn() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let desk = Desk(office: office)
            try await office.travel(to: 2020, 4, 20)
            try await desk.bureau("commerce", [.benefit], combines: true)
            try await desk.bureau("environment", [.environment])
            let project = try await office.create()
            let given = try await desk.request(project)
            func withdraw(_ given: WirePreAssessment, by person: Person = .town) async throws -> WirePreAssessment {
                try await office.project.withdrawPreAssessment(
                    .with {
                        ($0.requestID, $0.preAssessmentID, $0.version) = (newID(), given.preAssessmentID, given.version)
                    }, metadata: try await office.metadata(person), options: office.options
                ).preAssessment
            }
            let bureau = try await problem { try await withdraw(given, by: .environment) }
            #expect(bureau?.code == .permissionDenied && bureau?.reason == .scopeDenied)
            #expect(try await problem { try await withdraw(given, by: .dispatcher) }?.reason == .actionDenied)
            let withdrawn = try await withdraw(given)
            #expect(withdrawn.state == .withdrawn && withdrawn.version == given.version + 1)
            #expect(try await desk.get(given.preAssessmentID, as: .environment).state == .withdrawn)
            let stale = try await problem { try await withdraw(given) }
            #expect(stale?.code == .aborted && stale?.metadata["current_version"] == String(withdrawn.version))
            for refused in [
                try await problem { try await withdraw(withdrawn) },
                try await problem { try await desk.give(withdrawn, by: .commerce) },
                try await problem { try await desk.combine(withdrawn, .refused) },
            ] { #expect(refused?.code == .failedPrecondition) }
            let again = try await desk.request(project)
            #expect(again.state == .open && again.preAssessmentID != given.preAssessmentID)
            // Once the limit of both has passed, the silence towards the new one alone is told.
            try await office.travel(to: 2020, 4, 23)
            let silent = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_OpinionOverdue.self, on: ProjectApp.assessmentEvents)
            } is: {
                $0.count >= 2
            }
            #expect(Set(silent.map(\.preAssessmentID)) == [again.preAssessmentID] && silent.count == 2)
            #expect(try await desk.get(given.preAssessmentID).opinions.allSatisfy { !$0.overdue })
            let told = try await eventually {
                try await bench.published(
                    Zhitongche_Project_V1_PreAssessmentWithdrawn.self, on: ProjectApp.assessmentEvents)
            } is: {
                !$0.isEmpty
            }
            #expect(told.map(\.preAssessmentID) == [given.preAssessmentID])
            #expect(told.map(\.projectID) == [project.projectID])
        }
    }

    @Test("PRJ-5 bureaus and experts are data: listed page by page as they were entered last, to who may see them")
    func pool() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            // The limit of a request counts working days, which are not arranged for every year to come.
            try await office.travel(to: 2020, 4, 20)
            let (project, options) = (office.project, office.options)
            let desk = Desk(office: office)
            try await desk.bureau("environment", [.environment])
            try await desk.bureau("commerce", [.benefit, .industry], combines: true)
            try await desk.bureau("finance", [.finance])
            func bureaus(
                as person: Person, size: Int32 = 0, token: String = ""
            ) async throws -> Zhitongche_Project_V1_ListOpinionBureausResponse {
                try await project.listOpinionBureaus(
                    .with { ($0.pageSize, $0.pageToken) = (size, token) },
                    metadata: try await office.metadata(person), options: options)
            }
            let first = try await bureaus(as: .town, size: 2)
            #expect(first.bureaus.map(\.unitID) == ["commerce", "environment"])
            #expect(first.bureaus.map(\.combines) == [true, false] && first.bureaus.allSatisfy(\.active))
            #expect(Set(first.bureaus[0].aspects) == [.benefit, .industry])
            let last = try await bureaus(as: .town, size: 2, token: first.nextPageToken)
            #expect(last.bureaus.map(\.unitID) == ["finance"] && last.nextPageToken.isEmpty)
            let refused = try await problem { try await bureaus(as: .nobody) }
            #expect(refused?.code == .permissionDenied && refused?.reason == .actionDenied)

            func save(_ person: Person) async throws {
                _ = try await project.setOpinionBureau(
                    .with {
                        $0.requestID = newID()
                        ($0.bureau.unitID, $0.bureau.aspects, $0.bureau.version) = ("finance", [.finance], 1)
                    }, metadata: try await office.metadata(person), options: options)
            }
            #expect(try await problem { try await save(.town) }?.reason == .actionDenied)
            try await save(.administrator)
            let changed = try await bureaus(as: .administrator).bureaus[2]
            #expect(changed.unitID == "finance" && !changed.active && changed.version == 2)
            // Who is off the list is not asked.
            let asked = try await desk.request(try await office.create())
            #expect(asked.opinions.map(\.bureauUnitID) == ["commerce", "environment"])

            var entered: [String] = []
            for number in 1...3 { entered.append(try await desk.expert("专家\(number)", interests: ["第\(number)集团"])) }
            func experts(
                as person: Person, size: Int32 = 0, token: String = ""
            ) async throws -> Zhitongche_Project_V1_ListExpertsResponse {
                try await project.listExperts(
                    .with { ($0.pageSize, $0.pageToken) = (size, token) },
                    metadata: try await office.metadata(person), options: options)
            }
            let page = try await experts(as: .administrator, size: 2)
            let rest = try await experts(as: .administrator, size: 2, token: page.nextPageToken)
            let all = page.experts + rest.experts
            #expect(page.experts.count == 2 && rest.nextPageToken.isEmpty)
            #expect(all.map(\.expertID) == entered.sorted() && Set(all.map(\.name)) == ["专家1", "专家2", "专家3"])
            #expect(all.allSatisfy { $0.active && $0.version == 1 && $0.employer == "大学" && $0.interests.count == 1 })
            // Who sits in the pool is nobody's business who could be judged by it.
            #expect(try await problem { try await experts(as: .town) }?.reason == .actionDenied)
        }
    }
}
