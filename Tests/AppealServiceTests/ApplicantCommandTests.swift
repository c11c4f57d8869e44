import AppealContracts
import Domain
import Foundation
import GRPCCore
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing
import Wire

@testable import AppealService

private typealias Wired = Zhitongche_Appeal_V1_Case

@Suite("What applicants do with their cases, and what becomes of a case at the desk")
struct ApplicantCommandTests {
    @Test("APL-1, APL-3 the applicant edits until the reply; the trail tells of it, no clock moves, nobody is told")
    func edit() async throws {
        try await Stage.run { stage in
            func edit(
                _ one: Wired, by who: Stage.Person, title: String = "贷款审批（更正）", text: String = "已批未放"
            ) async throws -> Wired {
                try await stage.service.editCase(
                    .on(one) { ($0.content.title, $0.content.text) = (title, text) },
                    metadata: stage.metadata(who), options: stage.options
                ).case
            }
            let first = try await stage.handled(stage.submit())
            #expect(try await code { try await edit(first, by: .otherUser) } == .notFound)
            #expect(try await code { try await edit(first, by: .handler) } == .permissionDenied)
            #expect(try await code { try await edit(first, by: .dispatcher) } == .permissionDenied)
            let faulty = try await problem { try await edit(first, by: .user, title: "", text: "") }
            #expect(faulty?.violations.map(\.field) == ["content.title", "content.text"])

            let one = try await edit(first, by: .user)
            #expect(one.content.title == "贷款审批（更正）" && one.content.text == "已批未放")
            #expect(one.version == first.version + 1 && one.state == .inHandling && one.replyDueOn == first.replyDueOn)
            #expect(try await stage.get(one.caseID, as: .handler).content == one.content)
            #expect(try await code { try await edit(first, by: .user) } == .aborted)
            let step = try #require(try await stage.trail(one.caseID, as: .handler).last)
            #expect(step.kind == .edited && step.accountID == "user" && step.state == .inHandling)

            let replied = try await stage.reply(one)
            #expect(try await code { try await edit(replied, by: .user) } == .failedPrecondition)
            try await eventually {
                try await stage.types(one.caseID)
            } is: {
                $0 == ["CaseSubmitted", "CaseAccepted", "CaseAssigned", "CaseTakenUp", "CaseReplied"]
            }
            // A unit edits the problem that it reported; the unit that handles it does not.
            let problem = try await stage.submit(.problem, by: .town) { $0.regionCode = "370902" }
            #expect(try await edit(problem, by: .town).content.title == "贷款审批（更正）")
        }
    }

    private static let why = "属行政复议事项"
    private static let window = "区司法局复议窗口"

    @Test("APL-2, XCT-12 a refusal without its reason is malformed, and the case waits as before")
    func refuseSilently() async throws {
        try await Stage.run { stage in
            let one = try await stage.submit()
            let silent = try await problem {
                try await stage.service.refuseCase(
                    .on(one) { $0.rightPlace = Self.window }, metadata: stage.metadata(.dispatcher),
                    options: stage.options)
            }
            #expect(silent?.code == .invalidArgument && silent?.violations.map(\.field) == ["reason"])
            #expect(try await stage.get(one.caseID, as: .user) == one)
        }
    }

    @Test("APL-2 a refused case tells the applicant why and where to go; it reminds nobody any more")
    func refuse() async throws {
        try await Stage.run { stage in
            func refuse(
                _ one: Wired, by who: Stage.Person, reason: String, place: String
            ) async throws -> Wired {
                try await stage.service.refuseCase(
                    .on(one) { ($0.reason, $0.rightPlace) = (reason, place) }, metadata: stage.metadata(who),
                    options: stage.options
                ).case
            }
            let first = try await stage.submit()
            #expect(
                try await code { try await refuse(first, by: .user, reason: Self.why, place: Self.window) }
                    == .permissionDenied)
            #expect(
                try await code { try await refuse(first, by: .handler, reason: Self.why, place: Self.window) }
                    == .permissionDenied)
            #expect(
                try await code { try await refuse(first, by: .otherChief, reason: Self.why, place: Self.window) }
                    == .notFound)
            let lost = try await problem { try await refuse(first, by: .dispatcher, reason: Self.why, place: "") }
            #expect(lost?.violations.map(\.field) == ["right_place"])

            let answer = try await refuse(first, by: .dispatcher, reason: Self.why, place: Self.window)
            #expect(answer.state == .refused && !answer.hasReplyDueOn)
            let seen = try await stage.get(first.caseID, as: .user)
            #expect(seen.state == .refused && seen.reason == Self.why && seen.rightPlace == Self.window)
            let step = try #require(try await stage.trail(first.caseID, as: .user).last)
            #expect(step.kind == .refused && step.text == Self.why && step.accountID.isEmpty)
            let told = try await stage.messages(Zhitongche_Appeal_V1_CaseRefused.self, of: first.caseID)
            #expect(told.map(\.case.state) == [.refused] && told[0].case.submittedByAccountID == "user")

            // A case that was accepted is not refused any more.
            let accepted = try await stage.accept(stage.submit())
            #expect(
                try await code { try await refuse(accepted, by: .dispatcher, reason: Self.why, place: Self.window) }
                    == .failedPrecondition)
            try await stage.move(to: "2020-04-25T02:00:00Z")
            try await stage.waitForTimers(until: "2020-04-25T02:00:00Z")
            try await eventually {
                try await stage.reminders(accepted.caseID)
            } is: {
                $0.contains("due reply 2020-04-23")
            }
            #expect(try await stage.reminders(first.caseID).isEmpty)
        }
    }

    @Test("APL-2, APL-4 a withdrawn case ends its pause in the ledger and reminds nobody any more")
    func withdraw() async throws {
        try await Stage.run { stage in
            func withdraw(_ one: Wired, by who: Stage.Person, reason: String = "已自行解决") async throws -> Wired {
                try await stage.service.withdrawCase(
                    .on(one) { $0.reason = reason }, metadata: stage.metadata(who), options: stage.options
                ).case
            }
            let waiting = try await stage.service.askApplicant(
                .on(stage.handled(stage.submit())) { $0.question = "请补充营业执照" },
                metadata: stage.metadata(.handler), options: stage.options
            ).case
            let running = try await stage.handled(stage.submit())
            let kept = try await stage.handled(stage.submit())
            #expect(try await code { try await withdraw(running, by: .otherUser) } == .notFound)
            #expect(try await code { try await withdraw(running, by: .handler) } == .permissionDenied)
            let silent = try await problem { try await withdraw(running, by: .user, reason: "") }
            #expect(silent?.violations.map(\.field) == ["reason"])

            let gone = try await withdraw(running, by: .user)
            #expect(gone.state == .withdrawn && gone.reason == "已自行解决" && !gone.hasReplyDueOn)
            #expect(gone.unitID == "finance")
            try await stage.move(to: "2020-04-22T02:00:00Z")
            let paused = try await withdraw(waiting, by: .user)
            let ledger = try await stage.service.explainDeadlines(
                .with { $0.caseID = paused.caseID }, metadata: stage.metadata(.handler), options: stage.options
            ).pauses
            #expect(ledger.map(\.from.day) == [20] && ledger.map(\.until.day) == [22])
            let told = try await stage.messages(Zhitongche_Appeal_V1_CaseWithdrawn.self, of: gone.caseID)
            #expect(told.map(\.case.state) == [.withdrawn] && told[0].case.unitID == "finance")
            let step = try #require(try await stage.trail(gone.caseID, as: .handler).last)
            #expect(step.kind == .withdrawn && step.text == "已自行解决" && step.accountID == "user")
            #expect(try await code { try await withdraw(gone, by: .user) } == .failedPrecondition)

            try await stage.move(to: "2020-04-29T02:00:00Z")
            try await stage.waitForTimers(until: "2020-04-29T02:00:00Z")
            try await eventually {
                try await stage.reminders(kept.caseID)
            } is: {
                $0.contains("due reply 2020-04-23")
            }
            for one in [gone, paused] { #expect(try await stage.reminders(one.caseID).isEmpty) }
            // What was replied is not withdrawn.
            let replied = try await stage.reply(stage.handled(stage.submit()))
            #expect(try await code { try await withdraw(replied, by: .user) } == .failedPrecondition)
        }
    }

    @Test("APL-2, APL-3 a reopened case begins a round at the same unit, with a limit and reminders of its own")
    func reopen() async throws {
        try await Stage.run { stage in
            func reopen(_ one: Wired, by who: Stage.Person, reason: String = "问题没有解决") async throws -> Wired {
                try await stage.service.reopenCase(
                    .on(one) { $0.reason = reason }, metadata: stage.metadata(who), options: stage.options
                ).case
            }
            let handled = try await stage.handled(stage.submit())
            #expect(try await code { try await reopen(handled, by: .user) } == .failedPrecondition)
            let replied = try await stage.reply(handled)
            #expect(try await code { try await reopen(replied, by: .otherUser) } == .notFound)
            #expect(try await code { try await reopen(replied, by: .handler) } == .permissionDenied)
            let silent = try await problem { try await reopen(replied, by: .user, reason: "") }
            #expect(silent?.violations.map(\.field) == ["reason"])

            try await stage.move(to: "2020-04-21T02:00:00Z")
            let again = try await reopen(replied, by: .user)
            #expect(again.state == .assigned && again.unitID == "finance" && again.round == 2)
            #expect(again.replyDueOn.day == 24 && again.reply.isEmpty && !again.hasRepliedAt)
            let told = try await stage.messages(Zhitongche_Appeal_V1_CaseReopened.self, of: again.caseID)
            #expect(told.map(\.case.round) == [2] && told[0].case.unitID == "finance" && !told[0].case.hasRepliedAt)
            #expect(told[0].case.replyDueAt == Google_Protobuf_Timestamp(try Stage.day("2020-04-24").end))
            let step = try #require(try await stage.trail(again.caseID, as: .handler).last)
            #expect(step.kind == .reopened && step.text == "问题没有解决" && step.round == 2)

            try await stage.move(to: "2020-04-24T02:00:00Z")
            try await stage.waitForTimers(until: "2020-04-24T02:00:00Z")
            try await eventually {
                try await stage.reminders(again.caseID)
            } is: {
                $0.count == 2
            }
            // The limit of the first round has passed without a word; that of the second has not.
            let reminders = try await stage.reminders(again.caseID)
            #expect(Set(reminders) == ["workingDaysBefore reply 2020-04-24", "share reply 2020-04-24"])
            let taken = try await stage.service.takeUpCase(
                .on(again), metadata: stage.metadata(.handler), options: stage.options
            ).case
            #expect(try await stage.reply(taken).onTime)
            let sums = try await stage.service.getUnitRatings(
                .with { $0.unitID = "finance" }, metadata: stage.metadata(.handler), options: stage.options)
            #expect(sums.replied == 2 && sums.onTime == 2)
        }
    }

    @Test("APL-3 a bank asks about guarantees and collateral, and nothing else: answer in 3 days, solution in 7")
    func bank() async throws {
        try await Stage.run { stage in
            func ask(
                _ kind: Zhitongche_Appeal_V1_CaseKind, by who: Stage.Person = .bank, unit: String = "bank",
                category: String = "credit-enhancement"
            ) async throws -> Wired {
                try await stage.submit(kind, by: who) {
                    ($0.applicantUnitID, $0.category, $0.regionCode) = (unit, category, "370902")
                    if kind == .appeal { $0.namedUnitID = "town" }
                }
            }
            let one = try await ask(.appeal)
            #expect(one.applicantUnitID == "bank" && one.enterpriseID.isEmpty && one.number == "SQ2020000001")
            #expect(one.replyDueOn.day == 23 && one.solutionDueOn.day == 27)
            #expect(try await stage.list(as: .bank) == [one.caseID])
            #expect(try await ask(.enquiry).number == "ZX2020000001")
            let told = try await stage.messages(Zhitongche_Appeal_V1_CaseSubmitted.self, of: one.caseID)
            #expect(told[0].case.applicantUnitID == "bank" && told[0].case.category == "credit-enhancement")

            // Nothing but what the documents give banks, for nobody but a bank, and not for another one.
            for category in ["general", "easy-credit"] {
                let refusal = try await problem { try await ask(.appeal, category: category) }
                #expect(refusal?.violations.map(\.field) == ["category"])
            }
            let complaint = try await problem { try await ask(.complaint) }
            #expect(complaint?.violations.map(\.field) == ["kind"])
            #expect(try await code { try await ask(.problem) } == .permissionDenied)
            let town = try await problem { try await ask(.appeal, by: .town, unit: "town") }
            #expect(town?.violations.map(\.field) == ["applicant_unit_id"])
            #expect(try await code { try await ask(.appeal, unit: "finance") } == .permissionDenied)
            let moved = try await problem {
                try await stage.service.acceptCase(
                    .on(one) { $0.category = "general" }, metadata: stage.metadata(.dispatcher),
                    options: stage.options)
            }
            #expect(moved?.violations.map(\.field) == ["category"])

            // The town answers, and the bank rates it.
            let handled = try await stage.handled(one, unit: "town", by: .town)
            let replied = try await stage.reply(handled, by: .town)
            let rated = try await stage.service.rateCase(
                .on(replied) { $0.mark = 4 }, metadata: stage.metadata(.bank), options: stage.options
            ).case
            #expect(rated.rating == 4 && rated.unitID == "town")
        }
    }
}
