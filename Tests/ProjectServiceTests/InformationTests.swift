import Foundation
import GRPCCore
import Messaging
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import ProjectService

private typealias WireInformation = Zhitongche_Project_V1_Information

private let enterprise = "0190a000-0000-7000-8000-000000000001"
private let other = "0190a000-0000-7000-8000-000000000002"

extension Office {
    fileprivate func user(of enterprise: String?) async throws -> Metadata {
        try await bench.metadata(
            bench.directory.enterpriseUser("user of \(enterprise ?? "none")", enterprise: enterprise))
    }

    fileprivate func file(
        as metadata: Metadata, request: String = newID(),
        change: (inout Zhitongche_Project_V1_FileInformationRequest) -> Void = { _ in }
    ) async throws -> WireInformation {
        var request = Zhitongche_Project_V1_FileInformationRequest.with {
            $0.requestID = request
            ($0.informationClass, $0.collector) = (.project, .enterprise)
            ($0.subject, $0.content) = ("拟建新材料项目", "拟投资五亿元，需用地一百亩")
        }
        change(&request)
        return try await project.fileInformation(request, metadata: metadata, options: options).information
    }

    fileprivate func sort(_ given: WireInformation, as metadata: Metadata) async throws -> WireInformation {
        try await project.sortInformation(
            .with {
                ($0.requestID, $0.informationID, $0.version) = (newID(), given.informationID, given.version)
                ($0.informationClass, $0.handlingUnitID) = (.investmentPromotion, "commerce")
            }, metadata: metadata, options: options
        ).information
    }

    fileprivate func dispose(_ given: WireInformation, as metadata: Metadata) async throws -> WireInformation {
        try await project.disposeInformation(
            .with {
                ($0.requestID, $0.informationID, $0.version) = (newID(), given.informationID, given.version)
                $0.disposal = "经核实可对接，内部评估待定"
            }, metadata: metadata, options: options
        ).information
    }

    fileprivate func feedBack(_ given: WireInformation, as metadata: Metadata) async throws -> WireInformation {
        try await project.feedBackInformation(
            .with {
                ($0.requestID, $0.informationID, $0.version) = (newID(), given.informationID, given.version)
                $0.feedback = "已转入项目库"
            }, metadata: metadata, options: options
        ).information
    }

    fileprivate func information(_ id: String, as metadata: Metadata) async throws -> WireInformation {
        try await project.getInformation(.with { $0.informationID = id }, metadata: metadata, options: options)
            .information
    }

    fileprivate func items(as metadata: Metadata) async throws -> [String] {
        try await project.listInformation(.init(), metadata: metadata, options: options).information
            .map(\.informationID)
    }
}

@Suite("Project: information of enterprises", .serialized)
struct InformationTests {
    @Test("PRJ-1 an enterprise files information itself and is fed back; other enterprises and units see nothing of it")
    func enterpriseFiles() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let (user, stranger) = (try await office.user(of: enterprise), try await office.user(of: other))
            let (town, commerce) = (try await office.metadata(.town), try await office.metadata(.commerce))
            let dispatcher = try await office.metadata(.dispatcher)
            let request = newID()
            let filed = try await office.file(as: user, request: request)
            #expect(filed.enterpriseID == enterprise && filed.unitID.isEmpty && filed.collector == .enterprise)
            #expect(filed.state == .filed)
            #expect(try await office.file(as: user, request: request) == filed)
            let ofTown = try await office.file(as: town) { $0.unitID = "town" }
            #expect(ofTown.unitID == "town" && ofTown.enterpriseID.isEmpty)

            // Only the enterprise and the office know of it before it is sorted.
            #expect(try await office.items(as: user) == [filed.informationID])
            #expect(try await office.items(as: stranger).isEmpty)
            #expect(try await office.items(as: town) == [ofTown.informationID])
            #expect(try await office.items(as: dispatcher) == [ofTown.informationID, filed.informationID])
            #expect(try await office.information(filed.informationID, as: user) == filed)
            for metadata in [stranger, town, commerce] {
                #expect(try await code { try await office.information(filed.informationID, as: metadata) } == .notFound)
            }
            #expect(try await code { try await office.information(ofTown.informationID, as: user) } == .notFound)
            for metadata in [user, town] {
                #expect(try await code { try await office.sort(filed, as: metadata) } == .permissionDenied)
                #expect(try await code { try await office.dispose(filed, as: metadata) } == .permissionDenied)
            }

            let sorted = try await office.sort(filed, as: dispatcher)
            #expect(try await office.items(as: commerce) == [filed.informationID])
            #expect(try await code { try await office.dispose(sorted, as: town) } == .permissionDenied)
            let disposed = try await office.dispose(sorted, as: commerce)
            #expect(disposed.disposal == "经核实可对接，内部评估待定")
            // What the unit noted down stays between units.
            let shown = try await office.information(filed.informationID, as: user)
            #expect(shown.state == .disposed && shown.disposal.isEmpty && shown.handlingUnitID == "commerce")
            for metadata in [user, commerce] {
                #expect(try await code { try await office.feedBack(disposed, as: metadata) } == .permissionDenied)
            }
            _ = try await office.feedBack(disposed, as: dispatcher)
            let listed = try await office.project.listInformation(.init(), metadata: user, options: office.options)
                .information
            #expect(listed.map(\.state) == [.fedBack] && listed.map(\.feedback) == ["已转入项目库"])
            #expect(listed.allSatisfy { $0.disposal.isEmpty && $0.hasFedBackAt })

            let told = try await eventually {
                try await bench.published(
                    Zhitongche_Project_V1_InformationFedBack.self, on: ProjectApp.informationEvents)
            } is: {
                $0.count == 1
            }
            #expect(told[0].enterpriseID == enterprise && told[0].unitID.isEmpty)
            let begun = try await bench.published(
                Zhitongche_Project_V1_InformationFiled.self, on: ProjectApp.informationEvents)
            #expect(Set(begun.map(\.enterpriseID)) == [enterprise, ""] && Set(begun.map(\.unitID)) == ["town", ""])
        }
    }

    @Test("PRJ-1, XCT-10 an enterprise files for nobody else, and only as an enterprise; staff name their unit")
    func filers() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let user = try await office.user(of: enterprise)
            let town = try await office.metadata(.town)
            let forUnit = try await problem { try await office.file(as: user) { $0.unitID = "town" } }
            #expect(forUnit?.code == .invalidArgument && forUnit?.violations.map(\.field) == ["unit_id"])
            let asOffice = try await problem { try await office.file(as: user) { $0.collector = .promotionOffice } }
            #expect(asOffice?.code == .invalidArgument && asOffice?.violations.map(\.field) == ["collector"])
            let nobody = try await office.user(of: nil)
            let unproven = try await problem { try await office.file(as: nobody) }
            #expect(unproven?.code == .permissionDenied && unproven?.reason == .scopeDenied)
            #expect(try await office.items(as: nobody).isEmpty)
            let nameless = try await problem { try await office.file(as: town) }
            #expect(nameless?.code == .invalidArgument && nameless?.violations.map(\.field) == ["unit_id"])
            let foreign = try await problem { try await office.file(as: town) { $0.unitID = "commerce" } }
            #expect(foreign?.code == .permissionDenied && foreign?.reason == .scopeDenied)
            let without = try await bench.metadata(
                bench.directory.enterpriseUser("without a role", enterprise: enterprise, roles: []))
            #expect(try await problem { try await office.file(as: without) }?.reason == .actionDenied)
            #expect(try await office.items(as: office.metadata(.dispatcher)).isEmpty)
        }
    }
}
