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
    fileprivate func move(
        _ given: WireLead, to unit: String, reason: String, by person: Person = .dispatcher
    ) async throws -> WireLead {
        try await project.moveLead(
            .with {
                ($0.requestID, $0.leadID, $0.version) = (newID(), given.leadID, given.version)
                ($0.unitID, $0.reason) = (unit, reason)
            }, metadata: try await metadata(person), options: options
        ).lead
    }

    fileprivate func close(
        _ given: WireLead, reason: String, by person: Person = .dispatcher
    ) async throws -> WireLead {
        try await project.closeLead(
            .with {
                ($0.requestID, $0.leadID, $0.version) = (newID(), given.leadID, given.version)
                $0.reason = reason
            }, metadata: try await metadata(person), options: options
        ).lead
    }

    fileprivate func lead(_ id: String, as person: Person) async throws -> WireLead {
        try await project.getLead(
            .with { $0.leadID = id }, metadata: try await metadata(person), options: options
        ).lead
    }

    fileprivate func leads(
        as person: Person, change: (inout Zhitongche_Project_V1_ListLeadsRequest) -> Void = { _ in }
    ) async throws -> Zhitongche_Project_V1_ListLeadsResponse {
        var request = Zhitongche_Project_V1_ListLeadsRequest()
        change(&request)
        return try await project.listLeads(request, metadata: try await metadata(person), options: options)
    }
}

@Suite("Project: leads placed elsewhere, closed, found", .serialized)
struct LeadServiceTests {
    @Test("PRJ-2 the office places a lead elsewhere with a reason; those who had it and have it read it, others do not")
    func elsewhere() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let reported = try await office.report(by: .finance).lead
            let denied = try await problem {
                try await office.move(reported, to: "town", reason: "不符合布局", by: .finance)
            }
            #expect(denied?.code == .permissionDenied && denied?.reason == .actionDenied)
            let silent = try await problem { try await office.move(reported, to: "town", reason: "") }
            #expect(silent?.code == .invalidArgument && silent?.violations.map(\.field) == ["reason"])
            let nowhere = try await problem { try await office.move(reported, to: "", reason: "不符合布局") }
            #expect(nowhere?.violations.map(\.field) == ["unit_id"])
            #expect(try await problem { try await office.lead(reported.leadID, as: .town) }?.code == .notFound)

            let moved = try await office.move(reported, to: "town", reason: "不符合布局")
            #expect(moved.state == .placed && moved.placedUnitID == "town" && moved.elsewhere)
            #expect(moved.reason == "不符合布局" && moved.firstReporter == "finance" && moved.unitID == "finance")
            #expect(moved.version == 2)
            for person in [Person.town, .finance, .dispatcher] {
                #expect(try await office.lead(reported.leadID, as: person) == moved)
            }
            for person in [Person.environment, .elsewhere] {
                #expect(try await problem { try await office.lead(reported.leadID, as: person) }?.code == .notFound)
            }
            let stale = try await problem { try await office.move(reported, to: "commerce", reason: "再调整") }
            #expect(stale?.code == .aborted && stale?.metadata["current_version"] == "2")

            // The unit where it is now makes a project of it, which ends the lead.
            let created = try await office.create(lead: moved)
            let converted = try await office.lead(reported.leadID, as: .town)
            #expect(converted.state == .converted && converted.projectID == created.projectID)
            let late = try await problem { try await office.move(converted, to: "commerce", reason: "再调整") }
            #expect(late?.code == .failedPrecondition)
            let placed = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_LeadPlaced.self, on: ProjectApp.leadEvents)
            } is: {
                !$0.isEmpty
            }
            #expect(placed.map(\.leadID) == [reported.leadID] && placed[0].unitID == "town" && placed[0].elsewhere)
        }
    }

    @Test("PRJ-2 the office closes a lead with a reason, once; a closed lead is no duplicate of a new one")
    func closed() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let reported = try await office.report(by: .finance).lead
            let denied = try await problem { try await office.close(reported, reason: "无投资意向", by: .finance) }
            #expect(denied?.reason == .actionDenied)
            let silent = try await problem { try await office.close(reported, reason: "") }
            #expect(silent?.code == .invalidArgument && silent?.violations.map(\.field) == ["reason"])
            let closed = try await office.close(reported, reason: "无投资意向")
            #expect(closed.state == .closed && closed.reason == "无投资意向" && closed.version == 2)
            #expect(try await office.lead(reported.leadID, as: .finance) == closed)
            #expect(try await problem { try await office.close(closed, reason: "再关闭") }?.code == .failedPrecondition)
            let moved = try await problem { try await office.move(closed, to: "town", reason: "不符合布局") }
            #expect(moved?.code == .failedPrecondition)
            #expect(try await office.report(by: .environment).duplicateLeadIds.isEmpty)
            let ended = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_LeadEnded.self, on: ProjectApp.leadEvents)
            } is: {
                !$0.isEmpty
            }
            #expect(ended.map(\.state) == [.closed] && ended[0].leadID == reported.leadID)
        }
    }

    @Test("PRJ-2 leads are listed newest first, page by page, by state and investor, within the scope of the caller")
    func listed() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let first = try await office.report(lead: "甲公司", by: .finance).lead.leadID
            let second = try await office.report(lead: "乙公司", by: .environment).lead.leadID
            let third = try await office.report(lead: "甲 公司", by: .finance).lead
            _ = try await office.move(third, to: "town", reason: "不符合布局")
            func ids(
                as person: Person, change: (inout Zhitongche_Project_V1_ListLeadsRequest) -> Void = { _ in }
            ) async throws -> [String] {
                try await office.leads(as: person, change: change).leads.map(\.leadID)
            }
            #expect(try await ids(as: .dispatcher) == [third.leadID, second, first])
            #expect(try await ids(as: .finance) == [third.leadID, first])
            #expect(try await ids(as: .environment) == [second])
            #expect(try await ids(as: .town) == [third.leadID])
            #expect(try await ids(as: .elsewhere).isEmpty)
            #expect(try await problem { try await ids(as: .nobody) }?.reason == .actionDenied)
            #expect(try await ids(as: .dispatcher) { $0.state = .placed } == [third.leadID])
            #expect(try await ids(as: .dispatcher) { $0.state = .closed }.isEmpty)
            #expect(try await ids(as: .dispatcher) { $0.investor = "甲公司" } == [third.leadID, first])

            let page = try await office.leads(as: .dispatcher) { $0.pageSize = 2 }
            #expect(page.leads.map(\.leadID) == [third.leadID, second])
            let token = page.nextPageToken
            let rest = try await office.leads(as: .dispatcher) { ($0.pageSize, $0.pageToken) = (2, token) }
            #expect(rest.leads.map(\.leadID) == [first] && rest.nextPageToken.isEmpty)
            let other = try await problem {
                try await ids(as: .dispatcher) { ($0.state, $0.pageToken) = (.placed, token) }
            }
            #expect(other?.code == .invalidArgument && other?.violations.map(\.field) == ["page_token"])
            let large = try await problem { try await ids(as: .dispatcher) { $0.pageSize = 201 } }
            #expect(large?.violations.map(\.field) == ["page_size"])
        }
    }
}
