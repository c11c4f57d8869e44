import EnterpriseContracts
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import EnterpriseService

@Suite("Loading the registry (ENT-1)")
struct LoadTests {
    @Test("good rows are kept and bad ones reported with line, column and reason; the same file again changes nothing")
    func load() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let first = try Row(1).with { ($0.employees, $0.revenue, $0.year) = ("350", "3000000000000", "2019") }
            let quoted = try Row(2).with { ($0.name, $0.address) = ("泰安\"第二\"公司", "甲路 1 号,\n二楼") }
            let bad = try Row(3).with { $0.region = "37" }
            let worse = try Row(4).with { $0.representative = "" }
            let file = Row.file([first, quoted, bad, worse, try Row(5)]) + "\"x\"y\n"
            let report = try await stage.load(file, piece: 11)
            #expect(report.rows == 6)
            #expect(report.created == 3)
            #expect(report.rejected == 3)
            let errors = try await stage.library.listLoadErrors(
                .with { $0.loadID = report.loadID }, metadata: try await stage.steward, options: stage.options
            ).errors
            // The second row's address has a line break, so the lines after it count one more.
            #expect(errors.map(\.line) == [5, 6, 8])
            #expect(errors.map(\.column) == ["region", "representative", ""])
            #expect(errors.allSatisfy { !$0.reason.zh.isEmpty && !$0.reason.en.isEmpty })

            let stored = try await stage.enterprise(quoted)
            #expect(stored.name == quoted.name)
            #expect(stored.address == "甲路 1 号, 二楼")
            #expect(stored.maskedRepresentative == "张*")
            #expect(stored.version == 1)
            let sized = try await stage.enterprise(first)
            #expect(sized.size == .medium)
            #expect(sized.tags.contains { $0.tag.code == "medium" && $0.origin == .derived })

            let again = try await stage.load(file)
            #expect(again.unchanged == 3)
            #expect(again.created == 0 && again.changed == 0)
            let changed = try await stage.load(Row.file([first.with { $0.name = "新名称公司" }, quoted]))
            #expect(changed.changed == 1 && changed.unchanged == 1)
            let renamed = try await stage.enterprise(first)
            #expect(renamed.name == "新名称公司")
            #expect(renamed.ordinal == sized.ordinal)
            #expect(renamed.version == 2)
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.attribute_record") == 2)
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.load_staging") == 0)
            #expect(
                try await stage.query(
                    "SELECT count(*) AS n FROM enterprise.enterprise WHERE position('张三'::bytea IN representative_sealed) > 0"
                )
                    == 0)
        }
    }

    @Test("every change is told on the compacted topic with the enterprise's version as its sequence")
    func states() async throws {
        let bench = try await ServiceBench.enterprise()
        try await bench.stage { stage in
            let row = try Row(1)
            _ = try await stage.load(Row.file([row]))
            _ = try await stage.load(Row.file([row.with { $0.industry = "1311" }]))
            let events = try await eventually {
                try await bench.published(EnterpriseTopics.state)
            } is: {
                $0.count == 2
            }
            #expect(events.map(\.seq) == [1, 2])
            let state = try Zhitongche_Enterprise_V1_EnterpriseState(serializedBytes: events[1].payload)
            #expect(state.creditCode == row.code)
            #expect(state.industry == "1311")
            #expect(state.tags.contains { $0.code == "C13" })
            #expect(!events.contains { String(decoding: $0.payload, as: UTF8.self).contains("张三") })
        }
    }

    @Test("a load that is cut off goes on where it stopped, under the same identifier")
    func resume() async throws {
        try await ServiceBench.enterprise().stage { stage in
            // More rows than fit one piece, so that one transaction is stored before the client is cut off.
            let rows = try (1...5_600).map { try Row($0) }
            let file = Row.file(rows)
            let id = newID()
            await #expect(throws: (any Error).self) {
                try await stage.load(
                    file, id: id, piece: 10_000, failingAfter: file.utf8.count * 97 / 100,
                    beforeFailing: {
                        try await eventually(within: .seconds(100)) {
                            try await stage.query("SELECT count(*) AS n FROM enterprise.enterprise")
                        } is: {
                            $0 == 5_000
                        }
                    })
            }
            #expect(try await stage.query("SELECT rows AS n FROM enterprise.load") == 5_000)
            let report = try await stage.load(file, id: id, piece: 50_000)
            #expect(report.rows == 5_600)
            #expect(report.created == 5_600)
            #expect(try await stage.query("SELECT count(DISTINCT ordinal) AS n FROM enterprise.enterprise") == 5_600)
            #expect(try await stage.query("SELECT max(seq) AS n FROM enterprise.enterprise") == 1)
            // A finished load is not read again.
            let repeated = try await stage.load("nonsense", id: id)
            #expect(repeated == report)
        }
    }

    @Test("rows of one credit code take effect in the order of the file")
    func duplicates() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let row = try Row(1)
            let report = try await stage.load(
                Row.file([
                    row, row.with { $0.name = "第二名" }, row.with { $0.name = "第二名" }, row.with { $0.name = "第三名" },
                ]))
            #expect(report.created == 1)
            #expect(report.changed == 2)
            #expect(report.unchanged == 1)
            #expect(try await stage.enterprise(row).name == "第三名")
        }
    }

    @Test("a file without its header, another source under one identifier, and a caller without the right are refused")
    func refusals() async throws {
        try await ServiceBench.enterprise().stage { stage in
            #expect(try await code { try await stage.load("a,b\n") } == .invalidArgument)
            let id = newID()
            _ = try await stage.load(Row.file([]), id: id)
            #expect(try await code { try await stage.load(Row.file([]), id: id, source: "other") } == .invalidArgument)
            let denied = try await code {
                try await stage.library.listLoadErrors(
                    .with { $0.loadID = id }, metadata: try await stage.handler, options: stage.options)
            }
            #expect(denied == .permissionDenied)
        }
    }

    @Test("loads with the same enterprises at the same time bring each in once")
    func concurrent() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let file = Row.file(try (1...400).map { try Row($0) })
            let reports = try await withThrowingTaskGroup(of: Zhitongche_Enterprise_V1_LoadEnterprisesResponse.self) {
                group in
                for _ in 0..<4 { group.addTask { try await stage.load(file) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.map(\.created).reduce(0, +) == 400)
            #expect(reports.map(\.unchanged).reduce(0, +) == 1_200)
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.enterprise") == 400)
        }
    }

    @Test("lists are paged, filtered and narrowed to the caller's region")
    func listing() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try (1...7).map { number in
                try Row(number).with {
                    $0.region = number % 2 == 0 ? "370911" : "371302"
                    $0.industry = number < 5 ? "3511" : "5112"
                }
            }
            _ = try await stage.load(Row.file(rows))
            func list(
                _ metadata: Metadata,
                _ change: (inout Zhitongche_Enterprise_V1_ListEnterprisesRequest) -> Void = { _ in }
            ) async throws -> Zhitongche_Enterprise_V1_ListEnterprisesResponse {
                var request = Zhitongche_Enterprise_V1_ListEnterprisesRequest()
                change(&request)
                return try await stage.library.listEnterprises(request, metadata: metadata, options: stage.options)
            }
            let steward = try await stage.steward
            var seen: [String] = []
            var token = ""
            repeat {
                let page = try await list(steward) { [token] in ($0.pageSize, $0.pageToken) = (3, token) }
                seen += page.enterprises.map(\.creditCode)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(seen == rows.map(\.code))
            #expect(try await list(steward) { $0.region = "370000" }.enterprises.count == 7)
            #expect(try await list(steward) { $0.region = "370900" }.enterprises.count == 3)
            #expect(try await list(steward) { $0.industry = "C" }.enterprises.count == 4)
            #expect(try await list(steward) { $0.industry = "5112" }.enterprises.count == 3)
            let leader = try await stage.bench.metadata(stage.bench.directory.staff("leader", roles: ["unit-leader"]))
            #expect(try await list(leader).enterprises.count == 3)
            let own = try await list(steward).enterprises[0]
            let user = try await stage.user("boss", enterprise: own.enterpriseID)
            #expect(try await list(user).enterprises == [own])
            let foreign = try await code {
                try await stage.library.getEnterprise(
                    .with { $0.creditCode = rows[3].code }, metadata: user, options: stage.options)
            }
            #expect(foreign == .permissionDenied)
        }
    }
}
