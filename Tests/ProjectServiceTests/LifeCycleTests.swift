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

extension Office {
    fileprivate func edit(
        _ given: WireProject, by person: Person = .town,
        change: (inout Zhitongche_Project_V1_ProjectProfile) -> Void
    ) async throws -> WireProject {
        var profile = given.profile
        change(&profile)
        let sent = profile
        return try await project.editProject(
            .with {
                ($0.requestID, $0.projectID, $0.version) = (newID(), given.projectID, given.version)
                $0.profile = sent
            }, metadata: try await metadata(person), options: options
        ).project
    }

    fileprivate func suspend(
        _ given: WireProject, reason: String = "资金未到位", by person: Person = .town
    ) async throws -> WireProject {
        try await project.suspendProject(
            .with {
                ($0.requestID, $0.projectID, $0.version) = (newID(), given.projectID, given.version)
                $0.reason = reason
            }, metadata: try await metadata(person), options: options
        ).project
    }

    fileprivate func resume(_ given: WireProject, by person: Person = .town) async throws -> WireProject {
        try await project.resumeProject(
            .with { ($0.requestID, $0.projectID, $0.version) = (newID(), given.projectID, given.version) },
            metadata: try await metadata(person), options: options
        ).project
    }

    fileprivate func terminate(
        _ given: WireProject, reason: String = "投资方退出", by person: Person = .town
    ) async throws -> WireProject {
        try await project.terminateProject(
            .with {
                ($0.requestID, $0.projectID, $0.version) = (newID(), given.projectID, given.version)
                $0.reason = reason
            }, metadata: try await metadata(person), options: options
        ).project
    }
}

@Suite("Project: edited, suspended, resumed, terminated", .serialized)
struct LifeCycleServiceTests {
    @Test("PRJ-3 a project is edited by its unit, moves to another unit only by who acts for both, and tells it")
    func edited() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let given = try await office.plan(
                try await office.create(), due: .day(2021, 6, 30), schedule: [(2020, 5, 9_000_000_000)],
                from: .day(2021, 5, 1))
            let far = try await problem { try await office.edit(given, by: .elsewhere) { $0.name = "他人的项目" } }
            #expect(far?.code == .permissionDenied && far?.reason == .scopeDenied)
            let away = try await problem { try await office.edit(given) { $0.unitID = "finance" } }
            #expect(away?.reason == .scopeDenied)
            let nameless = try await problem { try await office.edit(given) { $0.name = "" } }
            #expect(nameless?.code == .invalidArgument && nameless?.violations.map(\.field) == ["profile.name"])
            let small = try await problem {
                try await office.edit(given) {
                    ($0.investment.total.fen, $0.investment.domestic.fen) = (8_999_999_999, 8_000_000_000)
                }
            }
            #expect(small?.code == .invalidArgument && small?.violations.map(\.field) == ["plan.schedule"])

            let edited = try await office.edit(given) {
                ($0.name, $0.industry, $0.category) = ("智能装备二期", "C36", .growthDriver)
                $0.investment.total.fen = 12_000_000_000
            }
            #expect(edited.version == given.version + 1 && edited.number == given.number && edited.stage == given.stage)
            #expect(edited.profile.name == "智能装备二期" && edited.profile.investment.total.fen == 12_000_000_000)
            #expect(edited.plan == given.plan)
            #expect(try await office.get(given.projectID) == edited)
            let stale = try await problem { try await office.edit(given) { $0.name = "旧" } }
            #expect(stale?.code == .aborted && stale?.metadata["current_version"] == String(edited.version))
            let changed = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_ProjectChanged.self, on: ProjectApp.projectEvents)
            } is: {
                !$0.isEmpty
            }
            #expect(changed.count == 1 && changed[0].investment.total.fen == 12_000_000_000)
            #expect(changed[0].category == .growthDriver && changed[0].project.industry == "36")
        }
    }

    @Test("PRJ-3 a project rests with a reason and without a light, goes on, and is given up for good, each told once")
    func rests() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let signed = try await office.advance(try await office.create(), to: .signed, on: .day(2020, 4, 20))
            let given = try await office.plan(signed, due: .day(2021, 6, 30), from: .day(2020, 5, 1))
            #expect(given.light == .green)
            let silent = try await problem { try await office.suspend(given, reason: "") }
            #expect(silent?.code == .invalidArgument && silent?.violations.map(\.field) == ["reason"])
            #expect(try await problem { try await office.suspend(given, by: .elsewhere) }?.reason == .scopeDenied)
            #expect(try await problem { try await office.suspend(given, by: .dispatcher) }?.reason == .actionDenied)
            #expect(try await problem { try await office.resume(given) }?.code == .failedPrecondition)

            let resting = try await office.suspend(given)
            #expect(resting.status == .suspended && resting.statusReason == "资金未到位" && resting.stage == .signed)
            #expect(resting.light == .unspecified && resting.version == given.version + 1)
            #expect(try await office.get(given.projectID) == resting)
            #expect(try await problem { try await office.suspend(resting) }?.code == .failedPrecondition)
            let started = try await problem { try await office.advance(resting, to: .started, on: .day(2020, 4, 20)) }
            #expect(started?.code == .failedPrecondition)
            #expect(try await problem { try await office.resume(resting, by: .elsewhere) }?.reason == .scopeDenied)

            // The reports of May to July fall into the rest, so none of them is due or missed.
            try await office.travel(to: 2020, 8, 20)
            let going = try await office.resume(resting)
            #expect(going.status == .active && going.statusReason.isEmpty && going.stage == .signed)
            #expect(going.light == .green)
            let may = try await problem {
                try await office.report(going, version: going.version, month: (2020, 5), completed: 1)
            }
            #expect(may?.violations.map(\.field) == ["period"])

            #expect(
                try await problem { try await office.terminate(going, reason: "") }?.violations.map(\.field)
                    == ["reason"])
            #expect(try await problem { try await office.terminate(going, by: .elsewhere) }?.reason == .scopeDenied)
            let over = try await office.terminate(going)
            #expect(over.status == .terminated && over.statusReason == "投资方退出" && over.light == .unspecified)
            #expect(try await office.get(given.projectID) == over)
            let found = try await office.project.listProjects(
                .with { $0.status = .terminated }, metadata: try await office.metadata(.town), options: office.options)
            #expect(found.projects.map(\.projectID) == [given.projectID])

            let told = try await eventually(within: .seconds(60)) {
                try await bench.published(
                    Zhitongche_Project_V1_ProjectStatusChanged.self, on: ProjectApp.projectEvents)
            } is: {
                $0.count == 3
            }
            #expect(told.map(\.status) == [.suspended, .active, .terminated])
            #expect(told.allSatisfy { $0.stage == .signed && $0.project.projectID == given.projectID })
            try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_ProjectState.self, on: ProjectApp.projectState).last?
                    .status
            } is: {
                $0 == .terminated
            }
            let missed = try await bench.published(
                Zhitongche_Project_V1_ReportMissed.self, on: ProjectApp.projectEvents)
            #expect(missed.isEmpty)
        }
    }
}
