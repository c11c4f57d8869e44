import Foundation
import Postgres
import Testing

@testable import ServiceRuntime

/// A change behind the service's back, and where the check must find it.
struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let statements: String
    /// The batch and the place that the check has to name.
    let batch: Int64?
    let place: Int64?

    init(_ name: String, _ statements: String, batch: Int64?, place: Int64? = nil) {
        testDescription = name
        self.statements = statements
        self.batch = batch
        self.place = place
    }

    /// The chain has three batches of three entries: places 1 to 9.
    static let all = [
        Tampering(
            "entry edited",
            "UPDATE directory.audit_entry SET object = 'x' WHERE object = 'thing 5'", batch: 2, place: 5),
        Tampering(
            "outcome edited",
            "UPDATE directory.audit_entry SET outcome = 'denied' WHERE object = 'thing 1'", batch: 1, place: 1),
        Tampering(
            "time edited",
            """
            UPDATE directory.audit_entry SET recorded_at = recorded_at + interval '1 microsecond'
            WHERE object = 'thing 9'
            """, batch: 3, place: 9),
        Tampering(
            "seal edited",
            "UPDATE directory.audit_seal SET bytes = bytes || ' '::bytea WHERE place = 5", batch: 2, place: 5),
        Tampering(
            "header edited",
            "UPDATE directory.audit_batch SET header = header || ' '::bytea WHERE number = 2", batch: 2),
        Tampering("head edited", "UPDATE directory.audit_batch SET head = sha256('x') WHERE number = 2", batch: 2),
        Tampering(
            "entry and seal edited alike",
            """
            UPDATE directory.audit_entry SET object = 'thing X' WHERE object = 'thing 5';
            UPDATE directory.audit_seal SET bytes =
                convert_to(replace(convert_from(bytes, 'UTF8'), '"thing 5"', '"thing X"'), 'UTF8') WHERE place = 5
            """, batch: 2),
        Tampering("entry deleted", "DELETE FROM directory.audit_entry WHERE object = 'thing 4'", batch: 2, place: 4),
        Tampering("seal deleted", "DELETE FROM directory.audit_seal WHERE place = 8", batch: 3, place: 8),
        Tampering(
            "entry and seal deleted",
            """
            DELETE FROM directory.audit_seal WHERE place = 6;
            DELETE FROM directory.audit_entry WHERE object = 'thing 6'
            """, batch: 2, place: 6),
        Tampering(
            "first batch deleted",
            """
            DELETE FROM directory.audit_seal WHERE batch = 1; DELETE FROM directory.audit_batch WHERE number = 1;
            DELETE FROM directory.audit_entry WHERE object IN ('thing 1', 'thing 2', 'thing 3')
            """, batch: 1),
        Tampering(
            "entry inserted past the trigger",
            """
            INSERT INTO directory.audit_entry (subject, subject_kind, unit, enterprise, method, object, outcome, reason,
                detail, request_identifier, trace_id, remote)
            SELECT subject, subject_kind, unit, enterprise, method, 'forged', outcome, reason, detail,
                request_identifier, trace_id, remote FROM directory.audit_entry LIMIT 1
            """, batch: nil),
        Tampering(
            "seal inserted behind the end",
            "INSERT INTO directory.audit_seal SELECT 10, 3, 999, bytes FROM directory.audit_seal WHERE place = 9",
            batch: nil, place: 10),
        Tampering(
            "seals reordered",
            """
            UPDATE directory.audit_seal SET place = 1004 WHERE place = 4;
            UPDATE directory.audit_seal SET place = 4 WHERE place = 5;
            UPDATE directory.audit_seal SET place = 5 WHERE place = 1004
            """, batch: 2, place: 4),
        Tampering(
            "end cut off",
            """
            DELETE FROM directory.audit_seal WHERE batch = 3; DELETE FROM directory.audit_batch WHERE number = 3;
            DELETE FROM directory.audit_entry WHERE object IN ('thing 7', 'thing 8', 'thing 9')
            """, batch: 3, place: 7),
        Tampering(
            "everything cut off",
            "TRUNCATE directory.audit_seal, directory.audit_batch, directory.audit_entry, directory.audit_unsealed",
            batch: 1, place: 1),
    ]
}

@Suite("The audit's chain: tampering with a service's tables (DIR-8, rule 20)")
struct AuditTamperingTests {
    @Test("DIR-8: the check names the first broken link", arguments: Tampering.all)
    func detected(_ tampering: Tampering) async throws {
        let bench = try await AuditBench.make()
        try await bench.sealThreeBatches()
        let head = try #require(await bench.head())
        let sound = try await bench.verify([head])
        #expect(sound.fault == nil && sound.batches == 3 && sound.entries == 9 && sound.head == head)
        try await bench.tamper(tampering.statements)
        let fault = try #require(await bench.verify([head]).fault)
        #expect(fault.service == "directory")
        #expect(fault.batch == tampering.batch && fault.place == tampering.place, "\(fault)")
    }

    @Test("DIR-8: a chain that was written anew from an edited entry on differs from the exported head")
    func rewritten() async throws {
        let bench = try await AuditBench.make()
        try await bench.sealThreeBatches()
        let head = try #require(await bench.head())
        try await bench.tamper(
            """
            DELETE FROM directory.audit_seal WHERE batch > 1; DELETE FROM directory.audit_batch WHERE number > 1;
            UPDATE directory.audit_entry SET object = 'x' WHERE object = 'thing 5';
            INSERT INTO directory.audit_unsealed SELECT id FROM directory.audit_entry
                WHERE id NOT IN (SELECT entry_id FROM directory.audit_seal) ORDER BY id LIMIT 3
            """)
        try await bench.sealAll()
        try await bench.tamper(
            """
            INSERT INTO directory.audit_unsealed SELECT id FROM directory.audit_entry
                WHERE id NOT IN (SELECT entry_id FROM directory.audit_seal)
            """)
        try await bench.sealAll()
        #expect(try await bench.verify().fault == nil, "without the head nothing shows")
        let fault = try #require(await bench.verify([head]).fault)
        #expect(fault.batch == 3 && fault.what.contains("exported"), "\(fault)")
    }

    @Test("DIR-8: an entry that waits for its place for too long is told") func stalled() async throws {
        let bench = try await AuditBench.make()
        try await bench.record(["a"])
        #expect(try await bench.verify().fault == nil)
        try await bench.tamper("UPDATE directory.audit_entry SET recorded_at = now() - interval '11 minutes'")
        #expect(try await bench.verify().fault?.what.contains("nothing is sealed") == true)
    }

    @Test(
        "DIR-8: an exported file that was changed is found out, by the product and by a program that shares nothing",
        arguments: ["edited", "deleted", "inserted", "reordered", "truncated", "cut within a line", "batches swapped"])
    func exported(_ change: String) async throws {
        let bench = try await AuditBench.make()
        try await bench.sealThreeBatches()
        let head = try #require(await bench.head())
        let data = try await bench.export()
        #expect(AuditExport.check(data, heads: [head]).fault == nil)
        let verdict = try AuditBench.independentVerdict(data, heads: [head])
        #expect(
            verdict == "sound: directory, 3 batches, 9 entries, head \(AuditText.hexadecimal(head.head))\n")

        // A batch is five lines: header, three entries, head.
        var lines = data.split(separator: UInt8(ascii: "\n")).map { Data($0) }
        #expect(lines.count == 15)
        let expected: Int64
        switch change {
        case "edited":
            lines[7] = Data(String(decoding: lines[7], as: UTF8.self).replacing("account-1", with: "account-2").utf8)
            expected = 2
        case "deleted":
            lines.remove(at: 7)
            expected = 2
        case "inserted":
            lines.insert(lines[7], at: 7)
            expected = 2
        case "reordered":
            lines.swapAt(11, 12)
            expected = 3
        case "truncated":
            lines.removeLast(5)
            expected = 3
        case "batches swapped":
            lines = Array(lines[0..<5] + lines[10..<15] + lines[5..<10])
            expected = 2
        case _:
            lines[14].removeLast(2)
            expected = 3
        }
        var changed = Data(lines.joined(separator: [UInt8(ascii: "\n")]))
        if change != "cut within a line" { changed.append(UInt8(ascii: "\n")) }
        let fault = try #require(AuditExport.check(changed, heads: [head]).fault)
        #expect(fault.batch == expected, "\(fault)")
        let independent = try AuditBench.independentVerdict(changed, heads: [head])
        #expect(independent.hasPrefix("broken: "), "\(independent)")
    }

    @Test("DIR-8: heads survive their file; a file that is none is refused by line") func headsFile() throws {
        let head = AuditHead(
            service: "policy", batch: 3, lastPlace: 9, head: Array(repeating: 171, count: 32),
            sealedAt: "2020-04-20T01:00:00.000000Z")
        #expect(try AuditHeadsFile.heads(in: AuditHeadsFile.text(of: [head])) == [head])
        let error = #expect(throws: AuditFileError.self) { try AuditHeadsFile.heads(in: "policy 3 nine ab now\n") }
        #expect(error?.line == 1)
    }
}
