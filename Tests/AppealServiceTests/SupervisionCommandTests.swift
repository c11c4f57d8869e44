import AppealContracts
import Domain
import Foundation
import GRPCCore
import Messaging
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import AppealService

private typealias Order = Zhitongche_Appeal_V1_Supervision

extension Stage {
    fileprivate func issue(_ one: Zhitongche_Appeal_V1_Case) async throws -> Order {
        try await service.issueSupervision(
            .with {
                ($0.requestID, $0.caseID, $0.version) = (UUIDv7.make(), one.caseID, one.version)
                ($0.ground, $0.demand, $0.days) = (.grave, "限期答复", 2)
            }, metadata: metadata(.chief), options: options
        ).supervision
    }

    fileprivate func answer(_ order: Order) async throws -> Order {
        try await service.answerSupervision(
            .with {
                ($0.requestID, $0.supervisionID) = (UUIDv7.make(), order.supervisionID)
                ($0.version, $0.answer) = (order.version, "正在办理")
            }, metadata: metadata(.handler), options: options
        ).supervision
    }

    fileprivate func sendBack(
        _ order: Order, by who: Person, reason: String, request: String
    ) async throws -> Order {
        try await service.returnSupervisionAnswer(
            .with {
                ($0.requestID, $0.supervisionID) = (request, order.supervisionID)
                ($0.version, $0.reason) = (order.version, reason)
            }, metadata: metadata(who), options: options
        ).supervision
    }

    fileprivate func refer(
        _ order: Order, by who: Person, reason: String, request: String
    ) async throws -> Order {
        try await service.referToAccountability(
            .with {
                ($0.requestID, $0.supervisionID) = (request, order.supervisionID)
                ($0.version, $0.reason) = (order.version, reason)
            }, metadata: metadata(who), options: options
        ).supervision
    }

    fileprivate func close(_ order: Order) async throws -> Order {
        try await service.closeSupervision(
            .with {
                ($0.requestID, $0.supervisionID, $0.version) = (UUIDv7.make(), order.supervisionID, order.version)
            }, metadata: metadata(.chief), options: options
        ).supervision
    }
}

@Suite("APL-5 what the office does with an order that was answered, or was not")
struct SupervisionCommandTests {
    private static let why = "措施不具体"

    @Test("APL-5, XCT-13 an answer that is not enough goes back once, with the limit that the order had")
    func returned() async throws {
        try await Stage.run { stage in
            let one = try await stage.handled(stage.submit())
            let issued = try await stage.issue(one)
            #expect(
                try await code {
                    try await stage.sendBack(issued, by: .chief, reason: Self.why, request: UUIDv7.make())
                } == .failedPrecondition)
            let answered = try await stage.answer(issued)
            for who in [Stage.Person.handler, .dispatcher, .user, .otherChief] {
                #expect(
                    try await code {
                        try await stage.sendBack(answered, by: who, reason: Self.why, request: UUIDv7.make())
                    } == .permissionDenied)
            }
            let request = UUIDv7.make()
            let back = try await stage.sendBack(answered, by: .chief, reason: Self.why, request: request)
            #expect(back.state == .open && back.answer.isEmpty && back.demand == Self.why)
            #expect(back.level == .order && back.dueOn == issued.dueOn && back.version == answered.version + 1)
            // The same request has its answer again and no second effect; another one finds the order open.
            #expect(try await stage.sendBack(answered, by: .chief, reason: Self.why, request: request) == back)
            #expect(
                try await code { try await stage.sendBack(back, by: .chief, reason: Self.why, request: UUIDv7.make()) }
                    == .failedPrecondition)
            let told = try await stage.messages(Zhitongche_Appeal_V1_SupervisionReturned.self, of: one.caseID)
            #expect(told.map(\.supervisionID) == [issued.supervisionID] && told[0].unitID == "finance")
            #expect(told[0].level == .order && told[0].ground == .grave)
            #expect(told[0].dueAt == Google_Protobuf_Timestamp(try Stage.day("2020-04-22").end))

            let closed = try await stage.close(stage.answer(back))
            #expect(closed.state == .closed && closed.answer == "正在办理")
            #expect(
                try await code {
                    try await stage.sendBack(closed, by: .chief, reason: Self.why, request: UUIDv7.make())
                } == .failedPrecondition)
        }
    }

    @Test("APL-5, XCT-12 an answer is not sent back without a reason, and not by whoever saw an older version")
    func returnedInvalidly() async throws {
        try await Stage.run { stage in
            let issued = try await stage.issue(stage.handled(stage.submit()))
            let answered = try await stage.answer(issued)
            let silent = try await problem {
                try await stage.sendBack(answered, by: .chief, reason: "", request: UUIDv7.make())
            }
            #expect(silent?.code == .invalidArgument && silent?.violations.map(\.field) == ["reason"])
            #expect(
                try await code {
                    try await stage.sendBack(issued, by: .chief, reason: Self.why, request: UUIDv7.make())
                }
                    == .aborted)
        }
    }

    @Test("APL-5, XCT-13 an order that was listed and still not answered is referred to accountability, once")
    func referred() async throws {
        try await Stage.run { stage in
            let one = try await stage.handled(stage.submit())
            let issued = try await stage.issue(one)
            // Only what is on the list goes further.
            #expect(
                try await code { try await stage.refer(issued, by: .chief, reason: Self.why, request: UUIDv7.make()) }
                    == .failedPrecondition)
            try await stage.move(to: "2020-04-23T02:00:00Z")
            let listed = try #require(
                try await eventually {
                    try await stage.service.listSupervisions(
                        .with { $0.level = .listed }, metadata: stage.metadata(.science), options: stage.options
                    ).supervisions
                } is: {
                    $0.count == 1
                }.first)
            #expect(listed.supervisionID == issued.supervisionID && listed.overdue)
            for who in [Stage.Person.handler, .dispatcher, .user, .otherChief] {
                #expect(
                    try await code { try await stage.refer(listed, by: who, reason: Self.why, request: UUIDv7.make()) }
                        == .permissionDenied)
            }
            let silent = try await problem {
                try await stage.refer(listed, by: .chief, reason: "", request: UUIDv7.make())
            }
            #expect(silent?.code == .invalidArgument && silent?.violations.map(\.field) == ["reason"])

            let request = UUIDv7.make()
            let referred = try await stage.refer(listed, by: .chief, reason: Self.why, request: request)
            #expect(referred.level == .referred && referred.ground == .neglect && referred.demand == Self.why)
            #expect(referred.state == .open && referred.overdue)
            #expect(try await stage.refer(listed, by: .chief, reason: Self.why, request: request) == referred)
            #expect(
                try await code { try await stage.refer(referred, by: .chief, reason: Self.why, request: UUIDv7.make()) }
                    == .failedPrecondition)
            let told = try await stage.messages(Zhitongche_Appeal_V1_SupervisionReferred.self, of: one.caseID)
            #expect(told.map(\.level) == [.referred] && told[0].ground == .neglect && told[0].unitID == "finance")
            let closed = try await stage.close(stage.answer(referred))
            #expect(closed.state == .closed && closed.level == .referred)
        }
    }

    @Test("APL-5 the order of a case that its applicant withdraws is closed and never comes on the list")
    func withdrawn() async throws {
        try await Stage.run { stage in
            let one = try await stage.handled(stage.submit())
            let issued = try await stage.issue(one)
            let current = try await stage.get(one.caseID, as: .user)
            _ = try await stage.service.withdrawCase(
                .with {
                    ($0.requestID, $0.caseID, $0.version) = (UUIDv7.make(), one.caseID, current.version)
                    $0.reason = "已自行解决"
                }, metadata: stage.metadata(.user), options: stage.options)
            let told = try await stage.messages(Zhitongche_Appeal_V1_SupervisionClosed.self, of: one.caseID)
            #expect(told.map(\.supervisionID) == [issued.supervisionID])
            // Behind the limits of the order and of the case.
            try await stage.move(to: "2020-05-20T02:00:00Z")
            let other = try await stage.handled(stage.submit())
            let later = try await stage.issue(other)
            try await stage.move(to: "2020-05-27T02:00:00Z")
            let listed = try await eventually {
                try await stage.service.listSupervisions(
                    .with { $0.level = .listed }, metadata: stage.metadata(.science), options: stage.options
                ).supervisions
            } is: {
                !$0.isEmpty
            }
            #expect(listed.map(\.supervisionID) == [later.supervisionID])
        }
    }
}
