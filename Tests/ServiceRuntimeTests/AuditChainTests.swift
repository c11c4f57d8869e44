import CommonContracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite("The audit's chain: sealing (DIR-8, rule 20)")
struct AuditSealerTests {
    @Test("rule 20: the line of an entry and the head of a batch are these bytes, for ever") func golden() throws {
        let entry = AuditEntry(
            place: 7, id: 9, recordedAt: try #require(Instant(iso8601: "2020-04-20T01:00:00.000001Z")),
            businessAt: nil, subject: "0190", subjectKind: "staff", unit: "taian-gongxinju", enterprise: "",
            method: "zhitongche.policy.v1.PolicyService/PublishPoint", object: "point \"a\"\\\n", outcome: "done",
            reason: "", detail: "发布", requestIdentifier: "r-1", traceID: "", remote: "ipv4:127.0.0.1:1")
        let line = """
            {"place":7,"id":9,"recorded_at":"2020-04-20T01:00:00.000001Z","business_at":"","subject":"0190",\
            "subject_kind":"staff","unit":"taian-gongxinju","enterprise":"",\
            "method":"zhitongche.policy.v1.PolicyService/PublishPoint","object":"point \\"a\\"\\\\\\u000a",\
            "outcome":"done","reason":"","detail":"发布","request_identifier":"r-1","trace_id":"",\
            "remote":"ipv4:127.0.0.1:1"}
            """
        #expect(String(decoding: entry.line, as: UTF8.self) == line)
        #expect(try AuditEntry(line: entry.line) == entry)
        // printf '%s' … | sha256sum over 32 zero bytes, "{}\n" and "a\n" gives this.
        let head = AuditChain.head(after: AuditChain.start, header: Array("{}".utf8), entries: [Array("a".utf8)])
        #expect(AuditText.hexadecimal(head) == "d28f240e2f9ec5bc2b61a4bfd607ab15d44b24738a4bdbdfe176f365fc8efab0")
    }

    @Test("rule 20: entries that commit late, among rollbacks and two sealers, get their place exactly once")
    func outOfOrder() async throws {
        let bench = try await AuditBench.make()
        struct Undone: Error {}
        let committed = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<12 {
                group.addTask {
                    var count = 0
                    for number in 0..<20 {
                        let isUndone = (writer + number).isMultiple(of: 4)
                        do {
                            try await bench.app.transaction { transaction in
                                AuditBench.append("\(writer)/\(number)", in: transaction)
                                // The number is taken; others commit past it.
                                if number.isMultiple(of: 5) { _ = try transaction.query("SELECT pg_sleep(0.15)") }
                                if isUndone { throw Undone() }
                            }
                            count += 1
                        } catch is Undone {}
                    }
                    return count
                }
            }
            // Two replicas that both believe to lead.
            let sealers = (0..<2).map { _ in
                Task { while !Task.isCancelled { _ = try await bench.sealer.seal() } }
            }
            let count = try await group.reduce(0, +)
            for sealer in sealers { sealer.cancel() }
            for sealer in sealers { _ = await sealer.result }
            return count
        }
        try await bench.sealAll()
        #expect(committed == 180)
        #expect(try await bench.number("SELECT count(*) AS n FROM directory.audit_unsealed") == 0)
        #expect(try await bench.number("SELECT count(DISTINCT entry_id) AS n FROM directory.audit_seal") == 180)
        #expect(try await bench.number("SELECT max(place) AS n FROM directory.audit_seal") == 180)
        let inversions = try await bench.number(
            """
            SELECT count(*) AS n FROM directory.audit_seal AS one
            JOIN directory.audit_seal AS next ON next.place = one.place + 1 WHERE next.entry_id < one.entry_id
            """)
        #expect(inversions > 0, "no entry came late, so the test shows nothing")
        let report = try await bench.verify()
        #expect(report.fault == nil && report.entries == 180)
    }

    @Test("rule 20: what is sealed is in the outbox, whole and below 64 KiB, however long the texts are")
    func events() async throws {
        let bench = try await AuditBench.make()
        let long = String(repeating: "\u{1}", count: 2_000)
        try await bench.record((0..<30).map { "\($0)" + String(repeating: "长", count: 5_000) }, detail: long)
        try await bench.record((0..<400).map { "short \($0)" })
        try await bench.sealAll()
        let rows = try await bench.admin.transaction { transaction in
            try transaction.query(
                """
                SELECT seq, payload FROM directory.journal WHERE topic = 'ztc.directory.audit.events.v1' ORDER BY id
                """
            ) { (seq: try $0.get("seq", as: Int64.self), payload: try $0.get("payload", as: [UInt8].self)) }
        }
        #expect(rows.map(\.seq) == (1...Int64(rows.count)).map { $0 })
        #expect(rows.map(\.payload.count).max() ?? 0 < 60_000)
        var check = AuditChainCheck(service: "directory")
        for row in rows {
            try check.take(SealedBatch(try Zhitongche_Common_V1_AuditBatchSealed(serializedBytes: row.payload)))
        }
        #expect(check.place == 430)
        #expect(try await bench.verify().fault == nil)
    }

    @Test(
        "rule 20: a sealer killed around its commit seals every entry once, and what has a place is published",
        arguments: ["audit.beforeSeal", "audit.afterSeal"])
    func killed(_ point: String) async throws {
        let bench = try await AuditBench.make()
        try await bench.record(["a", "b", "c"])
        let url = bench.url
        await #expect(processExitsWith: .signal(SIGKILL)) { [url = url as String, point = point as String] in
            setenv("ZTC_CRASH_POINT", point, 1)
            _ = try await AuditBench.sealer(url: url).seal()
        }
        let sealed = try await bench.number("SELECT count(*) AS n FROM directory.audit_seal")
        #expect(sealed == (point == "audit.beforeSeal" ? 0 : 3))
        #expect(try await bench.number("SELECT count(*) AS n FROM directory.pending") == (sealed == 0 ? 0 : 1))
        try await bench.record(["d"])
        try await bench.sealAll()
        let report = try await bench.verify()
        #expect(report.fault == nil && report.entries == 4)
        #expect(
            try await bench.number("SELECT count(*) AS n FROM directory.pending") == report.batches,
            "every batch waits for the relay exactly once")
    }

    @Test("rule 19: the running service adds to the chain and changes nothing in it") func insertOnly() async throws {
        let bench = try await AuditBench.make()
        try await bench.sealThreeBatches()
        for statement: SQL in [
            "UPDATE directory.audit_batch SET header = ''", "DELETE FROM directory.audit_batch",
            "TRUNCATE directory.audit_batch", "UPDATE directory.audit_seal SET bytes = ''",
            "DELETE FROM directory.audit_seal", "TRUNCATE directory.audit_seal", "TRUNCATE directory.audit_unsealed",
            "ALTER TABLE directory.audit_entry DISABLE TRIGGER ALL", "DROP TABLE directory.audit_seal",
            "SET session_replication_role = replica",
        ] {
            let error = await #expect(throws: PostgresError.self) {
                try await bench.app.transaction { try $0.execute(statement) }
            }
            #expect(error?.sqlState == "42501")
        }
    }
}

@Suite("The audit's chain: refusals (XCT-10, rule 20)")
struct AuditedDenialTests {
    @Test("rule 20: every refusal of a flood is in the audit when the service has stopped, by a row or in a number")
    func flood() async throws {
        let stage = try await Stage(kafka: "127.0.0.1:1")
        try stage.identity.apply(to: stage.handle.runtime.trust)
        await stage.handle.waitUntilServing()
        let begun = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<150 {
                group.addTask { #expect(await stage.refusal("Whoami")?.code == .unauthenticated) }
                group.addTask { #expect(await stage.refusal("Whoami", token: "none")?.code == .unauthenticated) }
            }
            try await group.waitForAll()
        }
        let took = ContinuousClock.now - begun
        try await stage.handle.stop()
        let rows = try await stage.rows(
            "SELECT detail FROM directory.audit_entry WHERE outcome = 'denied'", "detail", as: String.self)
        let single = rows.count(where: \.isEmpty)
        let counted = rows.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }.reduce(0, +)
        #expect(single + counted == 300, "\(single) rows and \(counted) counted")
        // A machine that needs long for the calls suppresses few of them.
        let seconds = Int(took.components.seconds)
        #expect(single <= AuditedDenials.rate * (seconds + 2), "more rows than the rate allows in \(seconds) s")
    }
}
