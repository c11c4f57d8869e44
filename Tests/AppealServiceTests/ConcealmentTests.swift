import AppealContracts
import Foundation
import GRPCCore
import Messaging
import ServiceTestSupport
import TestSupport
import Testing

@testable import AppealService

@Suite("APL-1 what comes of a complaint stays with those who may see it")
struct ConcealmentTests {
    @Test("APL-1 the number of its order, its mark and what a low mark demands tell the unit nothing")
    func marks() async throws {
        try await Stage.run { stage in
            let (service, options) = (stage.service, stage.bench.options)
            var one = try await stage.handled(stage.submit(.complaint))
            let issued = try await service.issueSupervision(
                .with {
                    ($0.requestID, $0.caseID, $0.version) = (UUIDv7.make(), one.caseID, one.version)
                    ($0.ground, $0.demand, $0.days) = (.grave, "限期答复", 2)
                }, metadata: stage.metadata(.chief), options: options
            ).supervision
            // Orders about complaints count by themselves, so that no gap tells of them.
            #expect(issued.number == "TD2020000001")
            one = try await stage.reply(one)
            _ = try await service.rateCase(
                .with {
                    ($0.requestID, $0.caseID, $0.version) = (UUIDv7.make(), one.caseID, one.version)
                    ($0.mark, $0.words) = (1, "没有解决")
                }, metadata: stage.metadata(.user), options: options)
            func opened(_ who: Stage.Person) async throws -> [String] {
                try await service.listRectifications(.init(), metadata: stage.metadata(who), options: options)
                    .rectifications.map(\.unitID)
            }
            #expect(try await opened(.chief) == ["finance"])
            for who in [Stage.Person.rude, .rudeSection, .rudeWithAll] { #expect(try await opened(who).isEmpty) }
            for who in [Stage.Person.chief, .rudeWithAll] {
                let archive = try await service.listRatings(
                    .with { $0.unitID = "finance" }, metadata: stage.metadata(who), options: options)
                #expect(archive.ratings.isEmpty)
            }
        }
    }

    @Test("APL-1 no command on a complaint answers the unit complained about; what it does travels apart")
    func commands() async throws {
        try await Stage.run { stage in
            let (service, options) = (stage.service, stage.options)
            var one = try await stage.handled(stage.submit(.complaint) { $0.anonymous = true })
            let order = try await service.issueSupervision(
                .with {
                    ($0.requestID, $0.caseID, $0.version) = (UUIDv7.make(), one.caseID, one.version)
                    ($0.ground, $0.demand, $0.days) = (.grave, "限期答复", 2)
                }, metadata: stage.metadata(.chief), options: options
            ).supervision
            one = try await service.rateCase(
                .on(stage.reply(one)) { $0.mark = 1 }, metadata: stage.metadata(.user), options: options
            ).case
            let rated = one
            let rectification = try #require(
                try await service.listRectifications(.init(), metadata: stage.metadata(.chief), options: options)
                    .rectifications.first)
            for who in [Stage.Person.rudeSection, .rudeWithAll] {
                let metadata = try await stage.metadata(who)
                let answers: [RPCError.Code?] = [
                    try await code {
                        try await service.editCase(
                            .on(rated) { ($0.content.title, $0.content.text) = ("不实", "不实") }, metadata: metadata,
                            options: options)
                    },
                    try await code {
                        try await service.refuseCase(
                            .on(rated) { ($0.reason, $0.rightPlace) = ("不实", "无") }, metadata: metadata,
                            options: options)
                    },
                    try await code {
                        try await service.decideCase(
                            .on(rated) { $0.decision = "不实" }, metadata: metadata, options: options)
                    },
                    try await code {
                        try await service.promiseReply(
                            .on(rated) { ($0.day.year, $0.day.month, $0.day.day) = (2020, 4, 21) }, metadata: metadata,
                            options: options)
                    },
                    try await code {
                        try await service.reopenCase(
                            .on(rated) { $0.reason = "不实" }, metadata: metadata, options: options)
                    },
                    try await code {
                        try await service.withdrawCase(
                            .on(rated) { $0.reason = "不实" }, metadata: metadata, options: options)
                    },
                    try await code {
                        try await service.referToAccountability(
                            .with {
                                ($0.requestID, $0.supervisionID) = (UUIDv7.make(), order.supervisionID)
                                ($0.version, $0.reason) = (order.version, "不实")
                            }, metadata: metadata, options: options)
                    },
                    try await code {
                        try await service.returnSupervisionAnswer(
                            .with {
                                ($0.requestID, $0.supervisionID) = (UUIDv7.make(), order.supervisionID)
                                ($0.version, $0.reason) = (order.version, "不实")
                            }, metadata: metadata, options: options)
                    },
                    try await code {
                        try await service.decideRectification(
                            .with {
                                ($0.requestID, $0.rectificationID) = (UUIDv7.make(), rectification.rectificationID)
                                ($0.version, $0.reason) = (rectification.version, "不实")
                            }, metadata: metadata, options: options)
                    },
                ]
                #expect(answers == answers.map { _ in .notFound })
            }
            // Those whose business it is go on; the handler never reads who complains.
            one = try await service.reopenCase(
                .on(rated) { $0.reason = "没有解决" }, metadata: stage.metadata(.user), options: options
            ).case
            one = try await service.takeUpCase(.on(one), metadata: stage.metadata(.handler), options: options).case
            one = try await service.promiseReply(
                .on(one) { ($0.day.year, $0.day.month, $0.day.day) = (2020, 4, 21) },
                metadata: stage.metadata(.handler), options: options
            ).case
            #expect(one.promisedOn.day == 21 && one.enterpriseID.isEmpty)
            one = try await service.escalateCase(
                .on(one) { $0.reason = "超出本单位权限" }, metadata: stage.metadata(.handler), options: options
            ).case
            one = try await service.decideCase(
                .on(one) { $0.decision = "依规处理" }, metadata: stage.metadata(.chief), options: options
            ).case
            #expect(one.enterpriseID == Stage.enterprise)
            one = try await service.withdrawCase(
                .on(one) { $0.reason = "已道歉" }, metadata: stage.metadata(.user), options: options
            ).case
            let steps = try await stage.trail(one.caseID, as: .handler)
            #expect(steps.map(\.kind).suffix(2) == [.decided, .withdrawn])
            #expect(steps.allSatisfy { $0.accountID != "user" })
            let refused = try await service.refuseCase(
                .on(stage.submit(.complaint)) { ($0.reason, $0.rightPlace) = ("重复投诉", "原件") },
                metadata: stage.metadata(.dispatcher), options: options
            ).case
            let complaints = AppealApp.complaintEvents
            try await eventually {
                try await stage.types(one.caseID, on: complaints).suffix(7)
            } is: {
                $0 == [
                    "CaseReopened", "CaseTakenUp", "CasePromised", "CaseEscalated", "CaseDecided", "CaseWithdrawn",
                    "SupervisionClosed",
                ]
            }
            try await eventually {
                try await stage.types(refused.caseID, on: complaints)
            } is: {
                $0 == ["CaseSubmitted", "CaseRefused"]
            }
            #expect(try await stage.events(one.caseID).isEmpty)
            #expect(try await stage.events(refused.caseID).isEmpty)
        }
    }

    @Test("APL-1, APL-4 an office that is complained about is not reminded of the complaint")
    func office() async throws {
        try await Stage.run { stage in
            let one = try await stage.submit(.complaint) { $0.complainedUnitID = "office" }
            try await stage.move(to: "2020-04-24T03:00:00Z")
            let types = try await eventually(within: .seconds(60)) {
                try await stage.types(one.caseID, on: AppealApp.complaintEvents)
            } is: {
                $0.contains("CaseOverdue")
            }
            #expect(types == ["CaseSubmitted", "CaseOverdue"])
        }
    }

    @Test("APL-1 the unit that took the place of the one complained about sees no more than it would have")
    func heirs() async throws {
        try await Stage.run { stage in
            let one = try await stage.submit(.complaint) { $0.complainedUnitID = "former" }
            #expect(try await stage.list(as: .rudeWithAll) == [one.caseID])
            #expect(try await stage.list(as: .heir).isEmpty)
            #expect(try await code { try await stage.get(one.caseID, as: .heir) } == .notFound)
            let accepted = try await stage.accept(one)
            #expect(try await code { try await stage.assign(accepted, to: "heir") } == .failedPrecondition)
        }
    }
}
