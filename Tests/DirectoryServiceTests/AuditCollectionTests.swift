import CommonContracts
import Crypto
import DirectoryContracts
import DirectoryDomain
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import DirectoryService

/// A service's chain as another program would make it: its lines are written here by hand.
private struct ForeignChain {
    private(set) var batches: [Zhitongche_Common_V1_AuditBatchSealed] = []
    private var head = [UInt8](repeating: 0, count: 32)
    private var place: Int64 = 0
    let service: String

    init(service: String) { self.service = service }

    /// Adds a batch with an entry for each object.
    @discardableResult
    mutating func seal(_ objects: [String], subject: String = "0190-a") -> Zhitongche_Common_V1_AuditBatchSealed {
        let first = place + 1
        let lines = objects.map { object in
            place += 1
            return """
                {"place":\(place),"id":\(place + 100),"recorded_at":"2020-04-20T01:00:0\(place % 10).000000Z",\
                "business_at":"","subject":"\(subject)","subject_kind":"staff","unit":"economy-bureau",\
                "enterprise":"","method":"zhitongche.\(service).v1.SomeService/DoThing","object":"\(object)",\
                "outcome":"done","reason":"","detail":"","request_identifier":"r","trace_id":"","remote":""}
                """
        }
        let header = """
            {"format":"ztc-audit-1","service":"\(service)","batch":\(batches.count + 1),"first":\(first),\
            "last":\(place),"sealed_at":"2020-04-20T01:00:00.000000Z"}
            """
        var hash = SHA256()
        hash.update(data: head)
        for line in [header] + lines { hash.update(data: Array((line + "\n").utf8)) }
        let previous = head
        head = Array(hash.finalize())
        let batch = Zhitongche_Common_V1_AuditBatchSealed.with {
            $0.service = service
            $0.batch = Int64(batches.count + 1)
            $0.firstPlace = first
            $0.lastPlace = place
            $0.previousHead = Data(previous)
            $0.head = Data(head)
            $0.header = Data(header.utf8)
            $0.entries = lines.map { Data($0.utf8) }
            $0.sealedAt = Google_Protobuf_Timestamp(seconds: 1_587_344_400)
        }
        batches.append(batch)
        return batch
    }
}

@Suite("DIR-8: the directory collects the audit of every service", .serialized)
struct AuditCollectionTests {
    private static func auditor(_ bench: DirectoryBench, _ admin: Metadata) async throws -> Metadata {
        _ = try await bench.makeStaff("shenji", roles: ["auditor"], admin)
        let token = try await bench.login("shenji", "Staff-Pass-2020").session.accessToken
        try await eventually {
            bench.handle.runtime.trust.permissions(of: ["auditor"]).count
        } is: {
            $0 > 0
        }
        return bench.bearer(token)
    }

    private static func list(
        _ bench: DirectoryBench, _ metadata: Metadata,
        _ change: (inout Zhitongche_Directory_V1_ListAuditEntriesRequest) -> Void
    ) async throws -> Zhitongche_Directory_V1_ListAuditEntriesResponse {
        var request = Zhitongche_Directory_V1_ListAuditEntriesRequest()
        change(&request)
        return try await bench.client.listAuditEntries(request, metadata: metadata, options: bench.options)
    }

    @Test("DIR-8: logins, failed logins, commands and the reading of the audit itself are found by an auditor alone")
    func ownAudit() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            let auditor = try await Self.auditor(bench, admin)
            _ = try await problem { try await bench.login("shenji", "Wrong-Pass-2020") }
            _ = try await problem { try await bench.login("nobody-known", "Wrong-Pass-2020") }
            let denied = try await problem { try await Self.list(bench, admin) { _ in } }
            #expect(denied?.code == .permissionDenied, "an administrator does not read the audit")

            let logins = try await eventually {
                try await Self.list(bench, auditor) { $0.method = "Login" }.entries
            } is: {
                $0.filter { $0.outcome == .denied }.count >= 3 && $0.contains { $0.outcome == .done }
            }
            #expect(logins.allSatisfy { $0.service == "directory" && $0.method.hasSuffix("/Login") })
            let staff = try await bench.administration.transaction { tx in
                try tx.only("SELECT id::text AS id FROM directory.account WHERE login = 'shenji'").get(
                    "id", as: String.self)
            }
            let own = try await Self.list(bench, auditor) { $0.object = "account:\(staff)" }.entries
            #expect(Set(own.map(\.outcome)) == [.done, .denied])
            let refused = try await eventually {
                try await Self.list(bench, auditor) {
                    $0.method = "ListAuditEntries"
                    $0.outcome = .denied
                }.entries
            } is: {
                !$0.isEmpty
            }
            #expect(refused.first?.reason == "ACTION_DENIED")
            let readings = try await eventually {
                try await Self.list(bench, auditor) {
                    $0.method = "zhitongche.directory.v1.DirectoryService/ListAuditEntries"
                    $0.subject = staff
                }.entries
            } is: {
                $0.contains { $0.detail.contains("object=account:\(staff)") }
            }
            #expect(readings.allSatisfy { $0.unitID == "economy-bureau" && $0.subjectKind == "staff" })

            // Pages, the newest first, without a hole and without a repetition.
            var seen: [Int64] = []
            var token = ""
            repeat {
                let until = try #require(logins.first).recordedAt
                let answer = try await Self.list(bench, auditor) {
                    $0.pageSize = 3
                    $0.pageToken = token
                    $0.until = until
                }
                seen += answer.entries.map(\.place)
                token = answer.nextPageToken
            } while !token.isEmpty
            #expect(seen.count > 3 && Set(seen).count == seen.count)
            let stored = try await bench.count(
                "SELECT count(*) AS n FROM directory.collected_entry WHERE service <> 'directory'")
            #expect(stored == 0)

            let heads = try await bench.client.getAuditHeads(.init(), metadata: auditor, options: bench.options).heads
            #expect(heads.map(\.service) == ["directory"] && heads.allSatisfy { $0.head.count == 32 && $0.faults == 0 })
            let copy = try await CollectedAuditVerification(service: "directory").run(on: bench.administration)
            #expect(copy.fault == nil && copy.entries > 5)
        }
    }

    @Test("DIR-8: a foreign chain is followed; what does not follow is kept, flagged and named; doubles change nothing")
    func foreignChain() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            let auditor = try await Self.auditor(bench, admin)
            let topic = Topic.audit(of: "policy")
            var chain = ForeignChain(service: "policy")
            let first = chain.seal(["point 1", "point 2"])
            let second = chain.seal(["point 3"])
            var third = chain.seal(["point 4", "point 5"])
            let fourth = chain.seal(["document 6"], subject: "0190-b")
            try await bench.publish(first, topic: topic, key: "policy", seq: 1, id: "batch-1")
            try await bench.publish(first, topic: topic, key: "policy", seq: 1, id: "batch-1")
            try await bench.publish(second, topic: topic, key: "policy", seq: 2)
            let changed = String(decoding: third.entries[1], as: UTF8.self).replacing("0190-a", with: "0190-z")
            third.entries[1] = Data(changed.utf8)
            try await bench.publish(third, topic: topic, key: "policy", seq: 3)
            try await bench.publish(fourth, topic: topic, key: "policy", seq: 4)

            let batches = try await eventually {
                try await bench.administration.transaction { tx in
                    try tx.query(
                        "SELECT number, fault FROM directory.collected_batch WHERE service = 'policy' ORDER BY id"
                    ) { (try $0.get("number", as: Int64.self), try $0.get("fault", as: String.self)) }
                }
            } is: {
                $0.count >= 4
            }
            #expect(batches.map(\.0) == [1, 2, 3, 4])
            #expect(batches.map(\.1.isEmpty) == [true, true, false, true], "the chain goes on behind what was flagged")
            #expect(batches[2].1.contains("batch 3") && batches[2].1.contains("head"), "\(batches[2].1)")

            let heads = try await bench.client.getAuditHeads(.init(), metadata: auditor, options: bench.options).heads
            let head = try #require(heads.first { $0.service == "policy" })
            #expect(head.batch == 4 && head.lastPlace == 6 && head.faults == 1 && head.head == fourth.head)
            let entries = try await Self.list(bench, auditor) {
                $0.service = "policy"
                $0.object = "point *"
            }.entries
            #expect(entries.map(\.object) == (1...5).reversed().map { "point \($0)" })
            #expect(entries.map(\.fault.isEmpty) == [false, false, true, true, true])
            #expect(entries.last?.line == first.entries[0], "the exact bytes")
            let others = try await Self.list(bench, auditor) { $0.subject = "0190-b" }.entries
            #expect(others.map(\.object) == ["document 6"])
            let fault = try await CollectedAuditVerification(service: "policy").run(on: bench.administration).fault
            #expect(fault?.batch == 3)

            let gap = Topic.audit(of: "notification")
            var other = ForeignChain(service: "notification")
            _ = other.seal(["rule 1"])
            try await bench.publish(other.seal(["rule 2"]), topic: gap, key: "notification", seq: 2)
            let missing = try await eventually {
                try await CollectedAuditVerification(service: "notification").run(on: bench.administration).fault
            } is: {
                $0 != nil
            }
            #expect(missing?.batch == 1 && missing?.what.contains("missing") == true)
        }
    }

    @Test("rule 20: the collected audit can only grow; every change by the owner of the server is found")
    func tampering() async throws {
        try await DirectoryBench.run { bench in
            let topic = Topic.audit(of: "policy")
            var chain = ForeignChain(service: "policy")
            for batch in 0..<3 {
                let objects = (1...3).map { "thing \(batch * 3 + $0)" }
                try await bench.publish(chain.seal(objects), topic: topic, key: "policy", seq: Int64(batch + 1))
            }
            try await eventually {
                try await bench.count("SELECT count(*) AS n FROM directory.collected_entry WHERE service = 'policy'")
            } is: {
                $0 == 9
            }
            for statement: SQL in [
                "UPDATE directory.collected_entry SET subject = ''", "DELETE FROM directory.collected_entry",
                "TRUNCATE directory.collected_entry", "UPDATE directory.collected_batch SET fault = ''",
                "DELETE FROM directory.collected_batch", "TRUNCATE directory.collected_batch CASCADE",
            ] {
                let error = await #expect(throws: PostgresError.self) {
                    try await bench.handle.runtime.database.transaction { try $0.execute(statement) }
                }
                #expect(error?.sqlState == "42501")
            }
            let last = try #require(chain.batches.last)
            let head = AuditHead(
                service: "policy", batch: 3, lastPlace: 9, head: Array(last.head), sealedAt: "2020-04-20T01:00:00Z")
            let check = CollectedAuditVerification(service: "policy", heads: [head])
            #expect(try await check.run(on: bench.administration).fault == nil)
            let entry = "service = 'policy' AND place"
            for (statements, batch, place) in [
                ("UPDATE directory.collected_entry SET subject = 'x' WHERE \(entry) = 5", 2, 5),
                (
                    """
                    UPDATE directory.collected_entry SET subject = 'x', line =
                        convert_to(replace(convert_from(line, 'UTF8'), '0190-a', 'x'), 'UTF8') WHERE \(entry) = 5
                    """, 2, nil
                ),
                ("DELETE FROM directory.collected_entry WHERE \(entry) = 6", 2, 6),
                ("DELETE FROM directory.collected_batch WHERE service = 'policy' AND number = 1", 1, nil),
                (
                    """
                    INSERT INTO directory.collected_entry (batch_id, service, place, line, recorded_at, subject, unit,
                        enterprise, method, object, outcome)
                    SELECT batch_id, service, place, line, recorded_at, subject, unit, enterprise, method, object,
                        outcome FROM directory.collected_entry WHERE \(entry) = 2
                    """, 1, 3
                ),
                (
                    """
                    UPDATE directory.collected_entry SET place = 15 - place WHERE \(entry) IN (7, 8)
                    """, 3, 7
                ),
                ("DELETE FROM directory.collected_batch WHERE service = 'policy' AND number = 3", 3, 7),
            ] as [(String, Int64, Int64?)] {
                // Each change is looked at alone: what was there is kept beside and put back.
                try await bench.administration.transaction { tx in
                    try tx.executeScript(
                        """
                        SET LOCAL session_replication_role = replica;
                        CREATE TABLE public.kept_batch AS SELECT * FROM directory.collected_batch
                            WHERE service = 'policy';
                        CREATE TABLE public.kept_entry AS SELECT * FROM directory.collected_entry
                            WHERE service = 'policy';
                        \(statements)
                        """)
                }
                let fault = try await check.run(on: bench.administration).fault
                #expect(fault?.batch == batch && fault?.place == place, "\(statements): \(String(describing: fault))")
                try await bench.administration.transaction { tx in
                    try tx.executeScript(
                        """
                        SET LOCAL session_replication_role = replica;
                        DELETE FROM directory.collected_entry WHERE service = 'policy';
                        DELETE FROM directory.collected_batch WHERE service = 'policy';
                        INSERT INTO directory.collected_batch OVERRIDING SYSTEM VALUE SELECT * FROM public.kept_batch;
                        INSERT INTO directory.collected_entry OVERRIDING SYSTEM VALUE SELECT * FROM public.kept_entry;
                        DROP TABLE public.kept_batch, public.kept_entry
                        """)
                }
                #expect(try await check.run(on: bench.administration).fault == nil)
            }
        }
    }
}
