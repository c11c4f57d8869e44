import CommonContracts
import Foundation
import GRPCCore
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import ProjectService

@Suite("Project: leads, stages, library, rates", .serialized)
struct ProjectTests {
    @Test("PRJ-1 information goes through sorting and disposal to its feedback, with its times and events")
    func information() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let (project, options) = (office.project, office.options)
            let town = try await office.metadata(.town)
            let dispatcher = try await office.metadata(.dispatcher)
            var item = try await project.fileInformation(
                .with {
                    $0.requestID = newID()
                    ($0.informationClass, $0.collector, $0.unitID) = (.project, .enterprise, "town")
                    ($0.subject, $0.content) = ("新材料项目", "拟投资五亿元")
                }, metadata: town, options: options
            ).information
            let outside = try await problem {
                try await project.sortInformation(
                    .with {
                        ($0.requestID, $0.informationID, $0.version) = (newID(), item.informationID, item.version)
                        ($0.informationClass, $0.handlingUnitID) = (.investmentPromotion, "commerce")
                    }, metadata: town, options: options)
            }
            #expect(outside?.reason == .actionDenied)
            item = try await project.sortInformation(
                .with {
                    ($0.requestID, $0.informationID, $0.version) = (newID(), item.informationID, item.version)
                    ($0.informationClass, $0.handlingUnitID) = (.investmentPromotion, "commerce")
                }, metadata: dispatcher, options: options
            ).information
            let early = try await problem {
                try await project.feedBackInformation(
                    .with {
                        ($0.requestID, $0.informationID, $0.version) = (newID(), item.informationID, item.version)
                        $0.feedback = "已办"
                    }, metadata: dispatcher, options: options)
            }
            #expect(early?.code == .failedPrecondition)
            item = try await project.disposeInformation(
                .with {
                    ($0.requestID, $0.informationID, $0.version) = (newID(), item.informationID, item.version)
                    $0.disposal = "已与投资方对接"
                }, metadata: try await office.metadata(.commerce), options: options
            ).information
            let open = try await project.listInformation(.with { $0.open = true }, metadata: town, options: options)
            #expect(open.information.map(\.informationID) == [item.informationID])
            item = try await project.feedBackInformation(
                .with {
                    ($0.requestID, $0.informationID, $0.version) = (newID(), item.informationID, item.version)
                    $0.feedback = "转入线索库"
                }, metadata: dispatcher, options: options
            ).information
            #expect(item.state == .fedBack && item.hasSortedAt && item.hasDisposedAt && item.hasFedBackAt)
            let closed = try await project.listInformation(.with { $0.open = true }, metadata: town, options: options)
            #expect(closed.information.isEmpty)
            let foreign = try await problem {
                try await project.getInformation(
                    .with { $0.informationID = item.informationID }, metadata: try await office.metadata(.elsewhere),
                    options: options)
            }
            #expect(foreign?.code == .notFound)
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(ProjectApp.informationEvents)
            } is: {
                $0.count == 3
            }
            #expect(events.map(\.seq) == [1, 2, 3])
        }
    }

    @Test("PRJ-2 leads: duplicates are found and merged with the first reporter kept, placed by their way, converted")
    func leads() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let (project, options) = (office.project, office.options)
            let dispatcher = try await office.metadata(.dispatcher)
            let first = try await office.report(lead: "鲁中重工集团", by: .finance)
            #expect(first.duplicateLeadIds.isEmpty && first.lead.firstReporter == "finance")
            let second = try await office.report(lead: "鲁中 重工集团", by: .environment)
            #expect(second.duplicateLeadIds == [first.lead.leadID])
            let merged = try await project.mergeLeads(
                .with {
                    ($0.requestID, $0.leadID, $0.version) = (newID(), second.lead.leadID, second.lead.version)
                    ($0.otherLeadID, $0.otherVersion) = (first.lead.leadID, first.lead.version)
                }, metadata: dispatcher, options: options
            ).lead
            #expect(merged.leadID == first.lead.leadID && merged.firstReporter == "finance" && merged.version == 2)

            // The database itself protects the first reporter.
            let id = try #require(UUID(uuidString: merged.leadID))
            var state: String?
            do {
                _ = try await bench.administration.transaction {
                    try $0.execute("UPDATE project.lead SET first_reporter = 'other' WHERE id = \(id)")
                }
            } catch { state = (error as? PostgresError)?.sqlState }
            #expect(state == "23001")

            var lead = try await project.recommendLead(
                .with {
                    ($0.requestID, $0.leadID, $0.version) = (newID(), merged.leadID, merged.version)
                    $0.unitIds = ["town", "commerce"]
                }, metadata: dispatcher, options: options
            ).lead
            let recommended = lead
            let notAsked = try await problem {
                try await project.takeLead(
                    .with {
                        ($0.requestID, $0.leadID, $0.version) = (newID(), recommended.leadID, recommended.version)
                        $0.unitID = "environment"
                    }, metadata: try await office.metadata(.environment), options: options)
            }
            #expect(notAsked?.code == .failedPrecondition)
            lead = try await project.takeLead(
                .with {
                    ($0.requestID, $0.leadID, $0.version) = (newID(), recommended.leadID, recommended.version)
                    $0.unitID = "town"
                }, metadata: try await office.metadata(.town), options: options
            ).lead
            #expect(lead.state == .placed && lead.placedUnitID == "town")
            let created = try await office.create(lead: lead)
            #expect(created.leadID == lead.leadID && created.stage == .planned && created.number == "P2020-000001")
            let again = try await problem { try await office.create(lead: lead) }
            #expect(again?.code == .aborted)

            // A promotion office's lead is placed when both have named the same unit.
            var joint = try await office.report(lead: "别家", source: .promotionOffice, by: .commerce).lead
            func propose(_ unit: String, asOffice: Bool, by person: Person) async throws -> WireLead {
                let given = joint
                return try await project.proposePlacement(
                    .with {
                        ($0.requestID, $0.leadID, $0.version) = (newID(), given.leadID, given.version)
                        ($0.unitID, $0.asOffice) = (unit, asOffice)
                    }, metadata: try await office.metadata(person), options: options
                ).lead
            }
            let asOffice = try await problem { try await propose("town", asOffice: true, by: .commerce) }
            #expect(asOffice?.code == .permissionDenied)
            joint = try await propose("town", asOffice: true, by: .dispatcher)
            #expect(joint.state == .proposed && joint.proposedByOffice)
            joint = try await propose("town", asOffice: false, by: .commerce)
            #expect(joint.state == .placed)
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(ProjectApp.leadEvents)
            } is: {
                $0.count == 7
            }
            // No name of an investor leaves the service.
            #expect(!events.contains { String(decoding: $0.payload, as: UTF8.self).contains("重工") })
        }
    }

    @Test(
        "PRJ-3, XCT-13 stages with their evidence; a repeated request has no second effect, a lost race tells the version"
    )
    func stages() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let request = newID()
            let created = try await office.create(request: request)
            #expect(try await office.create(request: request) == created)
            let missing = try await problem {
                try await office.advance(created, to: .signed, on: .day(2020, 4, 20), papers: [])
            }
            #expect(missing?.violations.map(\.field) == ["evidence"])
            let silent = try await problem {
                try await office.advance(created, to: .signed, on: .day(2020, 4, 20), reason: "")
            }
            #expect(silent?.violations.map(\.field) == ["reason"])
            var given = try await office.advance(created, to: .signed, on: .day(2020, 4, 20))
            let stale = try await problem {
                try await office.advance(created, to: .started, on: .day(2020, 4, 20))
            }
            #expect(stale?.code == .aborted && stale?.metadata["current_version"] == "2")
            let far = try await problem {
                try await office.advance(given, to: .started, on: .day(2020, 4, 20), by: .elsewhere)
            }
            #expect(far?.reason == .scopeDenied)
            given = try await office.advance(given, to: .started, on: .day(2020, 4, 20))
            given = try await office.advance(given, to: .signed, on: .day(2020, 4, 20), reason: "土地手续未完成", papers: [])
            let town = try await office.metadata(.town)
            let entries = try await office.project.listStageEntries(
                .with {
                    $0.projectID = given.projectID
                    $0.pageSize = 2
                }, metadata: town, options: office.options)
            #expect(entries.entries.map(\.to) == [.signed, .started] && entries.entries[1].evidence.count == 7)
            let rest = try await office.project.listStageEntries(
                .with {
                    $0.projectID = given.projectID
                    $0.pageSize = 2
                    $0.pageToken = entries.nextPageToken
                }, metadata: town, options: office.options)
            #expect(rest.entries.map(\.number) == [1] && rest.nextPageToken.isEmpty)

            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(ProjectApp.projectEvents)
            } is: {
                $0.count == 4
            }
            #expect(events.map(\.seq) == [1, 2, 3, 4])
            let last = try Zhitongche_Project_V1_StageEntered(serializedBytes: events[3].payload)
            #expect(last.wentBack && last.from == .started && last.project.unitID == "town" && !last.project.counts)
            let states = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_ProjectState.self, on: ProjectApp.projectState)
            } is: {
                $0.count == 4
            }
            #expect(states.last?.stage == .signed && states.last?.number == given.number)
        }
    }

    @Test(
        "PRJ-4 the library: what does not fit is refused, and admitted only by a recorded decision of the leading group"
    )
    func library() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let (project, options) = (office.project, office.options)
            let given = try await office.create()
            let dispatcher = try await office.metadata(.dispatcher)
            let unfit = try await problem {
                try await project.admitProject(
                    .with {
                        ($0.requestID, $0.projectID, $0.version) = (newID(), given.projectID, given.version)
                        ($0.fitsPlan, $0.fitsIndustry) = (true, true)
                    }, metadata: dispatcher, options: options)
            }
            #expect(unfit?.code == .failedPrecondition)
            func except(_ person: Person, _ number: String) async throws -> WireProject {
                try await project.exceptProject(
                    .with {
                        ($0.requestID, $0.projectID, $0.version) = (newID(), given.projectID, given.version)
                        ($0.decisionNumber, $0.decidedOn) = (number, .day(2020, 4, 18))
                    }, metadata: try await office.metadata(person), options: options
                ).project
            }
            #expect(try await problem { try await except(.dispatcher, "泰领〔2020〕3号") }?.reason == .actionDenied)
            #expect(
                try await problem { try await except(.recorder, "") }?.violations.map(\.field) == ["decision_number"])
            let excepted = try await except(.recorder, "泰领〔2020〕3号")
            #expect(excepted.library == .excepted && excepted.decisionNumber == "泰领〔2020〕3号")
            let removed = try await project.removeProject(
                .with {
                    ($0.requestID, $0.projectID, $0.version) = (newID(), excepted.projectID, excepted.version)
                    $0.reason = "产能过剩"
                }, metadata: dispatcher, options: options
            ).project
            #expect(removed.library == .outside)
            let kept = try await bench.administration.transaction {
                try $0.query("SELECT standing, grounds, decided_by FROM project.library_decision ORDER BY number") {
                    "\(try $0.get("standing", as: String.self)) \(try $0.get("decided_by", as: String.self))"
                }
            }
            #expect(kept == ["excepted recorder", "outside dispatcher"])
        }
    }

    @Test(
        "PRJ-18 rates list numerator and denominator project by project; repeated signings and projects outside do not count"
    )
    func rates() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let first = try await office.advance(
                try await office.admit(try await office.create()), to: .signed, on: .day(2020, 4, 20))
            // The same investor, site and amount, in another spelling: it counts once, and as what came furthest.
            let repeated = try await office.advance(
                try await office.admit(try await office.create { $0.investor = "鲁中 重工集团" }), to: .signed,
                on: .day(2020, 4, 20))
            #expect(repeated.repeatsProjectID == first.projectID)
            _ = try await office.advance(repeated, to: .started, on: .day(2020, 4, 20))
            let other = try await office.advance(
                try await office.admit(try await office.create { $0.site = "二号地块" }), to: .signed, on: .day(2020, 4, 20)
            )
            // Signed, but outside of the library.
            _ = try await office.advance(
                try await office.create { $0.site = "三号地块" }, to: .signed, on: .day(2020, 4, 20))

            let start = try await office.rate(.start)
            #expect(start.numerator == 1 && start.denominator == 2 && start.repeated == 1 && start.unit == .projects)
            #expect(Set(start.lines.map(\.projectID)) == [repeated.projectID, other.projectID])
            #expect(start.lines.map(\.numerator).reduce(0, +) == 1 && start.definition.zh.contains("签约"))
            let money = try await office.rate(.fundsForeign)
            #expect(money.unit == .usCents && money.denominator == 60_000_000)
            var seen: [String] = []
            var token = ""
            repeat {
                let page = try await office.rate(.start) {
                    $0.pageSize = 1
                    $0.pageToken = token
                }
                #expect(page.denominator == 2)
                seen += page.lines.map(\.projectID)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(seen.count == 2 && Set(seen).count == 2)
            func denominator(_ change: (inout Zhitongche_Project_V1_GetRateRequest) -> Void) async throws -> Int64 {
                try await office.rate(.start, change: change).denominator
            }
            #expect(try await denominator { $0.region = "370900" } == 2)
            #expect(try await denominator { $0.region = "370903" } == 0)
            #expect(try await denominator { $0.industry = "C" } == 2)
            #expect(try await denominator { $0.industry = "C36" } == 0)
            #expect(try await denominator { ($0.firstMonth.year, $0.firstMonth.month) = (2020, 5) } == 0)
            #expect(try await denominator { ($0.lastMonth.year, $0.lastMonth.month) = (2020, 4) } == 2)
            #expect(try await office.rate(.start, as: .elsewhere).denominator == 0)
            #expect(try await problem { try await office.rate(.unspecified) }?.violations.map(\.field) == ["kind"])
        }
    }
}
