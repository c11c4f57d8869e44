import AppealContracts
import Foundation
import GRPCCore
import Messaging
import NotificationContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import NotificationService

@Suite("Notices about cases")
struct CaseNoticeTests {
    private typealias Facts = Zhitongche_Appeal_V1_CaseFacts

    private static func facts(_ reader: Reader? = nil) -> Facts {
        .with {
            $0.caseID = UUIDv7.make()
            $0.number = "SQ2020000007"
            $0.kind = reader == nil ? .problem : .appeal
            $0.enterpriseID = reader?.enterprise ?? ""
            $0.applicantUnitID = reader == nil ? "town" : ""
            $0.unitID = "finance"
        }
    }

    /// The end of 2020-04-23 in Asia/Shanghai.
    private static let due = Google_Protobuf_Timestamp(Instant(microseconds: 1_587_657_600_000_000))

    private static func reminder(_ recipients: [(String, Zhitongche_Appeal_V1_RecipientRole)])
        -> Zhitongche_Appeal_V1_ReminderDue
    {
        .with {
            $0.case = facts()
            $0.kind = .due
            $0.subject = .reply
            $0.dueAt = due
            $0.recipients = recipients.map { recipient in
                .with {
                    $0.unitID = recipient.0
                    $0.role = recipient.1
                }
            }
        }
    }

    @Test("NTF-7 staff see the reminders for their posts in their unit, once, and mark them as read")
    func reminders() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let message = Self.reminder([("finance", .handler), ("finance", .unitLeader), ("office", .office)])
            let id = UUIDv7.make()
            // Twice: the second delivery changes nothing.
            for _ in 0..<2 {
                try await stage.bench.publish(
                    message, topic: .cases, key: message.case.caseID, seq: 1, id: id)
            }
            let account = UUIDv7.make()
            let both = ["handler", "unit-leader"]
            let seen = try await eventually {
                try await stage.inbox(of: account, unit: "finance", roles: both, client)
            } is: {
                !$0.isEmpty
            }
            #expect(seen.map(\.title.zh) == ["催办：事项SQ2020000007"] && seen[0].kind == "appeal.reminder")
            #expect(seen[0].body.zh == "事项SQ2020000007的期限为2020-04-23，请按期办理。")
            let office = try await stage.inbox(unit: "office", roles: ["supervisor"], client)
            #expect(office.count == 1)
            for (unit, roles) in [("finance", ["supervisor"]), ("science", both), ("office", both)] {
                #expect(try await stage.inbox(unit: unit, roles: roles, client).isEmpty)
            }
            let claims = stage.bench.directory.staff(account, unit: "finance", roles: ["handler"])
            let marking = Zhitongche_Notification_V1_MarkReadRequest.with {
                $0.requestID = UUIDv7.make()
                $0.messageIds = [seen[0].messageID, office[0].messageID]
            }
            // What is for others is passed over.
            let marked = try await client.markRead(
                marking, metadata: stage.bench.metadata(claims), options: stage.bench.options
            ).marked
            #expect(marked == 1)
            #expect(
                try await stage.inbox(of: account, unit: "finance", roles: both, client).map(\.read)
                    == [true])
            try await eventually {
                try await stage.bench.published(.notices).filter { $0.key == seen[0].messageID }.map(\.seq)
            } is: {
                $0 == [1, 2]
            }
        }
    }

    @Test("NTF-1, NTF-3 an applicant is told of replies, of complaints too; others are not; a disabled rule is silent")
    func applicants() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let readers = try await stage.introduce([1, 2])
            let (reader, other) = (try #require(readers[1]), try #require(readers[2]))
            for topic in [Topic.cases, .complaints] {
                let replied = Zhitongche_Appeal_V1_CaseReplied.with {
                    $0.case = Self.facts(reader)
                    $0.case.replyDueAt = Self.due
                }
                try await stage.bench.publish(replied, topic: topic, key: replied.case.caseID, seq: 1)
            }
            let seen = try await stage.inbox(reader, client, reaches: 2)
            #expect(seen.allSatisfy { $0.title.zh == "事项SQ2020000007已答复" && $0.kind == "appeal.replied" })
            #expect(try await stage.inbox(other, client).isEmpty)
            #expect(try await stage.markRead(seen.map(\.messageID), reader, client) == 2)
            #expect(try await stage.inbox(reader, client, unreadOnly: true).isEmpty)
            try await stage.bench.administration.transaction { transaction in
                try transaction.execute(
                    "UPDATE notification.rule SET is_enabled = false WHERE rule_id = 'appeal-replied'", expecting: 1)
            }
            let later = Zhitongche_Appeal_V1_CaseReplied.with { $0.case = Self.facts(reader) }
            try await stage.bench.publish(later, topic: .cases, key: later.case.caseID, seq: 1)
            let resolved = Zhitongche_Appeal_V1_CaseResolved.with { $0.case = later.case }
            try await stage.bench.publish(resolved, topic: .cases, key: later.case.caseID, seq: 2)
            let after = try await stage.inbox(reader, client, reaches: 3)
            #expect(after[0].kind == "appeal.resolved")
        }
    }

    @Test("NTF-1, NTF-7 refusals, questions and solutions reach the applicant, orders the unit that has the case")
    func addressees() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let reader = try #require(try await stage.introduce([1])[1])
            let own = Self.facts(reader)
            let refused = Zhitongche_Appeal_V1_CaseRefused.with { $0.case = own }
            let paused = Zhitongche_Appeal_V1_CasePaused.with { $0.case = own }
            let resolved = Zhitongche_Appeal_V1_CaseResolved.with { $0.case = own }
            try await stage.bench.publish(refused, topic: .cases, key: own.caseID, seq: 1)
            try await stage.bench.publish(paused, topic: .cases, key: own.caseID, seq: 2)
            try await stage.bench.publish(resolved, topic: .cases, key: own.caseID, seq: 3)
            let seen = try await eventually {
                try await stage.inbox(reader, client).map(\.kind)
            } is: {
                $0.contains("appeal.resolved")
            }
            #expect(Set(seen) == ["appeal.refused", "appeal.question", "appeal.resolved"] && seen.count == 3)

            // A problem that the town reported and finance handles.
            let problem = Self.facts()
            let replied = Zhitongche_Appeal_V1_CaseReplied.with { $0.case = problem }
            let issued = Zhitongche_Appeal_V1_SupervisionIssued.with {
                ($0.case, $0.unitID, $0.dueAt) = (problem, "finance", Self.due)
            }
            let listed = Zhitongche_Appeal_V1_SupervisionListed.with {
                ($0.case, $0.unitID, $0.dueAt) = (problem, "finance", Self.due)
            }
            try await stage.bench.publish(issued, topic: .cases, key: problem.caseID, seq: 1)
            try await stage.bench.publish(listed, topic: .cases, key: problem.caseID, seq: 2)
            try await stage.bench.publish(replied, topic: .cases, key: problem.caseID, seq: 3)
            let both = ["handler", "unit-leader"]
            let town = try await eventually {
                try await stage.inbox(unit: "town", roles: both, client).map(\.kind)
            } is: {
                !$0.isEmpty
            }
            #expect(town == ["appeal.replied"])
            #expect(
                try await stage.inbox(unit: "finance", roles: both, client).map(\.kind)
                    == ["appeal.supervision", "appeal.supervision"])

            // Whoever speaks for a bank reads the answer to its question, like those who handle a unit's cases.
            let question = Facts.with {
                ($0.caseID, $0.number, $0.applicantUnitID) = (UUIDv7.make(), "ZX2020000001", "bank")
                $0.kind = .enquiry
            }
            let answered = Zhitongche_Appeal_V1_CaseReplied.with { $0.case = question }
            try await stage.bench.publish(answered, topic: .cases, key: question.caseID, seq: 1)
            let bank = try await eventually {
                try await stage.inbox(unit: "bank", roles: ["bank"], client)
            } is: {
                !$0.isEmpty
            }
            #expect(bank.map(\.title.zh) == ["事项ZX2020000001已答复"])
            #expect(try await stage.inbox(unit: "bank", roles: ["supervisor"], client).isEmpty)
            #expect(try await stage.inbox(unit: "finance", roles: ["bank"], client).isEmpty)
        }
    }

    @Test("APL-5, APL-9, NTF-7 a unit hears of new cases and complaints, of orders and rectifications to do")
    func unitDuties() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let reader = try #require(try await stage.introduce([1])[1])
            for (topic, number) in [(Topic.cases, "SQ1"), (.complaints, "TS1")] {
                let assigned = Zhitongche_Appeal_V1_CaseAssigned.with {
                    $0.case = Self.facts(reader)
                    $0.case.number = number
                    // A complaint names no day here: its clock stands still.
                    if topic == .cases { $0.case.replyDueAt = Self.due }
                    $0.fromUnitID = "science"
                }
                let id = UUIDv7.make()
                // Twice: the second delivery changes nothing.
                for _ in 0..<2 {
                    try await stage.bench.publish(assigned, topic: topic, key: assigned.case.caseID, seq: 1, id: id)
                }
            }
            let both = ["handler", "unit-leader"]
            let cases = try await eventually {
                try await stage.inbox(unit: "finance", roles: both, client)
            } is: {
                $0.count == 2
            }
            #expect(cases.allSatisfy { $0.kind == "appeal.assigned" })
            #expect(
                Set(cases.map(\.body.zh)) == [
                    "事项SQ1已交由贵单位办理，答复期限：2020-04-23。", "事项TS1已交由贵单位办理，答复期限：暂停计时。",
                ])

            let own = Self.facts()
            let referred = Zhitongche_Appeal_V1_SupervisionReferred.with {
                ($0.case, $0.unitID, $0.dueAt) = (own, "finance", Self.due)
            }
            let sentBack = Zhitongche_Appeal_V1_SupervisionReturned.with {
                ($0.case, $0.unitID, $0.dueAt) = (own, "finance", Self.due)
            }
            let opened = Zhitongche_Appeal_V1_RectificationOpened.with {
                ($0.case, $0.unitID, $0.dueAt) = (own, "finance", Self.due)
            }
            let unfinished = Zhitongche_Appeal_V1_RectificationReturned.with {
                ($0.case, $0.unitID, $0.dueAt) = (own, "finance", Self.due)
            }
            try await stage.bench.publish(referred, topic: .cases, key: own.caseID, seq: 1)
            try await stage.bench.publish(sentBack, topic: .cases, key: own.caseID, seq: 2)
            try await stage.bench.publish(opened, topic: .cases, key: own.caseID, seq: 3)
            try await stage.bench.publish(unfinished, topic: .cases, key: own.caseID, seq: 4)
            let done = Zhitongche_Appeal_V1_SupervisionClosed.with {
                ($0.case, $0.unitID, $0.dueAt) = (own, "finance", Self.due)
            }
            let accepted = Zhitongche_Appeal_V1_RectificationClosed.with {
                ($0.case, $0.unitID, $0.dueAt) = (own, "finance", Self.due)
            }
            try await stage.bench.publish(done, topic: .cases, key: own.caseID, seq: 5)
            try await stage.bench.publish(accepted, topic: .cases, key: own.caseID, seq: 6)
            let seen = try await eventually {
                try await stage.inbox(unit: "finance", roles: both, client)
            } is: {
                $0.count == 8
            }
            #expect(
                Set(seen.map(\.title.zh)).subtracting(cases.map(\.title.zh))
                    == Set(
                        ["移送问责：", "督办回复被退回：", "限期整改：", "整改被退回：", "督办已销号：", "整改已通过："].map {
                            "\($0)事项SQ2020000007"
                        }))
            #expect(seen.filter { $0.kind == "appeal.rectification" && $0.body.zh.contains("2020-04-23") }.count == 2)
            #expect(seen.contains { $0.kind == "appeal.supervision" && $0.body.zh.contains("的督办已销号") })
            #expect(seen.contains { $0.kind == "appeal.rectification" && $0.body.zh.contains("整改结束") })
            // Neither the unit that had the case before, nor the applicants, nor those who supervise.
            #expect(try await stage.inbox(unit: "science", roles: both, client).isEmpty)
            #expect(try await stage.inbox(unit: "town", roles: both, client).isEmpty)
            #expect(try await stage.inbox(unit: "finance", roles: ["supervisor"], client).isEmpty)
            #expect(try await stage.inbox(reader, client).isEmpty)
        }
    }

    @Test("XCT-6 a reminder for nobody known becomes a dead letter, and other cases go on")
    func deadLetter() async throws {
        let stage = try await Stage.make(NotificationApp.self)
        try await stage.run { _, client in
            let bad = Self.reminder([("finance", .unspecified)])
            try await stage.bench.publish(bad, topic: .cases, key: bad.case.caseID, seq: 1)
            let good = Self.reminder([("finance", .handler)])
            try await stage.bench.publish(good, topic: .cases, key: good.case.caseID, seq: 1)
            try await eventually {
                try await stage.inbox(unit: "finance", roles: ["handler"], client).count
            } is: {
                $0 == 1
            }
            // Of another partition, so it may be read after the good one.
            try await eventually {
                try await stage.bench.administration.transaction { transaction in
                    try transaction.query("SELECT key FROM notification.dead_letter") {
                        String(decoding: try $0.get("key", as: [UInt8].self), as: UTF8.self)
                    }
                }
            } is: {
                $0 == [bad.case.caseID]
            }
        }
    }
}
