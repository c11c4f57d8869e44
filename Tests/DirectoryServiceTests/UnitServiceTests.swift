import CommonContracts
import DirectoryContracts
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import DirectoryService

@Suite("DIR-1, DIR-2, DIR-3: regions and units over the wire", .serialized)
struct UnitServiceTests {
    @Test("DIR-3: rename, merger and split are followed by queries, events and states")
    func history() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.moveClock(to: "2020-04-20T01:00:00Z")
            try await bench.makePlaces(admin)
            func unit(_ id: String) async throws -> Zhitongche_Directory_V1_Unit {
                try await bench.client.getUnit(.with { $0.unitID = id }, metadata: admin, options: bench.options).unit
            }
            func current(_ id: String) async throws -> [String] {
                try await bench.client.getUnitHistory(
                    .with { $0.unitID = id }, metadata: admin, options: bench.options
                ).currentUnitIds
            }
            func end(_ id: String, on: Zhitongche_Common_V1_Date, _ successors: [String]) async throws {
                let version = try await unit(id).version
                _ = try await bench.client.endUnit(
                    .with {
                        $0.requestID = newID()
                        $0.unitID = id
                        $0.version = version
                        $0.on = on
                        $0.successorIds = successors
                    }, metadata: admin, options: bench.options)
            }

            // Renamed in the past, then planned for a day to come.
            let renamed = try await bench.client.renameUnit(
                .with {
                    $0.requestID = "rename-1"
                    $0.unitID = "economy-bureau"
                    $0.version = 1
                    $0.name = "市工信局"
                    $0.from = date(2019, 1, 1)
                }, metadata: admin, options: bench.options
            ).unit
            #expect(renamed.name == "市工信局" && renamed.version == 2)
            let planned = try await bench.client.renameUnit(
                .with {
                    $0.requestID = "rename-2"
                    $0.unitID = "economy-bureau"
                    $0.version = 2
                    $0.name = "市工业和信息化局"
                    $0.from = date(2020, 5, 1)
                }, metadata: admin, options: bench.options
            ).unit
            #expect(planned.name == "市工信局" && planned.version == 2)
            try await bench.moveClock(to: "2020-04-30T16:00:00Z")
            let announced = try await eventually {
                try await unit("economy-bureau")
            } is: {
                $0.version == 3
            }
            #expect(announced.name == "市工业和信息化局")
            let names = try await bench.client.getUnitHistory(
                .with { $0.unitID = "economy-bureau" }, metadata: admin, options: bench.options)
            #expect(names.entries.map(\.name) == ["市经信局", "市工信局", "市工业和信息化局"])
            #expect(names.entries[1].period.end == date(2020, 5, 1))
            #expect(names.currentUnitIds == ["economy-bureau"])

            // Two merge into one, which splits later.
            for id in ["commerce", "trade", "merged", "north", "south"] {
                try await bench.makeUnit(id, name: id, admin)
            }
            try await end("commerce", on: date(2020, 5, 1), ["merged"])
            try await end("trade", on: date(2020, 5, 1), ["merged"])
            #expect(try await current("commerce") == ["merged"])
            try await end("merged", on: date(2020, 6, 1), ["south", "north"])
            #expect(try await current("trade") == ["merged"], "the split lies ahead")
            try await bench.moveClock(to: "2020-05-31T16:00:00Z")
            #expect(try await current("trade") == ["north", "south"])
            let ended = try await unit("merged")
            #expect(ended.successorIds == ["south", "north"] && ended.active.end == date(2020, 6, 1))
            let listed = try await bench.client.listUnits(
                .with { $0.pageSize = 2 }, metadata: admin, options: bench.options)
            #expect(listed.units.map(\.unitID) == ["economy-bureau", "north"])
            let rest = try await bench.client.listUnits(
                .with {
                    $0.pageSize = 2
                    $0.pageToken = listed.nextPageToken
                }, metadata: admin, options: bench.options)
            #expect(rest.units.map(\.unitID) == ["south"] && rest.nextPageToken.isEmpty)
            let foreign = try await problem {
                try await bench.client.listUnits(
                    .with {
                        $0.includeEnded = true
                        $0.pageToken = listed.nextPageToken
                    }, metadata: admin, options: bench.options)
            }
            #expect(foreign?.violations.map(\.field) == ["page_token"])

            // What others see, on several topics: all that is noted as published.
            try await eventually {
                try await bench.count("SELECT count(*) AS n FROM directory.pending")
            } is: {
                $0 == 0
            }
            let ends = try await bench.published(
                Zhitongche_Directory_V1_UnitEnded.self, on: DirectoryEvents.unitEvents)
            #expect(ends.count == 3)
            let renames = try await bench.published(
                Zhitongche_Directory_V1_UnitRenamed.self, on: DirectoryEvents.unitEvents)
            #expect(renames.map(\.seq) == [2, 3])
            #expect(renames.map(\.message.previousName) == ["市经信局", "市工信局"])
            let states = try await bench.published(
                Zhitongche_Directory_V1_UnitState.self, on: DirectoryEvents.unitStates
            ).filter { $0.message.unit.unitID == "economy-bureau" }
            #expect(states.map(\.seq) == [1, 2, 3])
            #expect(states.last?.message.unit == announced)
            let regions = try await bench.published(
                Zhitongche_Directory_V1_RegionState.self, on: DirectoryEvents.regionStates)
            #expect(Set(regions.map(\.message.region.code)) == ["370000", "370900", "370902"])
        }
    }

    @Test("XCT-13: two administrators edit one unit; one request identifier has one effect; bad requests name fields")
    func concurrency() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            func rename(_ request: String, _ name: String, version: Int64) async throws -> Zhitongche_Directory_V1_Unit
            {
                try await bench.client.renameUnit(
                    .with {
                        $0.requestID = request
                        $0.unitID = "economy-bureau"
                        $0.version = version
                        $0.name = name
                        $0.from = date(2019, 1, 1)
                    }, metadata: admin, options: bench.options
                ).unit
            }
            let outcomes = await withTaskGroup(of: Result<Int64, any Error>.self) { group in
                for name in ["甲", "乙"] {
                    group.addTask {
                        do { return .success(try await rename("edit-\(name)", name, version: 1).version) } catch {
                            return .failure(error)
                        }
                    }
                }
                var outcomes: [Result<Int64, any Error>] = []
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(outcomes.compactMap { try? $0.get() } == [2])
            let lost = try await problem { try await rename("edit-late", "丙", version: 1) }
            #expect(lost?.code == .aborted && lost?.reason == .versionConflict)
            #expect(lost?.metadata["current_version"] == "2")

            let won = try await bench.client.getUnit(
                .with { $0.unitID = "economy-bureau" }, metadata: admin, options: bench.options
            ).unit.name
            let again = try await rename("edit-\(won)", won, version: 1)
            #expect(again.version == 2, "the repetition returns the first answer")
            let reused = try await problem { try await rename("edit-\(won)", "丁", version: 2) }
            #expect(reused?.code == .invalidArgument && reused?.reason == .requestIDReused)
            let renames = try await bench.count(
                "SELECT count(*) AS n FROM directory.journal WHERE type = 'zhitongche.directory.v1.UnitRenamed'")
            #expect(renames == 1)

            func create(_ change: @escaping @Sendable (inout Zhitongche_Directory_V1_Unit) -> Void) async throws
                -> Problem?
            {
                try await problem {
                    try await bench.client.createUnit(
                        .with {
                            $0.requestID = newID()
                            $0.unit = .with {
                                $0.unitID = "new-unit"
                                $0.name = "新单位"
                                $0.kind = .bureau
                                $0.region = "370900"
                                $0.active = .with { $0.start = date(2020, 1, 1) }
                            }
                            change(&$0.unit)
                        }, metadata: admin, options: bench.options)
                }
            }
            #expect(try await create { $0.unitID = "Bad Slug" }?.violations.first?.field == "unit.unit_id")
            #expect(try await create { $0.kind = .unspecified }?.violations.first?.field == "unit.kind")
            #expect(try await create { $0.region = "379999" }?.violations.first?.field == "unit.region")
            #expect(try await create { $0.region = "999" }?.violations.first?.field == "unit.region")
            #expect(try await create { $0.parentID = "nobody" }?.violations.first?.field == "unit.parent_id")
            #expect(try await create { $0.parentID = "new-unit" }?.violations.first?.field == "unit.parent_id")
            #expect(try await create { $0.subject = "税" }?.violations.first?.field == "unit.subject")
            #expect(try await create { $0.clearActive() }?.violations.first?.field == "unit.active.start")
            #expect(try await create { $0.unitID = "economy-bureau" }?.code == .alreadyExists)
            #expect(try await create { _ in } == nil)
        }
    }

    @Test("DIR-3, DIR-4: whoever administers a unit cannot move it, or make units, beyond the scope")
    func delegation() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.moveClock(to: "2020-04-20T01:00:00Z")
            try await bench.makePlaces(admin)
            for (id, parent) in [
                ("economy-office", "economy-bureau"), ("economy-desk", "economy-bureau"), ("finance-bureau", ""),
            ] {
                try await bench.makeUnit(id, name: id, parent: parent, admin)
            }
            for (role, scope) in [
                ("unit-administrator", Zhitongche_Directory_V1_Scope.ownUnitAndBelow), ("city-administrator", .region),
            ] {
                _ = try await bench.client.setRole(
                    .with {
                        $0.requestID = newID()
                        $0.role = .with {
                            $0.roleID = role
                            $0.name = "单位管理员"
                            $0.permissions = [
                                .with {
                                    $0.action = "directory.unit.write"
                                    $0.scope = scope
                                }
                            ]
                        }
                    }, metadata: admin, options: bench.options)
            }
            _ = try await bench.makeStaff("chief", roles: ["unit-administrator"], admin)
            _ = try await bench.makeStaff("mayor", roles: ["city-administrator"], admin)
            try await eventually {
                let trust = bench.handle.runtime.trust
                return trust.permissions(of: ["unit-administrator"]).count == 1
                    && trust.permissions(of: ["city-administrator"]).count == 1
                    && ["economy-office", "economy-desk"].allSatisfy { trust.isUnit($0, within: "economy-bureau") }
            } is: {
                $0
            }
            let chief = bench.bearer(try await bench.login("chief", "Staff-Pass-2020").session.accessToken)
            let mayor = bench.bearer(try await bench.login("mayor", "Staff-Pass-2020").session.accessToken)
            func end(_ successors: [String]) async throws -> Problem? {
                try await problem {
                    try await bench.client.endUnit(
                        .with {
                            $0.requestID = newID()
                            $0.unitID = "economy-office"
                            $0.version = 1
                            $0.on = date(2020, 5, 1)
                            $0.successorIds = successors
                        }, metadata: chief, options: bench.options)
                }
            }
            #expect(try await end(["finance-bureau"])?.reason == .scopeDenied)
            #expect(try await end(["economy-desk", "finance-bureau"])?.reason == .scopeDenied)
            #expect(try await bench.count("SELECT count(*) AS n FROM directory.unit_successor") == 0)
            #expect(try await end(["economy-desk"]) == nil)

            func create(_ id: String, _ parent: String, _ region: String, _ metadata: Metadata) async throws -> Problem?
            {
                try await problem { try await bench.makeUnit(id, name: id, parent: parent, region: region, metadata) }
            }
            #expect(
                try await create("wide", "economy-bureau", "370000", chief)?.violations.map(\.field)
                    == ["unit.region"])
            #expect(
                try await create("wide", "economy-bureau", "370000", admin)?.violations.map(\.field)
                    == ["unit.region"])
            #expect(try await create("narrow", "economy-bureau", "370902", chief) == nil)
            #expect(try await create("foreign", "finance-bureau", "370900", chief)?.reason == .scopeDenied)
            #expect(try await create("root", "", "370900", chief)?.reason == .scopeDenied)
            #expect(try await create("root", "", "370900", mayor)?.reason == .scopeDenied)
            #expect(try await create("root", "", "370900", admin) == nil)
        }
    }

    @Test("XCT-12: text with the NUL character is malformed") func unstorableText() async throws {
        try await DirectoryBench.run { bench in
            let login = try await problem { try await bench.login("a\u{0}b", "Wrong-Password-1") }
            #expect(login?.code == .invalidArgument)
        }
    }

    @Test("DIR-1: regions form a tree; a new name is a new state, the same name is none")
    func regions() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            func set(_ code: String, _ name: String, _ parent: String) async throws -> Problem? {
                try await problem {
                    try await bench.client.setRegion(
                        .with {
                            $0.requestID = newID()
                            $0.region = .with {
                                $0.code = code
                                $0.name = name
                                $0.parent = parent
                            }
                        }, metadata: admin, options: bench.options)
                }
            }
            #expect(try await set("370902001", "岱庙街道", "370902") == nil)
            #expect(try await set("370902001", "岱庙街道", "370902") == nil)
            #expect(try await set("370902001", "岱庙街道办事处", "370902") == nil)
            #expect(try await set("371300", "临沂市", "370900")?.violations.first?.field == "region.parent")
            #expect(try await set("440300", "深圳市", "440000")?.violations.first?.field == "region.parent")
            let region = try await bench.client.getRegion(
                .with { $0.code = "370902001" }, metadata: admin, options: bench.options)
            #expect(region.region.name == "岱庙街道办事处")
            #expect(region.path.map(\.code) == ["370000", "370900", "370902"])
            let children = try await bench.client.listRegions(
                .with { $0.parent = "370900" }, metadata: admin, options: bench.options)
            #expect(children.regions.map(\.code) == ["370902"])
            let provinces = try await bench.client.listRegions(.init(), metadata: admin, options: bench.options)
            #expect(provinces.regions.map(\.name) == ["山东省"])
            let states = try await bench.count(
                "SELECT count(*) AS n FROM directory.journal WHERE key = '370902001' AND topic LIKE '%region.state%'")
            #expect(states == 2)
        }
    }
}
