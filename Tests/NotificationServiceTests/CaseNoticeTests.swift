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
            try await eventually(within: .seconds(20)) {
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
            let letters: [String] = try await stage.bench.administration.transaction { transaction in
                try transaction.query("SELECT key FROM notification.dead_letter") {
                    String(decoding: try $0.get("key", as: [UInt8].self), as: UTF8.self)
                }
            }
            #expect(letters == [bad.case.caseID])
        }
    }
}
