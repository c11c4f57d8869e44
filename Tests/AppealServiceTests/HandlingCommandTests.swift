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
import Wire

@testable import AppealService

private typealias Wired = Zhitongche_Appeal_V1_Case

@Suite("What the unit that has a case and the office do with it")
struct HandlingCommandTests {
    @Test("APL-3, APL-4 an earlier promise is shown, binds, and moves the reminders to its day")
    func promise() async throws {
        try await Stage.run { stage in
            func promise(_ one: Wired, _ day: String?, by who: Stage.Person = .handler) async throws -> Wired {
                let wire = try day.map { try Stage.day($0).wire }
                return try await stage.service.promiseReply(
                    .on(one) { if let wire { $0.day = wire } }, metadata: stage.metadata(who),
                    options: stage.options
                ).case
            }
            let first = try await stage.handled(stage.submit())
            #expect(!first.hasPromisedOn)
            #expect(try await code { try await promise(first, "2020-04-22", by: .user) } == .permissionDenied)
            #expect(try await code { try await promise(first, "2020-04-22", by: .science) } == .notFound)
            #expect(try await code { try await promise(first, "2020-04-22", by: .chief) } == .permissionDenied)
            #expect(try await problem { try await promise(first, nil) }?.violations.map(\.field) == ["day"])
            for day in ["2020-04-19", "2020-04-23", "2020-04-24"] {
                #expect(try await code { try await promise(first, day) } == .failedPrecondition)
            }
            let one = try await promise(first, "2020-04-22")
            #expect(one.replyDueOn.day == 22 && one.promisedOn.day == 22)
            #expect(try await stage.get(one.caseID, as: .user).promisedOn == one.promisedOn)
            #expect(try await code { try await promise(one, "2020-04-22") } == .failedPrecondition)
            let told = try await stage.messages(Zhitongche_Appeal_V1_CasePromised.self, of: one.caseID)
            #expect(told.map(\.promisedOn.day) == [22])
            #expect(told[0].case.replyDueAt == Google_Protobuf_Timestamp(try Stage.day("2020-04-22").end))
            let step = try #require(try await stage.trail(one.caseID, as: .user).last)
            #expect(step.kind == .promised && step.text == "2020-04-22")
            let limits = try await stage.service.explainDeadlines(
                .with { $0.caseID = one.caseID }, metadata: stage.metadata(.handler), options: stage.options
            ).deadlines
            #expect(limits.first { $0.binding }?.clock == .handling && limits.contains { $0.dueOn.day == 23 })

            try await stage.move(to: "2020-04-24T02:00:00Z")
            try await stage.waitForTimers(until: "2020-04-24T02:00:00Z")
            let types = try await eventually {
                try await stage.types(one.caseID)
            } is: {
                $0.contains("SupervisionIssued")
            }
            #expect(types.filter { $0 == "CaseOverdue" }.count == 1)
            let reminders = try await stage.reminders(one.caseID)
            #expect(reminders.filter { $0.hasPrefix("due") } == ["due reply 2020-04-22"])
            #expect(try await !stage.reply(stage.get(one.caseID, as: .handler)).onTime)
        }
    }

    @Test("APL-2, APL-6 the office decides; the unit reads the decision, the applicant only the reply")
    func decide() async throws {
        try await Stage.run { stage in
            func decide(_ one: Wired, by who: Stage.Person, decision: String = "同意展期") async throws -> Wired {
                try await stage.service.decideCase(
                    .on(one) { $0.decision = decision }, metadata: stage.metadata(who), options: stage.options
                ).case
            }
            let handled = try await stage.handled(stage.submit())
            #expect(try await code { try await decide(handled, by: .chief) } == .failedPrecondition)
            let first = try await stage.service.escalateCase(
                .on(handled) { $0.reason = "超出本单位权限" }, metadata: stage.metadata(.handler), options: stage.options
            ).case
            #expect(first.reason == "超出本单位权限")
            // What unit and higher level write to one another is not for the applicant, in the case as in the trail.
            #expect(try await stage.get(first.caseID, as: .user).reason.isEmpty)
            for who in [Stage.Person.handler, .dispatcher, .user, .otherChief] {
                #expect(try await code { try await decide(first, by: who) } == .permissionDenied)
            }
            let silent = try await problem { try await decide(first, by: .chief, decision: "") }
            #expect(silent?.violations.map(\.field) == ["decision"])

            let one = try await decide(first, by: .chief)
            #expect(one.state == .inHandling && one.decision == "同意展期" && one.unitID == "finance")
            // The fifteen days go on binding: nothing gives the ordinary limit back.
            #expect(one.route == .higherLevel && one.replyDueOn.month == 5 && one.replyDueOn.day == 5)
            #expect(try await stage.get(one.caseID, as: .handler).decision == "同意展期")
            #expect(try await stage.get(one.caseID, as: .user).decision.isEmpty)
            let step = try #require(try await stage.trail(one.caseID, as: .handler).last)
            #expect(step.kind == .decided && step.text == "同意展期" && step.accountID == "chief")
            #expect(try await stage.trail(one.caseID, as: .user).last?.text.isEmpty == true)
            let told = try await stage.messages(Zhitongche_Appeal_V1_CaseDecided.self, of: one.caseID)
            #expect(told.map(\.case.state) == [.inHandling] && told[0].case.route == .higherLevel)
        }
    }
}

private typealias WiredRectification = Zhitongche_Appeal_V1_Rectification

@Suite("APL-9 the archive of ratings, and what low marks demand")
struct RatingCommandTests {
    private static func rate(
        _ one: Wired, _ mark: Int32, _ words: String, _ stage: Stage
    ) async throws -> Wired {
        try await stage.service.rateCase(
            .on(one) { ($0.mark, $0.words) = (mark, words) }, metadata: stage.metadata(.user), options: stage.options
        ).case
    }

    @Test("APL-9 the archive has every mark of every round, newest first, by pages, of one unit and no other")
    func archive() async throws {
        try await Stage.run { stage in
            let (service, options) = (stage.service, stage.options)
            let first = try await Self.rate(stage.reply(stage.handled(stage.submit())), 5, "很快", stage)
            try await stage.move(to: "2020-04-20T03:00:00Z")
            let other = try await Self.rate(stage.reply(stage.handled(stage.submit())), 4, "可以", stage)
            try await stage.move(to: "2020-04-20T04:00:00Z")
            let elsewhere = try await stage.reply(
                stage.handled(stage.submit(), unit: "science", by: .science), by: .science)
            _ = try await Self.rate(elsewhere, 1, "没有人管", stage)
            let unrated = try await stage.reply(stage.handled(stage.submit()))
            let reopened = try await service.reopenCase(
                .on(first) { $0.reason = "又出现了" }, metadata: stage.metadata(.user), options: options
            ).case
            let taken = try await service.takeUpCase(
                .on(reopened), metadata: stage.metadata(.handler), options: options
            ).case
            _ = try await Self.rate(stage.reply(taken), 2, "反复", stage)

            func page(_ who: Stage.Person, unit: String = "finance", size: Int32 = 2, token: String = "") async throws
                -> Zhitongche_Appeal_V1_ListRatingsResponse
            {
                try await service.listRatings(
                    .with { ($0.unitID, $0.pageSize, $0.pageToken) = (unit, size, token) },
                    metadata: stage.metadata(who), options: options)
            }
            let newest = try await page(.handler)
            #expect(newest.ratings.map(\.mark) == [2, 4] && newest.ratings.map(\.words) == ["反复", "可以"])
            #expect(newest.ratings.map(\.round) == [2, 1])
            #expect(newest.ratings.map(\.caseNumber) == [first.number, other.number])
            let rest = try await page(.handler, token: newest.nextPageToken)
            #expect(rest.ratings.map(\.mark) == [5] && rest.ratings.map(\.caseID) == [first.caseID])
            #expect(rest.nextPageToken.isEmpty && rest.ratings[0].ratedAt.seconds < newest.ratings[1].ratedAt.seconds)
            // Not rating is no rating: the archive has no line of it.
            let all = try await page(.chief, size: 50).ratings
            #expect(all.count == 3 && !all.contains { $0.caseID == unrated.caseID })
            #expect(try await page(.chief, unit: "science").ratings.map(\.words) == ["没有人管"])
            let foreign = try await problem { try await page(.chief, unit: "science", token: newest.nextPageToken) }
            #expect(foreign?.violations.map(\.field) == ["page_token"])
            for who in [Stage.Person.science, .user] {
                #expect(try await code { try await page(who) } == .permissionDenied)
            }
        }
    }

    @Test("APL-9, APL-4 measures that are not enough go back; after the last day that is overdue, and noted once")
    func rectification() async throws {
        try await Stage.run { stage in
            let (service, options) = (stage.service, stage.options)
            func decide(
                _ one: WiredRectification, by who: Stage.Person, accepted: Bool = false, reason: String = "措施不具体"
            ) async throws -> WiredRectification {
                try await service.decideRectification(
                    .with {
                        ($0.requestID, $0.rectificationID) = (UUIDv7.make(), one.rectificationID)
                        ($0.version, $0.accepted, $0.reason) = (one.version, accepted, reason)
                    }, metadata: stage.metadata(who), options: options
                ).rectification
            }
            func answer(
                _ one: WiredRectification, by who: Stage.Person = .handler
            ) async throws -> WiredRectification {
                try await service.answerRectification(
                    .with {
                        ($0.requestID, $0.rectificationID) = (UUIDv7.make(), one.rectificationID)
                        ($0.version, $0.measures) = (one.version, "上门说明")
                    }, metadata: stage.metadata(who), options: options
                ).rectification
            }
            func found(of one: Wired) async throws -> WiredRectification {
                try #require(
                    try await service.listRectifications(
                        .init(), metadata: stage.metadata(.handler), options: options
                    ).rectifications.first { $0.caseID == one.caseID })
            }
            func due(_ one: Wired) async throws -> [String] {
                try await stage.reminders(one.caseID).filter { $0.hasPrefix("due rectification") }
            }
            let one = try await Self.rate(stage.reply(stage.handled(stage.submit())), 1, "没有解决", stage)
            let silentCase = try await Self.rate(stage.reply(stage.handled(stage.submit())), 2, "敷衍", stage)
            let opened = try await found(of: one)
            #expect(try await code { try await decide(opened, by: .chief) } == .failedPrecondition)
            #expect(try await code { try await answer(opened, by: .science) } == .notFound)
            let answered = try await answer(opened)
            for who in [Stage.Person.handler, .dispatcher, .user, .otherChief] {
                #expect(try await code { try await decide(answered, by: who) } == .permissionDenied)
            }
            let silent = try await problem { try await decide(answered, by: .chief, reason: "") }
            #expect(silent?.violations.map(\.field) == ["reason"])

            // The last day is Sunday the 26th, which is worked: what was answered is not overdue, what was not is.
            try await stage.move(to: "2020-04-27T02:00:00Z")
            try await stage.waitForTimers(until: "2020-04-27T02:00:00Z")
            try await eventually {
                try await due(silentCase)
            } is: {
                $0 == ["due rectification 2020-04-26"]
            }
            let late = try await found(of: silentCase)
            #expect(late.overdue && late.state == .open)
            #expect(try await !found(of: one).overdue)
            #expect(try await due(one).isEmpty)

            // What comes back after its last day is overdue at once.
            let back = try await decide(answered, by: .chief)
            #expect(back.state == .open && back.measures == "措施不具体" && back.dueOn == opened.dueOn)
            #expect(try await code { try await decide(answered, by: .chief) } == .aborted)
            let told = try await stage.messages(Zhitongche_Appeal_V1_RectificationReturned.self, of: one.caseID)
            #expect(told.map(\.rectificationID) == [opened.rectificationID])
            #expect(told[0].unitID == "finance" && told[0].mark == 1)
            #expect(told[0].dueAt == Google_Protobuf_Timestamp(try Stage.day("2020-04-26").end))
            let overdue = try await eventually {
                try await found(of: one)
            } is: {
                $0.overdue
            }
            try await eventually {
                try await due(one)
            } is: {
                $0 == ["due rectification 2020-04-26"]
            }
            // One that was late already and comes back is not reminded of a second time.
            let again = try await decide(answer(late), by: .chief)
            #expect(again.overdue)
            let closed = try await decide(answer(overdue), by: .chief, accepted: true, reason: "")
            #expect(closed.state == .closed && closed.measures == "上门说明" && closed.overdue)
            try await stage.waitForTimers(until: "2020-04-27T02:00:00Z")
            _ = try await stage.messages(Zhitongche_Appeal_V1_RectificationClosed.self, of: one.caseID)
            #expect(try await due(silentCase).count == 1)
        }
    }
}
